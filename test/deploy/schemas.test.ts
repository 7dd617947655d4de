/**
 * Every rendered object against the schemas that Kubernetes publishes of its own API, of the oldest version that the chart takes,
 * the one from which nodes/pods is a right of its own, and the newest. Unknown fields are errors.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { needsSchemas, render, validatePath } from './chart.ts'
import { valueSets } from './value-sets.ts'

/** Kinds of other projects, whose schemas are not Kubernetes'. */
const foreign = ['Certificate', 'Issuer', 'PodMonitor', 'PrometheusRule', 'ServiceMonitor']

const validate = (version: string, files: readonly string[]) =>
  new Promise<{ readonly code: number; readonly lines: readonly string[] }>((resolve) => {
    const args = ['--strict', '--kubernetes-version', version, ...files]
    execFile(validatePath, args, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.split('\n').filter(Boolean)
      resolve({ code: error === null ? 0 : Number(error.code), lines })
    })
  })

const directory = mkdtempSync(join(tmpdir(), 'mayfly-manifests-'))
t.teardown(() => rmSync(directory, { recursive: true }))

for (const version of ['1.30', '1.33', '1.37']) {
  t.test(`the API of Kubernetes ${version} takes every object`, needsSchemas, async (t) => {
    const files: string[] = []
    let count = 0
    for (const [name, values] of Object.entries(valueSets)) {
      const { text, objects } = await render(values, { kubeVersion: `${version}.0` })
      const file = join(directory, `${name}-${version}.yaml`)
      writeFileSync(file, text)
      files.push(file)
      count += objects.filter(({ kind }) => !foreign.includes(kind)).length
    }
    const { code, lines } = await validate(version, files)
    const passed = lines.filter((line) => line.startsWith('INFO') && line.includes(' passed '))
    const rest = lines.filter(
      (line) => !line.startsWith('INFO') && !foreign.some((kind) => line.includes(`kind ${kind} `)),
    )
    t.strictSame(rest, [])
    t.equal(code, 0)
    t.equal(passed.length, count)
  })
}

t.test('a field that does not exist is refused: the check can fail', needsSchemas, async (t) => {
  const { text } = await render({})
  const file = join(directory, 'wrong.yaml')
  writeFileSync(file, text.replace('terminationGracePeriodSeconds', 'terminationGraceSeconds'))
  const { code, lines } = await validate('1.33', [file])
  t.not(code, 0)
  t.match(lines.join('\n'), /ERROR.*daemonset.*terminationGraceSeconds/)
})
