/** The six dashboards; build.ts writes them, the tests run what they ask. */
import type { Dashboard } from './dashboard.ts'
import { connections } from './dashboards/connections.ts'
import { findings } from './dashboards/findings.ts'
import { fleet } from './dashboards/fleet.ts'
import { pipeline } from './dashboards/pipeline.ts'
import { shortLived } from './dashboards/short-lived.ts'
import { workload } from './dashboards/workload.ts'

export const dashboards: readonly Dashboard[] = [
  fleet,
  workload,
  shortLived,
  connections,
  findings,
  pipeline,
]
