/**
 * Makes occurrences of what rules, baselines and statistics find: the words, the ancestry, the severity, the risk. Called by
 * detection.ts, which gives them to the book.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { formatTime } from '#base/values.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { isContainerId } from '#proto/event.ts'
import type { Maturity, Severity } from '#proto/finding.ts'
import type { Drift } from '../baselines/drift.ts'
import type { Activity } from '../fields.ts'
import type { ProcessView } from '../processes.ts'
import { ancestryOf, inPlace, keyOf, lineOf, reasonOf } from '../reason.ts'
import type { Rule, RuleException } from '../rules/rule.ts'
import { isExcepted } from '../rules/rule-set.ts'
import type { StatisticHit } from '../statistics/statistics.ts'
import { isExternal } from '../statistics/subject.ts'
import type { Occurrence } from './occurrence.ts'
import { riskOf } from './risk.ts'

/** Workloads whose latest findings are remembered, to relate what comes within minutes, and those that outsiders reach. */
const maxWorkloads = 5_000
const relatedMs = 10 * 60_000
/** CAP_SYS_ADMIN and its like: what a break-out takes. */
const strong: readonly string[] = [
  'SYS_ADMIN',
  'SYS_PTRACE',
  'SYS_MODULE',
  'BPF',
  'DAC_READ_SEARCH',
  'SYS_RAWIO',
]
/** A privileged container has all that there are; kernels before 5.9 know 38. */
const allCapabilities = 38

/** What is the same of a rule, a baseline's and a statistic's. */
interface Source {
  readonly id: string
  readonly name: string
  readonly severity: Severity
  readonly maturity: Maturity
  readonly mitre: readonly string[]
}

interface Found {
  readonly key: Readonly<Record<string, string>>
  readonly reason: string
}

export const imageRule = {
  id: 'MF3001',
  name: 'Image from a registry that is not trusted',
  severity: 'medium',
  maturity: 'stable',
  mitre: ['T1525'],
} as const satisfies Source

export interface ReporterOptions {
  readonly memory: ProcessView
  readonly clock: Clock
  /** How images begin that are trusted; none for all. */
  readonly trustedRegistries: readonly string[]
}

/** `docker.io/library/nginx:1` for `nginx:1`: what a runtime makes of a name without a registry. */
export const fullImage = (image: string): string => {
  const [first = '', ...rest] = image.split('/')
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  if (hasRegistry) return image
  return rest.length > 0 ? `docker.io/${image}` : `docker.io/library/${image}`
}

/** `registry.example.com/team` trusts what is below it, not `registry.example.com/teams`. */
export const isTrusted = (image: string, registries: readonly string[]): boolean => {
  const full = fullImage(image)
  return registries.some((one) => {
    const prefix = one.replace(/\/+$/, '')
    return full === prefix || ['/', ':', '@'].some((end) => full.startsWith(prefix + end))
  })
}

export class Reporter {
  readonly #options: ReporterOptions
  /** Who builds images: there some rules are low. */
  builders: readonly RuleException[] = []
  readonly #related = new LRUCache<string, Map<string, number>>({ max: maxWorkloads })
  readonly #exposed = new LRUCache<string, true>({ max: maxWorkloads })

  constructor(options: ReporterOptions) {
    this.#options = options
  }

  /** Remembers whom the Internet reaches. */
  learn(event: TimelineEvent): void {
    if (event.kind === 'accept' && isExternal(event)) this.#exposed.set(placeKey(event), true)
  }

  /** How bad it is there: what a builder does for a living is low. */
  severityOf(rule: Rule, activity: Activity): Severity {
    const isLow = rule.lowInBuilders && this.builders.some((one) => isExcepted(one, activity))
    return isLow ? 'low' : rule.severity
  }

  /** `view`: what was known of processes when it happened. */
  ofRule(rule: Rule, event: TimelineEvent, activity: Activity, view?: ProcessView): Occurrence {
    const source = { ...rule, severity: this.severityOf(rule, activity) }
    const reason = reasonOf(rule, activity, event)
    const found = { key: keyOf(rule, activity), reason }
    return this.#occurrence(source, event, activity, found, view)
  }

  ofDrift({ rule, severity, key, reason, event, view }: Drift, activity: Activity): Occurrence {
    const found = { key, reason: inPlace(event, reason) }
    return this.#occurrence({ ...rule, severity }, event, activity, found, view)
  }

  ofStatistic({ statistic, hit }: StatisticHit, event: TimelineEvent, activity: Activity) {
    const found = { key: hit.key, reason: inPlace(event, hit.reason) }
    return this.#occurrence(statistic.rule, event, activity, found)
  }

  /** Undefined for what is trusted, and where nobody said what is. */
  ofImage(
    event: TimelineEvent & { readonly kind: 'container' },
    activity: Activity,
  ): Occurrence | undefined {
    const { image } = event
    const { trustedRegistries } = this.#options
    if (image === '' || trustedRegistries.length === 0) return undefined
    if (isTrusted(image, trustedRegistries)) return undefined
    const reason = inPlace(event, `runs ${fullImage(image)}, which is from no trusted registry`)
    return this.#occurrence(imageRule, event, activity, { key: { image }, reason })
  }

  #occurrence(
    { id, name, severity, maturity, mitre }: Source,
    event: TimelineEvent,
    activity: Activity,
    { key, reason }: Found,
    memory = this.#options.memory,
  ): Occurrence {
    const { clock, trustedRegistries } = this.#options
    const own = 'process' in event ? event.process : null
    const known = own === null ? undefined : memory.get(event.node, own.id)
    const line = own === null ? [] : memory.ancestors(event.node, known ?? own, event.containerId)
    const { capabilities, uid } = activity.process
    const { image, serviceAccountToken } = activity.container
    const isContainer = isContainerId(event.containerId)
    const risk = riskOf({
      severity,
      privileged: capabilities.length >= allCapabilities,
      hostNamespaces: isContainer ? activity.process.hostNamespaces : [],
      strongCapabilities: capabilities.filter((one) => strong.includes(one)),
      isRoot: own !== null && uid === 0n,
      hasServiceAccountToken: serviceAccountToken,
      isExposed: this.#exposed.has(placeKey(event)),
      isUntrustedImage:
        trustedRegistries.length === 0 || image === ''
          ? undefined
          : !isTrusted(image, trustedRegistries),
      related: this.#relate(name, event),
    })
    return {
      ...{ rule: id, name, severity, maturity, mitre, event, image, risk, key, reason },
      text: lineOf(activity),
      ancestry: ancestryOf(event, line),
      late: activity.event.late,
      detectedAt: formatTime(clock.nowUs()),
    }
  }

  /** Other rules that found something of this workload within minutes, by name; remembers this one. */
  #relate(name: string, event: TimelineEvent): readonly string[] {
    const nowMs = this.#options.clock.monotonicMs()
    const place = placeKey(event)
    const found = this.#related.get(place) ?? new Map<string, number>()
    const others = [...found].filter(([other, atMs]) => other !== name && nowMs - atMs < relatedMs)
    this.#related.set(place, new Map([...others, [name, nowMs]]))
    return others.map(([other]) => other)
  }
}

/** The workload, or the container while nobody says whose it is. */
const placeKey = ({ namespace, workload, node, containerId }: TimelineEvent): string =>
  workload === '' ? `${node}\0${containerId}` : `${namespace}/${workload}`
