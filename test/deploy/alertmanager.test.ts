/** The example for Alertmanager: its own check of it, where each alert goes, when it is told of, and the words. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test as Tap } from 'tap'
import { alertRules, read, run } from './alert-rules.ts'

/** The part of a route of Alertmanager that is looked at. */
interface AlertRoute {
  readonly group_by?: readonly string[]
  readonly group_wait?: string
  readonly group_interval?: string
  readonly routes?: readonly AlertRoute[]
}

t.test('Alertmanager takes the example', async (t) => {
  const { code, text } = await run('amtool', 'check-config', 'alertmanager.yaml')
  t.equal(code, 0, text)
  t.match(text, /1 templates\n\s+SUCCESS/)
})

t.test('each alert goes where it belongs', async (t) => {
  const receiverOf = (alert: string, severity: string): string => {
    if (severity === 'none') return 'watchdog'
    const what = severity === 'critical' ? 'pages' : 'tickets'
    return /^MayflyFinding(?!sUnshown)/.test(alert) ? `finding-${what}` : what
  }
  for (const { alert, labels } of alertRules) {
    const { severity = '' } = labels
    const { code, text } = await run(
      ...(['amtool', 'config', 'routes', 'test', '--config.file=alertmanager.yaml'] as const),
      `--verify.receivers=${receiverOf(alert, severity)}`,
      ...[`alertname=${alert}`, `severity=${severity}`, 'namespace=payments'],
    )
    t.equal(code, 0, `${alert} (${severity}): ${text}`)
  }
})

t.test('a finding is told of although the collector restarts just then', async (t) => {
  // What joins a group just after a notification waits for the next: the alert, 15 minutes long, must still be there.
  const { route } = read('alertmanager.yaml') as { readonly route: AlertRoute }
  const routes = [route, ...(route.routes ?? [])]
  t.ok(routes.some(({ group_by }) => group_by?.includes('workload')))
  for (const { group_wait = '0s', group_interval = '0s' } of routes)
    for (const wait of [group_wait, group_interval]) t.match(wait, /^(\d+s|[1-5]m)$/)
  for (const { alert, keep_firing_for: keep } of alertRules)
    if (/^MayflyFinding(?!sUnshown)/.test(alert)) t.equal(keep, '5m', alert)
})

/** What Slack is sent of a notification's data (Alertmanager, template.Data): title and text. */
const rendered = async (t: Tap, data: object): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-alertmanager-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'data.json')
  writeFileSync(file, JSON.stringify(data))
  const { code, text } = await run(
    ...(['amtool', 'template', 'render', '--template.glob=mayfly.tmpl'] as const),
    `--template.data=${file}`,
    '--template.text={{ template "mayfly.title" . }}\n{{ template "mayfly.text" . }}',
  )
  t.equal(code, 0, text)
  return text.trim()
}

t.test('a notification says what is over', async (t) => {
  const description = 'The agent of node a does not answer.'
  const over = { status: 'resolved', annotations: { description } }
  const data = { commonLabels: {}, commonAnnotations: { summary: 'A node is not watched.' } }
  t.equal(
    await rendered(t, { ...data, status: 'resolved', alerts: [over] }),
    `Resolved: A node is not watched.\n• Resolved: ${description}`,
  )
  t.equal(
    await rendered(t, { ...data, status: 'firing', alerts: [{ ...over, status: 'firing' }, over] }),
    `A node is not watched.\n• ${description}\n• Resolved: ${description}`,
    'of some, while others go on',
  )
})

t.test('a notification names the workload, what was found, and what to do', async (t) => {
  const annotations = {
    summary: 'Something was done.',
    description: 'Rule MF0101 found something.',
    command: 'mayfly timeline -n payments',
    timeline: '',
    runbook_url: 'docs/runbooks/MayflyFindingHigh.md',
  }
  const firing = { status: 'firing', annotations }
  const data = {
    status: 'firing',
    commonLabels: { namespace: 'payments', workload: 'api' },
    commonAnnotations: { summary: annotations.summary },
    alerts: [
      firing,
      { ...firing, annotations: { ...annotations, timeline: 'https://m.example/x' } },
    ],
  }
  t.equal(
    await rendered(t, data),
    [
      'payments/api: Something was done.',
      '• Rule MF0101 found something.',
      '  mayfly timeline -n payments',
      '  What to do: docs/runbooks/MayflyFindingHigh.md',
      '• Rule MF0101 found something.',
      '  mayfly timeline -n payments',
      '  https://m.example/x',
      '  What to do: docs/runbooks/MayflyFindingHigh.md',
    ].join('\n'),
  )
})
