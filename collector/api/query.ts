/**
 * Query parameters: one table says what each may hold and means; reading, checking and the OpenAPI document come from
 * it. Strict, because a filter that is silently ignored gives an answer to another question.
 */
import { type Parsed, parseInteger, parseTime } from '#base/values.ts'
import { type EventKind, eventKinds } from '#proto/event.ts'
import { type FindingState, findingStates, type Severity, severities } from '#proto/finding.ts'
import type { WhoQuery } from '../store/store.ts'
import { whoValues } from '../store/who-question.ts'
import { ApiError } from './errors.ts'

/** Events in one answer when the client does not say, and at most. */
export const defaultLimit = 1_000
export const maxLimit = 10_000

/** DNS subdomain names in Kubernetes have at most 253 characters; image-derived container names may be longer. */
const maxNameLength = 512
const maxTextLength = 512
const maxCursorLength = 1_024

/** All that the parameters of any route can ask. */
export interface Question extends WhoQuery {
  /** Count every row instead of believing what was counted before. */
  readonly deep?: boolean
  /** Of findings. */
  readonly rule?: string
  readonly states?: readonly FindingState[]
  readonly severities?: readonly Severity[]
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type QueryPart = Partial<Mutable<Question>>

interface Parameter {
  readonly help: string
  readonly schema: object
  readonly read: (text: string, nowUs: number) => Parsed<QueryPart>
}

/** What is wrong with a text of a person; undefined when it can be used. */
export const sized = (text: string, max: number): string | undefined => {
  if (text === '') return 'give it a value or leave it out'
  if (text.length > max) return `write at most ${max} characters`
  return text.includes('\0') ? 'leave out NUL characters' : undefined
}

const textParameter = (
  key: 'namespace' | 'workload' | 'pod' | 'container' | 'node' | 'text' | 'cursor' | 'rule',
  help: string,
  max = maxNameLength,
): Parameter => ({
  help,
  schema: { type: 'string', minLength: 1, maxLength: max },
  read: (text) => {
    const fix = sized(text, max)
    return fix === undefined ? { value: { [key]: text } } : { fix }
  },
})

const timeParameter = (key: 'sinceUs' | 'untilUs', help: string): Parameter => ({
  help,
  schema: { type: 'string', examples: ['2026-07-01T12:00:00Z', '15m'] },
  read: (text, nowUs) => {
    const time = parseTime(text, nowUs)
    return 'value' in time ? { value: { [key]: time.value } } : time
  },
})

const readKinds = (text: string): Parsed<QueryPart> => {
  const words = text.split(',')
  const kinds = words.filter((word): word is EventKind =>
    (eventKinds as readonly string[]).includes(word),
  )
  return kinds.length === words.length
    ? { value: { kinds } }
    : { fix: `write kinds separated by commas, out of ${eventKinds.join(', ')}` }
}

const readWords = (
  key: 'states' | 'severities',
  text: string,
  known: readonly string[],
): Parsed<QueryPart> => {
  const words = text.split(',')
  return words.every((word) => known.includes(word))
    ? { value: { [key]: words } }
    : { fix: `write some of ${known.join(', ')}, separated by commas` }
}

const whoParameter = (key: keyof typeof whoValues, help: string, schema: object): Parameter => ({
  help,
  schema,
  read: (text) => {
    const parsed = whoValues[key](text)
    return 'value' in parsed ? { value: { [key]: parsed.value } } : parsed
  },
})

export const parameters = {
  namespace: textParameter('namespace', 'Kubernetes namespace.'),
  workload: textParameter('workload', 'Controller a person knows, such as a Deployment’s name.'),
  pod: textParameter('pod', 'Pod name.'),
  container: textParameter(
    'container',
    'Container name, its id, at least 6 leading hex digits of its id, or `host`.',
  ),
  node: textParameter('node', 'Node name.'),
  since: timeParameter('sinceUs', 'From this time on: RFC 3339, or a span back from now.'),
  until: timeParameter('untilUs', 'Before this time: RFC 3339, or a span back from now.'),
  kind: {
    help: 'Event kinds, separated by commas.',
    schema: { type: 'string', examples: ['exec,exit'] },
    read: readKinds,
  },
  q: textParameter('text', 'Free text, searched in executable and arguments.', maxTextLength),
  order: {
    help: 'Oldest first (default) or newest first.',
    schema: { type: 'string', enum: ['oldest', 'newest'] },
    read: (text) =>
      text === 'oldest' || text === 'newest'
        ? { value: { newestFirst: text === 'newest' } }
        : { fix: 'write oldest or newest' },
  },
  limit: {
    help: `Most entries in the answer (default ${defaultLimit}).`,
    schema: { type: 'integer', minimum: 1, maximum: maxLimit },
    read: (text) => {
      const limit = parseInteger(text, 1, maxLimit)
      return 'value' in limit ? { value: { limit: limit.value } } : limit
    },
  },
  rule: textParameter('rule', 'Id of a rule, such as MF0101.'),
  state: {
    help: 'States of findings, separated by commas.',
    schema: { type: 'string', examples: ['open,acknowledged'] },
    read: (text) => readWords('states', text, findingStates),
  },
  severity: {
    help: 'Severities of findings, separated by commas.',
    schema: { type: 'string', examples: ['high,critical'] },
    read: (text) => readWords('severities', text, severities),
  },
  cursor: textParameter('cursor', 'The `next` of the previous page.', maxCursorLength),
  ip: whoParameter('ip', 'Address of the peer, in any valid spelling.', {
    type: 'string',
    examples: ['203.0.113.7', '2001:db8::7'],
  }),
  cidr: whoParameter('cidr', 'Network that the address of the peer is in.', {
    type: 'string',
    examples: ['10.0.0.0/8', '2001:db8::/32'],
  }),
  port: whoParameter('port', 'Port that is served: the peer’s if outbound, the own if inbound.', {
    type: 'integer',
    minimum: 1,
    maximum: 65_535,
  }),
  domain: whoParameter('domain', 'DNS name, in any case; its subdomains are found too.', {
    type: 'string',
    examples: ['example.com'],
  }),
  exe: whoParameter('exe', 'Absolute path of the executable, or its bare file name.', {
    type: 'string',
    examples: ['/usr/bin/curl', 'curl'],
  }),
  sha256: whoParameter('sha256', 'Hash of the executable, or at least its first 8 hex digits.', {
    type: 'string',
    minLength: 8,
    maxLength: 64,
  }),
  deep: {
    help: 'Whether to count every stored row, which takes longer (default false).',
    schema: { type: 'boolean' },
    read: (text) =>
      text === 'true' || text === 'false'
        ? { value: { deep: text === 'true' } }
        : { fix: 'write true or false' },
  },
} as const satisfies Readonly<Record<string, Parameter>>

export type ParameterName = keyof typeof parameters

/**
 * Reads a query string of which the named parameters are allowed.
 * @throws ApiError naming the first parameter that is unknown, repeated or wrong.
 */
export const parseQuery = (
  search: URLSearchParams,
  allowed: readonly ParameterName[],
  nowUs: number,
): Question => {
  const query: QueryPart = {}
  const seen = new Set<string>()
  for (const [name, text] of search) {
    if (!(allowed as readonly string[]).includes(name)) {
      const known = allowed.length > 0 ? `known here: ${allowed.join(', ')}` : 'none is known here'
      throw new ApiError('unknown_parameter', `unknown parameter; ${known}`, name.slice(0, 64))
    }
    if (seen.has(name)) throw new ApiError('bad_parameter', `give ${name} only once`, name)
    seen.add(name)
    const parsed = parameters[name as ParameterName].read(text, nowUs)
    if ('fix' in parsed) throw new ApiError('bad_parameter', `${name}: ${parsed.fix}`, name)
    Object.assign(query, parsed.value)
  }
  if ((query.sinceUs ?? 0) > (query.untilUs ?? Number.POSITIVE_INFINITY)) {
    throw new ApiError('bad_parameter', 'since: must not be later than until', 'since')
  }
  return { limit: defaultLimit, ...query }
}
