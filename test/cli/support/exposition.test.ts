import fc from 'fast-check'
import t from 'tap'
import { agentMetricTable } from '#agent/metrics.ts'
import type { MetricSpec, MetricTable } from '#base/metric-table.ts'
import { processMetricTable } from '#base/process-metrics.ts'
import { nameLabels, readExposition } from '#cli/support/exposition.ts'
import { clusterMetricTable } from '#collector/cluster/metric-table.ts'
import { detectionMetricTable } from '#collector/detection/metric-table.ts'
import { identityMetricTable } from '#collector/identity/metric-table.ts'
import { collectorMetricTable } from '#collector/metric-table.ts'
import { tlsMetricTable } from '#collector/tls-metric-table.ts'

const shown = (text: string) => readExposition(text, (name) => `<${name}>`)

t.test('samples stay, names are shown as they shall be', async (t) => {
  const text = [
    '# HELP mayfly_x_total Things.',
    '# TYPE mayfly_x_total counter',
    'mayfly_x_total 3',
    'mayfly_y{namespace="pay\\"ments",workload="a\\\\b",rule="MF0101"} 1.5e-7',
    'process_z_bucket{le="+Inf"} +Inf',
    '',
  ].join('\n')
  t.strictSame(shown(text), {
    text: [
      '# TYPE mayfly_x_total counter',
      'mayfly_x_total 3',
      'mayfly_y{namespace="<pay\\"ments>",workload="<a\\\\b>",rule="MF0101"} 1.5e-7',
      'process_z_bucket{le="+Inf"} +Inf',
      '',
    ].join('\n'),
    samples: 3,
    skipped: 0,
  })
})

t.test('whatever is no sample of Mayfly is left out and counted', async (t) => {
  for (const line of [
    'hello',
    '<html>',
    'other_metric 3',
    'mayfly_x',
    'mayfly_x three',
    'mayfly_x{a=b} 3',
    'mayfly_x{a="b} 3',
    'mayfly_x{a="b"; c="d"} 3',
    '# a comment',
    `mayfly_x{a="${'b'.repeat(5_000)}"} 3`,
  ])
    t.strictSame(shown(line), { text: '', samples: 0, skipped: 1 }, line.slice(0, 40))
})

t.test('any text at all gives only lines of this form', async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) =>
      shown(`${text}\nmayfly_a{b="${text}"} 1`)
        .text.split('\n')
        .every((line) => line === '' || /^(?:# TYPE )?(?:mayfly|process|nodejs)_/.test(line)),
    ),
  )
  t.pass()
})

t.test(
  'every declared label is a name, has known values, or is one of the few others',
  async (t) => {
    // Ids, versions and resources of the program’s own making.
    const plain = new Set([
      'rule',
      'version',
      'route',
      'workload_type',
      'resource',
      'read',
      'status',
      'code',
    ])
    const tables: readonly MetricTable[] = [
      agentMetricTable,
      clusterMetricTable,
      collectorMetricTable,
      detectionMetricTable,
      identityMetricTable,
      processMetricTable,
      tlsMetricTable,
    ]
    const open = tables
      .flatMap((table): readonly MetricSpec[] => Object.values(table))
      .flatMap(({ name, labels = {} }) =>
        Object.entries(labels)
          .filter(([, { values }]) => values === undefined)
          .map(([label]) => [name, label] as const),
      )
    t.ok(open.length > 5, 'the tables were read')
    for (const [name, label] of open)
      if (!nameLabels.has(label) && !plain.has(label)) t.fail(`${name}: what is ${label}?`)
  },
)
