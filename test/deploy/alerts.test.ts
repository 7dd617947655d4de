/**
 * The alerts: Prometheus' own check of the file, the cases in deploy/prometheus/rules.test.yaml, that every metric in them is declared,
 * that each alert has its words and its runbook, and what the chart makes of them.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test as Tap } from 'tap'
import { stringify } from 'yaml'
import { driftRules } from '#collector/detection/baselines/drift.ts'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { Statistics } from '#collector/detection/statistics/statistics.ts'
import {
  alertCases,
  alertRules,
  allRules,
  faultsIn,
  isAlert,
  namedIn,
  type RuleGroups,
  run,
  specOf,
} from './alert-rules.ts'
import { find, needsHelm, render, repository, type Values } from './chart.ts'

/** A directory for one test. */
const directory = (t: Tap): string => {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-alerts-'))
  t.teardown(() => rmSync(path, { recursive: true }))
  return path
}

/** Cases of what is recorded. */
const shareCases = alertCases.flatMap(({ promql_expr_test = [] }) => promql_expr_test)

const names = [...new Set(alertRules.map(({ alert }) => alert))]

t.test('faults are seen: a name, a label and a value that do not exist', async (t) => {
  t.strictSame(faultsIn('rate(mayfly_agent_canary_age_seconds[5m]) > on (node) up * 2'), [])
  for (const [expr, fault] of [
    ['mayfly_canary > 300', 'nobody declares mayfly_canary'],
    [
      'sum by (node) (rate(mayfly_agent_evnts_total[5m]))',
      'nobody declares mayfly_agent_evnts_total',
    ],
    ['mayfly_collector_delivery_seconds > 1', 'nobody declares mayfly_collector_delivery_seconds'],
    ['canary_age offset 5m', 'nobody declares canary_age'],
    ['mayfly_agent_source_up{kind="procfs"}', 'mayfly_agent_source_up has no label kind'],
    ['mayfly_agent_source_up{source="proc"}', 'source of mayfly_agent_source_up is never proc'],
  ] as const) {
    t.strictSame(faultsIn(expr), [fault], expr)
  }
})

t.test('every alert names metrics that are declared', async (t) => {
  for (const { alert, expr } of alertRules) {
    t.strictSame(faultsIn(expr), [], alert)
    if (alert !== 'MayflyWatchdog') t.not(namedIn(expr).length, 0, alert)
  }
})

t.test('shares are recorded of metrics that are declared, under names that say how', async (t) => {
  const shares = allRules.flatMap((rule) => (isAlert(rule) ? [] : [rule]))
  t.not(shares.length, 0)
  for (const { record, expr } of shares) {
    t.match(record, /^mayfly:[a-z_]+:ratio(_rate5m)?$/)
    t.strictSame(faultsIn(expr), [], record)
    t.equal(record.endsWith('_rate5m'), expr.includes('[5m]'), record)
    const checks = shareCases.filter(({ expr }) => expr === record)
    t.ok(
      checks.some(({ exp_samples }) => exp_samples.length > 0),
      `${record} has a case`,
    )
  }
})

t.test('so do the series of the cases: a case with a wrong name proves nothing', async (t) => {
  for (const { name, input_series } of alertCases)
    for (const { series } of input_series) t.strictSame(faultsIn(series), [], name)
})

