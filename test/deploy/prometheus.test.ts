/**
 * Metrics and dashboards before live programs: an agent and a collector, a pod at work that is attacked, and Debian's Prometheus,
 * which scrapes both with the labels that a cluster's service discovery attaches. Every query of every panel shows something, but
 * for those that are empty by design here. MAYFLY_UPDATE_DOCS writes what they show into docs/dashboards.md.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as Tap } from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { makeKubeletSite } from '#test/fixtures/kubelet-site.ts'
import { type Site, until } from '#test/fixtures/mayfly.ts'
import {
  makeBundle,
  randomContainerId,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'
import { type Prometheus, type Sample, startPrometheus } from '#test/fixtures/prometheus.ts'
import { findingsQuery } from '../../deploy/grafana/dashboard.ts'
import { variable } from '../../deploy/grafana/panel.ts'
import { repository } from './chart.ts'
import { type Chosen, panelQueries, substituted } from './dashboard-queries.ts'
import { dashboardsPage, type Shown } from './dashboards-page.ts'
import { scrapeTargets } from './scrape-targets.ts'

const uid = '0a1b2c3d-1111-2222-3333-444455556666'

/** Programs that end in every way, a server and its client, a port where nobody is, a name that nobody tells, and netcat's shell. */
const work = `
while true; do
  /bin/true; /bin/false; /bin/sh -c 'kill -9 $$'
  nc -l -p 8080 </dev/null >/dev/null &
  sleep 0.3; echo hello | nc -w 1 127.0.0.1 8080
  nc -w 1 127.0.0.1 9
  nslookup shop.test 127.0.0.1 >/dev/null &
  nc 127.0.0.1 8081 -e /bin/sh
  sleep 0.7
done`

interface WatchedSite {
  readonly site: Site
  /** Runs a job's pod to its end. */
  readonly runJob: () => Promise<void>
}

/** A site with one pod at work. */
const startSite = async (t: Tap): Promise<WatchedSite> => {
  const { kubelet, site } = await makeKubeletSite(t)
  await site.startCollector()
  await site.startAgent()
  const id = randomContainerId()
  kubelet.addPod({
    name: 'settle-7d9f8c6b5d-x2x7k',
    namespace: 'payments',
    uid,
    labels: { app: 'settle', 'pod-template-hash': '7d9f8c6b5d' },
    owner: { kind: 'ReplicaSet', name: 'settle-7d9f8c6b5d' },
    containers: [{ name: 'worker', id }],
  })
  const cgroupsPath = `/kubepods/burstable/pod${uid}/${id}`
  const bundle = await makeBundle(t, { args: ['/bin/sh', '-c', work], cgroupsPath })
  await startContainer(t, { runtime: 'crun', id, bundle })
  const runJob = async (): Promise<void> => {
    const job = { id: randomContainerId(), uid: randomUUID() }
    kubelet.addPod({
      name: `tidy-${job.id.slice(0, 5)}`,
      namespace: 'payments',
      uid: job.uid,
      labels: {},
      owner: { kind: 'Job', name: 'tidy-29000000' },
      containers: [{ name: 'tidy', id: job.id }],
    })
    const path = `/kubepods/burstable/pod${job.uid}/${job.id}`
    const its = await makeBundle(t, { args: ['/bin/true'], cgroupsPath: path })
    await runContainer({ runtime: 'crun', id: job.id, bundle: its })
  }
  return { site, runJob }
}

const chosen: Chosen = {
  namespace: 'payments',
  workload: 'settle',
  rateInterval: '30s',
  range: '5m',
}

/** Empty by design at this site: it follows no cluster and serves no TLS. */
const emptyHere: readonly string[] = [
  'Nodes without an agent',
  'Cluster watch, age by resource',
  'Certificate ends in',
]

const showsSomething = (samples: readonly Sample[]): boolean =>
  samples.some(({ value }) => !Number.isNaN(value))

