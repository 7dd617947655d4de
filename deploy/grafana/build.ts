/**
 * Writes the dashboards as JSON into the chart, whose templates can read no file outside of it; people without Helm import the
 * same files. Run it after a change: `node deploy/grafana/build.ts`. test/deploy/dashboards.test.ts holds the files against it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardJson } from './dashboard.ts'
import { dashboards } from './dashboards.ts'

const directory = join(import.meta.dirname, '../helm/mayfly/dashboards')

for (const dashboard of dashboards) {
  const text = `${JSON.stringify(dashboardJson(dashboard), null, 2)}\n`
  writeFileSync(join(directory, `${dashboard.uid}.json`), text)
}
