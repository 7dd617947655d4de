/** Mayfly's alerts, their cases for promtool, and what expressions and series name; for alerts.test.ts. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { repository } from './chart.ts'
import { declared } from './dashboard-queries.ts'

export const directory = join(repository, 'deploy/prometheus')

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly keep_firing_for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** A share: no program tells one. */
export interface RecordingRule {
  readonly record: string
  readonly expr: string
}

export interface RuleGroups {
  readonly groups: readonly {
    readonly name: string
    readonly rules: readonly (AlertRule | RecordingRule)[]
  }[]
}

export interface AlertCase {
  readonly name: string
  readonly input_series: readonly { readonly series: string; readonly values: string }[]
  readonly promql_expr_test?: readonly {
    readonly expr: string
    readonly exp_samples: readonly object[]
  }[]
  readonly alert_rule_test?: readonly {
    readonly alertname: string
    readonly exp_alerts: readonly { readonly exp_labels: Readonly<Record<string, string>> }[]
  }[]
}

/** Reads a file of deploy/prometheus. */
export const read = (file: string): unknown =>
  parse(readFileSync(join(directory, file), 'utf8'), { merge: true })

export const isAlert = (rule: AlertRule | RecordingRule): rule is AlertRule => 'alert' in rule

export const allRules: readonly (AlertRule | RecordingRule)[] = (
  read('rules.yaml') as RuleGroups
).groups.flatMap(({ rules }) => rules)
export const alertRules: readonly AlertRule[] = allRules.filter(isAlert)
export const alertCases = (read('rules.test.yaml') as { readonly tests: readonly AlertCase[] })
  .tests

/** Of other projects, on which the alerts rely: Prometheus itself and kube-state-metrics. */
export const foreignMetrics: ReadonlySet<string> = new Set([
  'up',
  'kube_daemonset_status_desired_number_scheduled',
  'kube_pod_info',
])

/** Labels of a target: from service discovery, not from the program. */
const targetLabels = ['cluster', 'job', 'instance', 'pod', 'node']

const words = new Set(
  'by without on ignoring and or unless offset group_left group_right'.split(' '),
)

/** Every metric that an expression names: what is left without texts, labels, ranges, functions and words of the language. */
export const namedIn = (expr: string): readonly string[] =>
  [
    ...expr
      .replaceAll(/"[^"]*"/g, '')
      .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, '')
      .replaceAll(/\b(?:by|without|on|ignoring) *\([^)]*\)/g, '')
      .replaceAll(/\boffset +\w+/g, '')
      .matchAll(/\b[a-zA-Z_]\w*\b(?! *\()/g),
  ]
    .map(([name]) => name)
    .filter((name) => !words.has(name))

/** The declaration of a metric; a histogram has no series of its own name. Undefined for one that no program declares. */
export const specOf = (name: string) => {
  const spec = declared.get(name)
  if (spec !== undefined) return spec.type === 'histogram' ? undefined : spec
  const histogram = declared.get(name.replace(/_(?:bucket|sum|count)$/, ''))
  return histogram?.type === 'histogram' ? histogram : undefined
}

/** What is wrong with the metrics, labels and values in the text, held against the declarations; empty for nothing. */
export const faultsIn = (expr: string): readonly string[] => {
  const unknown = namedIn(expr).filter((name) => !foreignMetrics.has(name) && !specOf(name))
  const wrong = [...expr.matchAll(/(mayfly_\w+)\{([^}]*)\}/g)].flatMap(
    ([, name = '', matchers = '']) =>
      [...matchers.matchAll(/(\w+) *(=~|!~|!=|=) *"([^"]*)"/g)].flatMap(
        ([, label = '', operator, value = '']) => {
          if (targetLabels.includes(label) || (label === 'le' && name.endsWith('_bucket')))
            return []
          const known = specOf(name)?.labels?.[label]
          if (known === undefined) return [`${name} has no label ${label}`]
          const isPossible =
            operator !== '=' || known.values === undefined || known.values.includes(value)
          return isPossible ? [] : [`${label} of ${name} is never ${value}`]
        },
      ),
  )
  return [...unknown.map((name) => `nobody declares ${name}`), ...wrong]
}

export interface Said {
  readonly code: number
  readonly text: string
}

/** Runs a program of Debian's prometheus or prometheus-alertmanager in the rules' directory. Rejects when it is not there. */
export const run = (program: 'promtool' | 'amtool', ...args: readonly string[]): Promise<Said> =>
  new Promise((resolve, reject) => {
    execFile(program, args, { cwd: directory }, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`
      if (error === null) resolve({ code: 0, text })
      else if (typeof error.code === 'number') resolve({ code: error.code, text })
      else reject(error)
    })
  })
