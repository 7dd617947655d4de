/**
 * From a shell to the phone: a live agent and collector, Debian's Prometheus with the rules that ship, its Alertmanager with the example
 * that ships, and somebody on call. Only times are shortened: how long Alertmanager waits for more of a group and when it looks at one
 * again, and the 15 minutes after which a missing agent is told of.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as Tap } from 'tap'
import type { TimelineAnswer } from '#proto/api.ts'
import type { FindingsAnswer } from '#proto/finding.ts'
import { type OnCall, startAlertmanager, startOnCall } from '#test/fixtures/alertmanager.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { makeKubeletSite } from '#test/fixtures/kubelet-site.ts'
import { type Site, sleep, until } from '#test/fixtures/mayfly.ts'
import { makeBundle, randomContainerId, runContainer } from '#test/fixtures/oci-bundle.ts'
import { type Prometheus, startPrometheus } from '#test/fixtures/prometheus.ts'
import { directory } from './alert-rules.ts'
import { scrapeTargets } from './scrape-targets.ts'

/** A shell with its input and output on a connection; whoever listens hangs up at once. */
const reverseShell = `
nc -l -p 9001 </dev/null >/dev/null &
sleep 0.3
nc 127.0.0.1 9001 -e /bin/sh`

/** Somebody who tries again and again to hand out a shell, over more than one scrape, and finds nobody. */
const intrusion = 'for i in $(seq 200); do nc 127.0.0.1 9 -e /bin/sh; sleep 0.1; done; true'

/** A program that was not in the image, and is named like a package manager; it does nothing. */
const installation = 'cp /bin/busybox /tmp/apk; /tmp/apk add nmap; true'

const rulesFor = (collectorUrl: string): string =>
  readFileSync(join(directory, 'rules.yaml'), 'utf8')
    .replaceAll('with ""', `with "${collectorUrl}"`)
    .replace(/(?<=alert: MayflyAgentDown\n(?: {8}.*\n)*? {8}for: )15m/, '2s')

const makeSurroundings = async (t: Tap) => {
  const { kubelet, site } = await makeKubeletSite(t)
  const onCall = await startOnCall(t)
  const alertmanagerUrl = await startAlertmanager(t, onCall)
  /** A pod of a Deployment that runs a script to its end. */
  const run = async (workload: string, script: string): Promise<void> => {
    const [id, uid] = [randomContainerId(), randomUUID()]
    const owner = `${workload}-7d9f8c6b5d`
    kubelet.addPod({
      ...{ name: `${owner}-x2x7k`, namespace: 'payments', uid },
      labels: { app: workload, 'pod-template-hash': '7d9f8c6b5d' },
      owner: { kind: 'ReplicaSet', name: owner },
      containers: [{ name: 'main', id }],
    })
    const cgroupsPath = `/kubepods/burstable/pod${uid}/${id}`
    const bundle = await makeBundle(t, { args: ['/bin/sh', '-c', script], cgroupsPath })
    const { exitCode, stderr } = await runContainer({ runtime: 'crun', id, bundle })
    if (exitCode !== 0) throw new Error(`${workload}: ${stderr}`)
  }
  const rules = rulesFor(site.url)
  const startPrometheusOf = () =>
    startPrometheus(t, scrapeTargets(site), { scrapeInterval: '15s', rules, alertmanagerUrl })
  return { site, onCall, run, startPrometheusOf }
}

/** Resolves right after a scrape of the collector: the next one is 15 s away. */
const afterScrape = async (prometheus: Prometheus): Promise<void> => {
  const latest = async (): Promise<number> =>
    (await prometheus.query('timestamp(up{job="mayfly-collector"})'))[0]?.value ?? 0
  const before = await latest()
  await until('a scrape', async () => (await latest()) > before, 20_000)
}

const pagesOf = ({ pages }: OnCall, workload: string) =>
  pages.filter(({ commonLabels }) => commonLabels.workload === workload)

const messagesOf = ({ messages }: OnCall) => messages.flatMap(({ attachments }) => attachments)

const findingsOf = async (site: Site, workload: string) => {
  const response = await fetch(`${site.url}/api/v1/findings?workload=${workload}&limit=100`)
  return ((await response.json()) as FindingsAnswer).findings
}

