/**
 * Techniques of intruders, carried out in real containers before a real agent and collector, with the rules that ship: every variant
 * is found, at the severity it deserves, and services at work are left alone.
 */

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type Finding, type Severity, severities } from '#proto/finding.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, runMayfly, Site, until } from '#test/fixtures/mayfly.ts'
import { makeNetwork, portIsServed, startIn } from '#test/fixtures/network.ts'
import { makeBundle, randomContainerId, runContainer } from '#test/fixtures/oci-bundle.ts'
import { benign, techniques, type Variant } from './techniques.ts'

/** Where somebody listens on the victim's loopback. */
const port = 4444

/** Answers nothing, and hangs up soon. */
const listener = `require('net').createServer((socket) => {
  socket.on('error', () => {})
  setTimeout(() => socket.destroy(), 200)
}).listen(${port}, '127.0.0.1')`

/** A root file system as runtimes make them: the image below, what the container writes above. */
const overlay = (t: Test, image: string): string => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-attack-'))
  const [upper, work, merged] = ['upper', 'work', 'rootfs'].map((name) => {
    const path = join(dir, name)
    mkdirSync(path)
    return path
  }) as [string, string, string]
  const layers = `lowerdir=${image},upperdir=${upper},workdir=${work}`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, merged])
  t.teardown(() => {
    execFileSync('umount', [merged])
    rmSync(dir, { recursive: true, force: true })
  })
  return dir
}

const runVariant = async (
  t: Test,
  { args, programs = {} }: Variant,
  intruder: string,
  network: string,
): Promise<string> => {
  const id = randomContainerId()
  const sources = { busybox: '/bin/busybox', intruder } as const
  const files = Object.fromEntries(
    Object.entries(programs).map(([path, program]) => [path, sources[program]]),
  )
  const bundle = await makeBundle(t, {
    args: args.map((arg) => arg.replaceAll('PORT', String(port))),
    files,
    networkNamespacePath: network,
  })
  const directory = overlay(t, bundle.rootfs)
  copyFileSync(join(bundle.directory, 'config.json'), join(directory, 'config.json'))
  await runContainer({
    runtime: 'crun',
    id,
    bundle: { directory, rootfs: join(directory, 'rootfs') },
  })
  return id
}

t.test('attacks', { ...needsBpf, timeout: 220_000 }, async (t) => {
  const site = await Site.make()
  t.teardown(() => site.close())
  await site.startCollector()
  await site.startAgent()
  const intruder = compileProgram('intruder', site.dir)
  const { victim } = makeNetwork(t, { hosts: ['victim'], cidr: '10.81.0.0/24' }).hosts
  const server = startIn(t, victim, process.execPath, ['-e', listener])
  await portIsServed(victim, 'tcp', port, server)
  const findings = async (): Promise<readonly Finding[]> => {
    const answer = await fetch(`${site.url}/api/v1/findings?limit=1000`)
    return ((await answer.json()) as { findings: readonly Finding[] }).findings
  }
  const worse = (one: Finding, than: Severity): boolean =>
    severities.indexOf(one.severity) >= severities.indexOf(than)
  const of = (all: readonly Finding[], id: string): readonly Finding[] =>
    all.filter(({ evidence }) => evidence.some(({ containerId }) => containerId === id))

  const run = async (variants: readonly Variant[]): Promise<ReadonlyMap<string, Variant>> => {
    const ids = new Map<string, Variant>()
    for (const variant of variants)
      ids.set(await runVariant(t, variant, intruder, victim.namespacePath), variant)
    return ids
  }
  const played = await run(benign)
  const attacked = new Map<(typeof techniques)[number], ReadonlyMap<string, Variant>>()
  for (const technique of techniques) attacked.set(technique, await run(technique.variants))
  await site.settled()

  for (const [{ name, expected }, ids] of attacked)
    await t.test(name, async (t) => {
      const missing = async (): Promise<readonly string[]> => {
        const all = await findings()
        return [...ids].flatMap(([id, variant]) => {
          const found = of(all, id)
          if (found.some((one) => worse(one, expected))) return []
          const shown = found.map(({ rule, severity }) => `${rule} ${severity}`).join(', ')
          return [`${variant.name}: ${shown || 'nothing'}`]
        })
      }
      await until('all to be found', async () => (await missing()).length === 0, 10_000).catch(
        () => {},
      )
      t.strictSame(await missing(), [])
    })

  await t.test('services at work are left alone', async (t) => {
    const all = await findings()
    for (const [id, { name }] of played) {
      const loud = of(all, id).filter((one) => worse(one, 'medium'))
      t.strictSame(
        loud.map(({ rule, reason }) => `${rule} ${reason}`),
        [],
        name,
      )
    }
  })

  await t.test('and all of it can be read', async (t) => {
    const { output } = await runMayfly([
      'findings',
      '--collector',
      site.url,
      '--severity',
      'critical',
      '--wide',
    ])
    t.comment(output)
    t.match(output, /MF0101 +open/)
    t.match(output, /started \/bin\/sh with its input or output on a network connection/)
  })
})
