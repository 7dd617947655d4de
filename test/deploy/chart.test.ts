/**
 * The chart as a whole: Helm's own lint, what is rendered from three sets of values against golden files, wrong values and what
 * Helm says of them, and the manifests and the table that are made from the chart. MAYFLY_UPDATE_GOLDEN writes golden files and
 * manifests anew, MAYFLY_UPDATE_DOCS the table.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as Tap } from 'tap'
import { parse } from 'yaml'
import { version } from '#base/version.ts'
import {
  chartDirectory,
  HelmError,
  helm,
  helmWith,
  needsHelm,
  render,
  repository,
  type Values,
} from './chart.ts'
import { startCluster } from './cluster.ts'
import { documentedValues, valuesTable } from './documented-values.ts'
import { valueSets } from './value-sets.ts'

/** Made anew at each rendering; tls.test.ts looks at them. */
const withoutCertificates = (text: string): string =>
  text
    .replace(/^( +tls\.(?:crt|key):) .*$/gm, '$1 GENERATED')
    .replace(/^( +)-----BEGIN[\s\S]*?-----END CERTIFICATE-----$/gm, '$1GENERATED')

/** What speaks of Helm is not true of manifests without it. */
const withoutHelm = (text: string): string =>
  text
    .replace(/^ +(?:app\.kubernetes\.io\/managed-by|helm\.sh\/chart): .*\n/gm, '')
    .replace(/^# Source: .*\n/gm, '')

const heldAgainst = (t: Tap, file: string, text: string): void => {
  const path = join(repository, file)
  if (process.env.MAYFLY_UPDATE_GOLDEN) writeFileSync(path, text)
  t.equal(
    readFileSync(path, 'utf8'),
    text,
    `${file} is what the chart gives; MAYFLY_UPDATE_GOLDEN=1 writes it anew`,
  )
}

for (const [name, values] of Object.entries(valueSets)) {
  t.test(`with the values "${name}"`, needsHelm, async (t) => {
    await helmWith(values, 'lint', '--strict', chartDirectory)
    heldAgainst(
      t,
      `test/golden/deploy/${name}.yaml`,
      withoutCertificates((await render(values)).text),
    )
  })
}

t.test('the manifests for people without Helm', needsHelm, async (t) => {
  const head = [
    '# Mayfly without Helm, made from deploy/helm/mayfly; do not edit. docs/install.md says how to apply it: with your',
    '# registry in front of the images, and then a certificate by deploy/kubernetes/make-certificates.',
    '',
  ].join('\n')
  const { text } = await render({ namespace: { create: true }, tls: { source: 'existing' } })
  heldAgainst(t, 'deploy/kubernetes/mayfly.yaml', head + withoutHelm(text))
})

/** Wrong values, with what the error must name. */
const refused: readonly (readonly [string, Values, RegExp])[] = [
  [
    'a name that is spelt wrongly',
    { agent: { dsn: true } },
    /'\/agent': additional properties 'dsn'/,
  ],
  ['a part that does not exist', { sensor: {} }, /additional properties 'sensor'/],
  [
    'an unknown source',
    { agent: { source: 'kprobe' } },
    /'\/agent\/source'.*'auto', 'ebpf', 'procfs'/,
  ],
  ['a size without unit', { agent: { ringSize: 16 } }, /'\/agent\/ringSize'.*want string/],
  [
    'a size with a unit that does not exist',
    { agent: { spool: { size: '1Gb' } } },
    /'\/agent\/spool\/size'/,
  ],
  ['a text that only looks like yes', { agent: { dns: 'false' } }, /'\/agent\/dns'.*want boolean/],
  ['a relative path', { agent: { spool: { hostPath: 'var/lib' } } }, /'\/agent\/spool\/hostPath'/],
  ['an unknown runtime', { agent: { runtimes: ['rkt'] } }, /'\/agent\/runtimes\/0'/],
  ['a runtime twice', { agent: { runtimes: ['k3s', 'k3s'] } }, /'\/agent\/runtimes'/],
  [
    'a profile without its file',
    { agent: { seccompProfile: { type: 'Localhost' } } },
    /'\/agent\/seccompProfile\/localhostProfile'/,
  ],
  [
    'a privileged agent',
    { agent: { securityContext: { privileged: true } } },
    /'securityContext' not allowed/,
  ],
  [
    'a class above the system’s',
    { agent: { priorityClass: { value: 2_000_000_000 } } },
    /'\/agent\/priorityClass\/value'/,
  ],
  [
    'a redaction rule without pattern',
    { agent: { redaction: { rules: { extraPatterns: [{ name: 'x' }] } } } },
    /extraPatterns\/0'.*'pattern'/,
  ],
  ['retention of half a day', { collector: { retention: '12h' } }, /'\/collector\/retention'/],
  ['more collectors', { collector: { replicas: 2 } }, /'\/collector'.*'replicas'/],
  ['an unknown way to certificates', { tls: { source: 'none' } }, /'\/tls\/source'/],
  ['a port beyond all', { kubelet: { port: 65_536 } }, /'\/kubelet\/port'/],
  [
    'a digest that is cut',
    { agent: { image: { digest: 'sha256:abc' } } },
    /'\/agent\/image\/digest'/,
  ],
]

for (const [what, values, named] of refused) {
  t.test(`refuses ${what}`, needsHelm, async (t) => {
    const error = await render(values).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    t.ok(error instanceof HelmError)
    t.match(String(error), named)
  })
}

t.test('refuses a cluster that is too old', needsHelm, async (t) => {
  await t.rejects(render({}, { kubeVersion: '1.29.9' }), /kubeVersion: >=1.30/)
})

t.test('the notes say the next command, and warn of what was loosened', needsHelm, async (t) => {
  const cluster = await startCluster((await render({})).objects)
  t.teardown(() => cluster.close())
  const notes = async (values: Values): Promise<string> => {
    const flags = [
      '--dry-run=client',
      '--disable-openapi-validation',
      '--kube-apiserver',
      cluster.url,
    ]
    const said = await helmWith(
      values,
      'install',
      'mayfly',
      chartDirectory,
      '--namespace',
      'mayfly',
      ...flags,
    )
    return said.split('NOTES:')[1] ?? ''
  }
  const usual = await notes({})
  t.match(usual, 'rollout status daemonset/mayfly-agent statefulset/mayfly-collector')
  t.match(usual, '--audience mayfly-api')
  t.notMatch(usual, 'WARNING')
  const loose = await notes({
    kubelet: { legacyNodesProxy: true, insecureTls: true },
    agent: { redaction: { enabled: false } },
  })
  t.match(loose, /nodes\/proxy, which allows to run commands/)
  t.equal(loose.split('WARNING').length - 1, 3)
})

t.test('every value is documented, and the schema knows exactly these', async (t) => {
  const text = readFileSync(join(chartDirectory, 'values.yaml'), 'utf8')
  const documented = documentedValues(text)
  const schema = JSON.parse(readFileSync(join(chartDirectory, 'values.schema.json'), 'utf8'))
  const undocumented: string[] = []
  /** Walks values and schema at once, down to what has a comment. */
  const walk = (values: Values, at: { readonly properties?: Values }, path: string): void => {
    const known = Object.keys(at.properties ?? {}).filter((key) => path !== '' || key !== 'global')
    t.strictSame(
      known.toSorted(),
      Object.keys(values).toSorted(),
      `the schema of ${path || 'all values'}`,
    )
    for (const [key, value] of Object.entries(values)) {
      const name = path === '' ? key : `${path}.${key}`
      if (documented.has(name)) continue
      if (typeof value !== 'object' || value === null) undocumented.push(name)
      else walk(value as Values, (at.properties?.[key] ?? {}) as object, name)
    }
  }
  walk(parse(text), schema, '')
  t.strictSame(undocumented, [])

  const page = join(repository, 'docs/install.md')
  const [before = '', after = ''] = readFileSync(page, 'utf8').split(
    /<!-- values -->[\s\S]*<!-- end of values -->/,
  )
  const wanted = `${before}<!-- values -->\n${valuesTable(text)}\n<!-- end of values -->${after}`
  if (process.env.MAYFLY_UPDATE_DOCS) writeFileSync(page, wanted)
  t.equal(
    readFileSync(page, 'utf8'),
    wanted,
    'MAYFLY_UPDATE_DOCS=1 writes the table in docs/install.md anew',
  )
})

t.test('the chart is of the version of the programs', needsHelm, async (t) => {
  t.match(parse(await helm('show', 'chart', chartDirectory)), { version, appVersion: version })
})
