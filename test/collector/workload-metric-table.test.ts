import t from 'tap'
import type { MetricSpec } from '#base/metric-table.ts'
import { workloadMetricTable } from '#collector/workload-metric-table.ts'
import { cellsOf, workloadCounters } from '#collector/workload-tally.ts'

const cells = Object.values(cellsOf).flat()

t.test(
  'every series that a tally can raise is declared, with its labels and their values',
  async (t) => {
    for (const { counter, labels } of cells) {
      const declared: NonNullable<MetricSpec['labels']> = workloadMetricTable[counter].labels
      const own = Object.keys(declared).filter((label) => !/^(namespace|workload)/.test(label))
      t.strictSame(Object.keys(labels).sort(), own.sort(), counter)
      for (const [label, value] of Object.entries(labels)) {
        t.ok(declared[label]?.values?.includes(value), `${counter} ${label} ${value}`)
      }
    }
    t.strictSame(new Set(cells.map(({ counter }) => counter)), new Set(workloadCounters))
  },
)

t.test('a workload has a bounded number of series, each once', async (t) => {
  const ids = cells.map(({ counter, labels }) => JSON.stringify([counter, labels]))
  t.equal(new Set(ids).size, ids.length)
  t.ok(ids.length <= 32, `${ids.length} series for each of 1,000 workloads`)
})