const askAll = async (prometheus: Prometheus): Promise<readonly Shown[]> => {
  const shown: Shown[] = []
  for (const query of panelQueries) {
    shown.push({ ...query, samples: await prometheus.query(substituted(query.expr, chosen)) })
  }
  return shown
}

const describe = ({ dashboard, panel, expr }: Shown): string =>
  `${dashboard.title}, ${panel.title}: ${expr}`

/** What promtool says of metrics that it does not like; empty for nothing. */
const lint = async (url: string): Promise<string> => {
  const text = await (await fetch(url)).text()
  return new Promise((done, reject) => {
    const promtool = spawn('promtool', ['check', 'metrics'])
    let said = ''
    for (const stream of [promtool.stdout, promtool.stderr])
      stream.on('data', (data) => {
        said += data
      })
    promtool.once('error', reject)
    promtool.once('close', (code) => done(code === 0 ? said : `${said} (exit ${code})`))
    promtool.stdin.end(text)
  })
}

t.test('live metrics in Prometheus', { ...needsBpf, timeout: 110_000 }, async (t) => {
  const { site, runJob } = await startSite(t)
  const prometheus = await startPrometheus(t, scrapeTargets(site))

  let shown: readonly Shown[] = []
  const missing = (): readonly string[] =>
    shown
      .filter(({ panel, samples }) => !emptyHere.includes(panel.title) && !showsSomething(samples))
      .map(describe)
  const inVain = await until(
    'every query to show something',
    async () => {
      await runJob()
      // The API's own metrics, and the store's, are made by asking.
      await site.page({ workload: 'settle', limit: '10' })
      shown = await askAll(prometheus)
      return missing().length === 0
    },
    75_000,
  ).catch((error: unknown) => error)
  t.strictSame(missing(), [], 'every query shows something')
  t.equal(inVain, undefined)

  const empty = shown.filter(({ samples }) => !showsSomething(samples))
  t.strictSame(
    [...new Set(empty.map(({ panel }) => panel.title))].toSorted(),
    emptyHere.toSorted(),
    'what is empty by design here is empty',
  )
  for (const { panel } of empty) t.ok(panel.emptyByDesign, `${panel.title} says why`)

  t.test('names of what was watched survive the labels of the target', async (t) => {
    const [settle] = await prometheus.query('mayfly_process_execs_total{workload="settle"}')
    t.match(settle?.labels, { namespace: 'payments', workload_type: 'deployment' })
    t.strictSame(await prometheus.query('{exported_workload!=""}'), [])
    t.strictSame(await prometheus.query('mayfly_process_execs_total{exported_namespace!=""}'), [])
  })

  t.test('the collector’s API gives what annotations are made of', async (t) => {
    const now = Date.now()
    for (const choice of ['fleet', 'namespaces', 'workload'] as const) {
      const { url, root_selector: root, columns } = findingsQuery(choice)
      const path = url
        .replace(variable('__from:date:iso'), new Date(now - 3_600_000).toISOString())
        .replace(variable('__to:date:iso'), new Date(now).toISOString())
        .replace(variable('namespace'), chosen.namespace)
        .replace(variable('workload'), chosen.workload)
      t.notMatch(path, '$', 'every variable has a value')
      const answer = (await (await fetch(`${site.url}${path}`)).json()) as Record<string, unknown>
      const rows = answer[root] as readonly Readonly<Record<string, unknown>>[]
      t.ok(rows.length > 0, `${choice}: findings`)
      for (const row of rows)
        for (const { selector, type } of columns) {
          const value = row[selector]
          t.type(value, 'string', selector)
          if (type === 'timestamp') t.notOk(Number.isNaN(Date.parse(String(value))), selector)
        }
    }
  })

  t.test('promtool has nothing to say of either endpoint', async (t) => {
    t.equal(await lint(site.collectorMetricsUrl), '')
    t.equal(await lint(site.agentMetricsUrl), '')
  })

  if (process.env.MAYFLY_UPDATE_DOCS) {
    const page = join(repository, 'docs/dashboards.md')
    writeFileSync(page, dashboardsPage(shown, Date.now()))
  }
})
