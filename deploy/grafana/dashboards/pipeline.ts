/** Does everything that happens on the nodes arrive, how fast, and at what cost? From the kernel's ring to the store. */
import type { Dashboard } from '../dashboard.ts'
import type { Panel } from '../panel.ts'
import { capture } from './pipeline-capture.ts'
import { storing } from './pipeline-store.ts'
import { rate } from './rate.ts'

/** Of all programs that Prometheus scrapes, those of one side of Mayfly: both say their version. */
const of = (side: 'agent' | 'collector', expr: string): string =>
  `${expr} and on (job, instance) mayfly_${side}_build_info`

const cost: readonly Panel[] = [
  {
    kind: 'timeseries',
    title: 'CPU of agents, by node',
    description: 'Share of one core, the 20 that take the most.',
    unit: 'percentunit',
    queries: [
      {
        expr: `topk(20, sum by (node) (${of('agent', rate('process_cpu_seconds_total'))}))`,
        legend: '{{node}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Memory of agents, by node',
    description: 'Resident memory, the 20 that take the most.',
    unit: 'bytes',
    queries: [
      {
        expr: `topk(20, sum by (node) (${of('agent', 'process_resident_memory_bytes')}))`,
        legend: '{{node}}',
      },
    ],
  },
  {
    kind: 'timeseries',
    title: 'CPU of the collector',
    description: 'Share of one core, without the embedded store, which is a process of its own.',
    unit: 'percentunit',
    queries: [
      { expr: `sum(${of('collector', rate('process_cpu_seconds_total'))})`, legend: 'collector' },
    ],
  },
  {
    kind: 'timeseries',
    title: 'Memory of the collector',
    description: 'Resident memory, without the embedded store.',
    unit: 'bytes',
    queries: [
      { expr: `sum(${of('collector', 'process_resident_memory_bytes')})`, legend: 'collector' },
    ],
  },
]

export const pipeline: Dashboard = {
  uid: 'mayfly-pipeline',
  title: 'Agent and pipeline health',
  description: 'Does everything that happens on the nodes arrive, how fast, and at what cost?',
  choice: 'fleet',
  panels: [...capture, ...storing, ...cost],
}
