/** What is said of an occurrence: its reason in words, the line of its event, the values of its key, its ancestry. Pure; called by detection.ts. */
import type { TimelineEvent } from '#proto/api.ts'
import type { FindingProcess } from '#proto/finding.ts'
import type { Activity } from './fields.ts'
import type { KnownProcess } from './processes.ts'
import type { Rule } from './rules/rule.ts'

/** Of a text that came from a container: a reason is for people. */
const maxValue = 300
const maxAncestry = 8

const valueAt = (activity: Activity, path: string): string => {
  const [variable = '', name = ''] = path.split('.')
  const value = (activity as unknown as Record<string, Record<string, unknown>>)[variable]?.[name]
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '')
  return text.length > maxValue ? `${text.slice(0, maxValue)}…` : text
}

/** `payments/web (container web)`, the container's id, or the node. */
const placeOf = ({
  namespace,
  workload,
  pod,
  container,
  containerId,
  node,
}: TimelineEvent): string => {
  const owner = [namespace, workload || pod].filter(Boolean).join('/')
  if (containerId === 'host') return `node ${node}`
  if (owner === '') return `container ${container || containerId.slice(0, 12)} on ${node}`
  return container === '' ? owner : `${owner} (container ${container})`
}

/** `in payments/web (container web): started bash -i with …`. */
export const inPlace = (event: TimelineEvent, words: string): string =>
  `in ${placeOf(event)}: ${words}`

export const reasonOf = (rule: Rule, activity: Activity, event: TimelineEvent): string =>
  inPlace(
    event,
    rule.reason.replace(/\{([^}]*)\}/g, (_, path: string) => valueAt(activity, path) || 'unknown'),
  )

export const keyOf = (rule: Rule, activity: Activity): Readonly<Record<string, string>> =>
  Object.fromEntries(rule.key.map((path) => [path, valueAt(activity, path)]))

/** One line of what the event was. */
export const lineOf = (activity: Activity): string => {
  const { event, process: one, connection } = activity
  const doer = one.exe || 'somebody'
  switch (event.kind) {
    case 'exec':
      return valueAt(activity, 'process.command') || doer
    case 'connect':
      return `${doer} → ${connection.address}:${connection.port}`
    case 'accept':
    case 'close':
      return `${doer} ↔ ${connection.address}, port ${connection.port}`
    case 'listen':
      return `${doer} listens on port ${connection.port}`
    case 'dns':
      return `${doer} asked for ${valueAt(activity, 'dns.name')}`
    default:
      return `${doer} ${event.kind}`
  }
}

/** The process itself and the line that leads to it, the nearest first. */
export const ancestryOf = (
  event: TimelineEvent,
  line: readonly KnownProcess[],
): readonly FindingProcess[] => {
  const own = 'process' in event ? event.process : null
  const first =
    own === null ? [] : [{ id: own.id, pid: own.pid, exe: own.exe, argv: own.argv ?? [] }]
  const rest = line.map(({ id, pid, exe, argv }) => ({ id, pid, exe, argv }))
  return [...first, ...rest].slice(0, maxAncestry)
}
