/**
 * docs/metrics.md is made from the declarations of both programs. This test holds it against them, and writes it anew
 * when MAYFLY_UPDATE_DOCS is set.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { agentMetricTable } from '#agent/metrics.ts'
import { describeMetrics } from '#base/metric-table.ts'
import { processMetricTable } from '#base/process-metrics.ts'
import { clusterMetricTable } from '#collector/cluster/metric-table.ts'
import { detectionMetricTable } from '#collector/detection/metric-table.ts'
import { identityMetricTable } from '#collector/identity/metric-table.ts'
import { collectorMetricTable } from '#collector/metric-table.ts'
import { tlsMetricTable } from '#collector/tls-metric-table.ts'
import { maxWorkloads } from '#collector/workload-metric-table.ts'
import { cellsOf } from '#collector/workload-tally.ts'

/** Series that one workload has when it does everything. */
const perWorkload = Object.values(cellsOf).flat().length

const page = new URL('../../docs/metrics.md', import.meta.url)

const collector = {
  ...collectorMetricTable,
  ...identityMetricTable,
  ...clusterMetricTable,
  ...detectionMetricTable,
  ...tlsMetricTable,
  ...processMetricTable,
}
const agent = { ...agentMetricTable, ...processMetricTable }

const generated = [
  '# Metrics',
  '',
  'Made from the declarations in the sources; do not edit. After a change there:',
  '`MAYFLY_UPDATE_DOCS=1 npx tap test/docs/metrics.test.ts`.',
  '',
  'The collector serves `/metrics` on `127.0.0.1:7071`, an agent on `127.0.0.1:7072` (`--metrics-listen`; with `mayfly up`',
  'the agent’s is `--agent-metrics-listen`). Both also serve `/healthz` and `/readyz` there.',
  '',
  'Labels name namespace and workload, never a pod, process, path or address: what happened to one of those is a',
  'question for the timeline. Every set of labels is bounded, and so is what a program can have of each metric in all: workloads by',
  `${maxWorkloads.toLocaleString('en')} with series of their own (the rest is \`other\`), each with at most ${perWorkload} series beside its findings. A workload that is`,
  'dead keeps its series for at least 15 minutes, so that the last value is scraped. Histograms are by namespace at most.',
  '',
  describeMetrics('Collector', collector, 'fleet'),
  describeMetrics('Agent', agent, 'node'),
].join('\n')

t.test('the page says what the sources declare', async (t) => {
  if (process.env.MAYFLY_UPDATE_DOCS) writeFileSync(page, generated)
  t.equal(readFileSync(page, 'utf8'), generated)
})

t.test('no program declares a name twice', async (t) => {
  for (const table of [collector, agent]) {
    const names = Object.values(table).map(({ name }) => name)
    t.equal(new Set(names).size, names.length)
  }
})