t.test('alerts reach somebody', { ...needsBpf, timeout: 110_000 }, async (t) => {
  const { site, onCall, run, startPrometheusOf } = await makeSurroundings(t)
  const collector = await site.startCollector()
  const agent = await site.startAgent()
  const prometheus = await startPrometheusOf()

  await t.test(
    'of a shell in a container that lived for a second, although the collector was restarted',
    async (t) => {
      await afterScrape(prometheus)
      const beganMs = performance.now()
      await run('ledger', reverseShell)
      await until('the shell to be found', async () =>
        (await findingsOf(site, 'ledger')).some(({ rule }) => rule === 'MF0101'),
      )
      await sleep(Math.max(0, 10_000 - (performance.now() - beganMs)))
      const seen = await prometheus.query('{workload="ledger"}')
      t.strictSame(seen, [], 'no scrape has seen this workload, its container is gone')
      await collector.stop()
      await site.startCollector()
      await until('a page', async () => pagesOf(onCall, 'ledger').length > 0, 40_000)
      const [page] = pagesOf(onCall, 'ledger')
      t.match(page?.commonLabels, {
        namespace: 'payments',
        workload: 'ledger',
        severity: 'critical',
      })
      const alert = page?.alerts.find(({ labels }) => labels.rule === 'MF0101')
      t.match(
        alert?.annotations.description,
        /^Rule MF0101 \(critical\) found something in payments\/ledger \(deployment\) at /,
      )
      const link = alert?.annotations.timeline ?? ''
      t.ok(link.startsWith(`${site.url}/api/v1/timeline?`), link)
      const { events } = (await (await fetch(link)).json()) as TimelineAnswer
      t.ok(
        events.some(
          (event) =>
            event.kind === 'exec' &&
            event.workload === 'ledger' &&
            event.process.argv?.join(' ') === '/bin/sh',
        ),
        'the link shows the shell',
      )
      t.ok(
        events.every(({ workload }) => workload === 'ledger'),
        'and nothing of others',
      )
    },
  )

  await t.test('once for 200 events of one attack', async (t) => {
    await run('reports', installation)
    await run('invoices', intrusion)
    await until('a page', async () => pagesOf(onCall, 'invoices').length > 0, 40_000)
    await afterScrape(prometheus)
    await sleep(5_000)
    t.equal(pagesOf(onCall, 'invoices').length, 1)
    const counts = (await findingsOf(site, 'invoices')).map(({ rule, count }) => ({ rule, count }))
    t.ok(
      counts.some(({ count }) => count >= 200),
      JSON.stringify(counts),
    )
    t.equal(pagesOf(onCall, 'ledger').length, 1, 'nor again for the other')
  })

  await t.test('in the chat, of what wakes nobody', async (t) => {
    const title = 'payments/reports: Something was done in a workload that does not belong there.'
    const told = messagesOf(onCall).filter((message) => message.title === title)
    t.equal(told.length, 1, 'two rules, one message')
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`
    const words = (rule: string): string =>
      [
        String.raw`• Rule ${rule} \(medium\) found something in payments/reports \(deployment\) at ${time}\.`,
        `  mayfly timeline -n payments --workload reports --since ${time} --until ${time}`,
        String.raw`  ${site.url}/api/v1/timeline\?since=${time}&until=${time}&namespace=payments&workload=reports`,
        '  What to do: docs/runbooks/MayflyFindingMedium.md',
      ].join('\n')
    t.match(told[0]?.text.trim(), new RegExp(`^${words('MF0203')}\n${words('MF0205')}$`))
    t.strictSame(pagesOf(onCall, 'reports'), [])
  })

  await t.test('of an agent that was killed', async (t) => {
    // The collector's restart cut it off as well, and may have been told of.
    const before = messagesOf(onCall).length
    await agent.stop('SIGKILL')
    const told = () =>
      messagesOf(onCall)
        .slice(before)
        .filter(({ title }) => title === 'A node is not watched.')
    await until('a message', async () => told().length > 0, 40_000)
    const [message] = told()
    t.match(message?.text, 'The agent of node node-1 does not answer, or is not connected')
    t.match(message?.text, 'mayfly status')
    t.match(message?.text, 'What to do: docs/runbooks/MayflyAgentDown.md')
  })

  // Prometheus tells it again every minute; the first time it may not have found Alertmanager yet.
  await until('the watchdog', async () => onCall.heartbeats() > 0, 40_000)
})