t.test('every alert has its words and a runbook', async (t) => {
  const summaries = new Map<string, string>()
  for (const { alert, labels, annotations } of alertRules) {
    const { summary = '', description = '', runbook_url: runbook = '' } = annotations
    t.match(labels.severity, /^(critical|warning|none)$/, alert)
    t.match(summary, /^[A-Z][^{}]{10,80}\.$/, `${alert}: one short sentence without values`)
    t.match(description, /^\S.{20,}\.$/s, alert)
    t.equal(summaries.get(alert) ?? summary, summary, `${alert} says the same at each threshold`)
    summaries.set(alert, summary)
    t.equal(runbook, `docs/runbooks/${alert}.md`)
    const file = join(repository, runbook)
    if (!t.ok(existsSync(file), runbook)) continue
    const page = readFileSync(file, 'utf8')
    t.strictSame(
      [...page.matchAll(/^#+ .*$/gm)].map(([heading]) => heading),
      [`# ${alert}`, '## Meaning', '## Impact', '## Diagnosis', '## Mitigation'],
      runbook,
    )
    t.notMatch(page, /^## .*\n\n(?:##|$)/m, `${runbook} has nothing empty`)
  }
})

t.test('runbooks and alerts name metrics and commands that exist', async (t) => {
  const folder = join(repository, 'docs/runbooks')
  const commands = readdirSync(join(repository, 'cli/commands')).map((file) =>
    file.replace(/\.ts$/, ''),
  )
  const texts = [
    ...readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8')),
    ...alertRules.map(({ annotations }) => `\`${annotations.command ?? 'mayfly status'}\``),
  ]
  for (const text of texts) {
    for (const [name] of text.matchAll(/\bmayfly_[a-z_]+/g)) t.ok(specOf(name), name)
    for (const [, command = ''] of text.matchAll(/`mayfly ([a-z]+)/g))
      t.ok(commands.includes(command), command)
  }
  const pages = readdirSync(folder).map((file) => file.replace(/\.md$/, ''))
  t.strictSame(pages.toSorted(), names.toSorted(), 'one page for each alert, and none for others')
})

t.test('every alert has a case in which it fires, and one in which it does not', async (t) => {
  const checks = alertCases.flatMap(({ alert_rule_test = [] }) => alert_rule_test)
  for (const { alert, labels } of alertRules) {
    const fires = checks.some(
      ({ alertname, exp_alerts }) =>
        alertname === alert &&
        exp_alerts.some(({ exp_labels }) => exp_labels.severity === labels.severity),
    )
    t.ok(fires, `${alert} (${labels.severity}) fires`)
    // A dead man's switch never does not.
    if (alert === 'MayflyWatchdog') continue
    t.ok(
      checks.some(({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length === 0),
      `${alert} does not fire`,
    )
  }
  for (const { alertname } of checks) t.ok(names.includes(alertname), alertname)
})

t.test('drift and statistics are told apart by their ids, and nothing else is', async (t) => {
  const statistics = new Statistics(defaultParameters).all.map(({ rule }) => rule)
  const quiet = [...Object.values(driftRules), ...statistics].map(({ id }) => id)
  const others = parseRules(readRuleFiles([shippedRules])).rules.map(({ id }) => id)
  t.not(quiet.length * others.length, 0)
  for (const id of quiet) t.match(id, /^MF[12]0..$/)
  for (const id of [...others, 'MF3001']) t.notMatch(id, /^MF[12]0..$/)
  for (const { alert, expr, labels } of alertRules) {
    if (!alert.startsWith('MayflyFinding') || labels.severity !== 'critical') continue
    t.match(expr, 'rule!~"MF[12]0.."', `${alert} pages for neither`)
  }
})

t.test('Prometheus takes the rules, and they fire as the cases say', async (t) => {
  const checked = await run('promtool', 'check', 'rules', 'rules.yaml')
  t.equal(checked.code, 0, checked.text)
  t.match(checked.text, `SUCCESS: ${allRules.length} rules found`)
  const tested = await run('promtool', 'test', 'rules', 'rules.test.yaml')
  t.equal(tested.code, 0, tested.text)
})

const prometheusRule = async (values: Values, release?: string, namespace?: string) => {
  const metrics = { prometheusRule: { create: true }, ...(values.metrics as Values | undefined) }
  const options = { ...(release && { release }), ...(namespace && { namespace }) }
  const object = find(await render({ ...values, metrics }, options), 'PrometheusRule', '')
  return object as typeof object & { readonly spec: RuleGroups }
}

t.test('the chart gives the plain rules, but for what it was told', needsHelm, async (t) => {
  const { spec } = await prometheusRule({})
  t.strictSame(
    spec.groups.flatMap(({ rules }) => rules),
    allRules,
  )
})

t.test('with other names, addresses and sizes', needsHelm, async (t) => {
  const { metadata, spec } = await prometheusRule(
    {
      agent: { source: 'procfs', spool: { size: '2GiB' } },
      metrics: {
        prometheusRule: { create: true, labels: { release: 'p' }, disabled: ['MayflyWatchdog'] },
        externalUrl: 'https://mayfly.example/',
        runbooksUrl: 'https://git.example/runbooks',
      },
    },
    'acme',
    'security',
  )
  t.match(metadata, { name: 'acme-mayfly', namespace: 'security', labels: { release: 'p' } })
  const rules = spec.groups.flatMap((group) => group.rules.filter(isAlert))
  const left = names.filter((name) => !rules.some(({ alert }) => alert === name))
  t.strictSame(left, ['MayflyCoverageReduced', 'MayflyWatchdog'], 'who chose procfs knows it')
  t.notOk(spec.groups.some((group) => group.rules.length === 0))
  const expressions = rules.map(({ expr }) => expr).join('\n')
  t.match(expressions, 'namespace="security", daemonset="acme-mayfly-agent"')
  t.match(expressions, 'job=~"(.+/)?acme-mayfly-agent"')
  t.match(expressions, '/ 2147483648 > 0.7')
  t.notMatch(expressions, /namespace="mayfly"|(?<!acme-)mayfly-(agent|collector)|268435456/)
  for (const { alert, annotations } of rules) {
    t.equal(annotations.runbook_url, `https://git.example/runbooks/${alert}.md`)
  }
})

t.test('an address that would break the alerts is refused', needsHelm, async (t) => {
  for (const externalUrl of ['mayfly.example', 'https://a"}}b', 'https://a b'])
    await t.rejects(
      prometheusRule({ metrics: { externalUrl } }),
      /'\/metrics\/externalUrl'/,
      externalUrl,
    )
})

t.test('the link opens the time and the place of the finding', needsHelm, async (t) => {
  const { spec } = await prometheusRule({ metrics: { externalUrl: 'https://mayfly.example' } })
  const place = directory(t)
  writeFileSync(join(place, 'rules.yaml'), stringify(spec))
  const labels = 'namespace="payments",workload="api",workload_type="deployment",rule="MF0101"'
  const link =
    'https://mayfly.example/api/v1/timeline?since=1970-01-01T00:53:20Z&until=1970-01-01T00:59:20Z'
  const cases = {
    rule_files: ['rules.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [
          {
            series: `mayfly_finding_last_detected_timestamp_seconds{${labels},severity="critical",late="false"}`,
            values: '_x59 3500+0x20',
          },
        ],
        alert_rule_test: [{ eval_time: '59m', alertname: 'MayflyFindingCritical', exp_alerts: [] }],
      },
    ],
  }
  const file = join(place, 'test.yaml')
  writeFileSync(file, stringify(cases))
  // What was expected is nothing, so that promtool says what came.
  const { code, text } = await run('promtool', 'test', 'rules', file)
  t.equal(code, 1)
  t.equal(/timeline="([^"]*)"/.exec(text)?.[1], `${link}&namespace=payments&workload=api`)
})
