/**
 * The body of POST /api/v1/holds, checked as strictly as the parameters of a question and by the same rules: a field
 * that is silently ignored would keep other events than those that were meant.
 */
import { formatTime } from '#base/values.ts'
import type { HoldSelection } from '#proto/api.ts'
import type { NewHold } from '../store/store.ts'
import { ApiError } from './errors.ts'
import { type ParameterName, parameters, type Question, sized } from './query.ts'

export const maxReasonLength = 200

export const selectionFields = [
  'namespace',
  'workload',
  'pod',
  'container',
  'node',
  'since',
  'until',
] as const satisfies readonly ParameterName[] & readonly (keyof HoldSelection)[]

const bodyFields = ['reason', 'selection'] as const

const bad = (field: string, fix: string): ApiError =>
  new ApiError('bad_parameter', `${field}: ${fix}`, field)

/** The value as an object that has no other fields than these. */
const fieldsOf = (
  value: unknown,
  known: readonly string[],
  place: string,
): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw place === ''
      ? new ApiError('bad_body', `write an object with ${known.join(' and ')}`)
      : bad(place, `write an object with at least one of ${known.join(', ')}`)
  }
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const field = `${place === '' ? '' : `${place}.`}${unknown.slice(0, 64)}`
    throw new ApiError('unknown_parameter', `unknown field; known here: ${known.join(', ')}`, field)
  }
  return value as Readonly<Record<string, unknown>>
}

const readReason = (value: unknown): string => {
  if (typeof value !== 'string' || value.trim() === '') {
    throw bad('reason', 'say in a sentence why, for whoever finds the hold')
  }
  const fix = sized(value, maxReasonLength)
  if (fix !== undefined) throw bad('reason', fix)
  return value.trim()
}

/** Names as they are, times made absolute: a hold means one range, whenever it is looked at. */
const readSelection = (value: unknown, nowUs: number): HoldSelection => {
  const given = fieldsOf(value, selectionFields, 'selection')
  const names = selectionFields.filter((name) => Object.hasOwn(given, name))
  if (names.length === 0) {
    throw bad('selection', `give at least one of ${selectionFields.join(', ')}`)
  }
  const parts = names.map((name) => {
    const text = given[name]
    if (typeof text !== 'string') throw bad(`selection.${name}`, 'write text or leave it out')
    const parsed = parameters[name].read(text, nowUs)
    if ('fix' in parsed) throw bad(`selection.${name}`, parsed.fix)
    return parsed.value
  })
  const { sinceUs, untilUs, ...selection }: Partial<Question> = Object.assign({}, ...parts)
  if (sinceUs !== undefined && sinceUs >= (untilUs ?? Number.POSITIVE_INFINITY)) {
    throw bad('selection.since', 'must be earlier than until')
  }
  return {
    ...selection,
    ...(sinceUs !== undefined && { since: formatTime(sinceUs) }),
    ...(untilUs !== undefined && { until: formatTime(untilUs) }),
  }
}

/**
 * What shall be held, and why.
 * @throws ApiError naming the first field that is unknown, missing or wrong.
 */
export const parseHold = (body: unknown, nowUs: number): NewHold => {
  const { reason, selection } = fieldsOf(body, bodyFields, '')
  return { reason: readReason(reason), selection: readSelection(selection, nowUs) }
}
