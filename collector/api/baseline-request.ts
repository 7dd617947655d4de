/** The bodies of POST /api/v1/baselines and /api/v1/baselines/ID, checked as strictly as a question. Pure; called by changes.ts. */
import {
  baselineCoverages,
  itemKinds,
  itemScopes,
  type WrittenBaseline,
  type WrittenItem,
} from '#proto/baseline.ts'
import { ApiError } from './errors.ts'
import { maxCommentLength } from './finding-request.ts'

export const baselineDecisions = ['lock', 'unlock'] as const
export type BaselineDecisionName = (typeof baselineDecisions)[number]

export interface BaselineRequest {
  readonly action: BaselineDecisionName
  readonly comment: string
}

export interface BaselineImport {
  readonly baseline: WrittenBaseline
  readonly comment: string
}

/** Of an import: 2,500 items of a few hundred bytes. */
export const maxImportBytes = 2 << 20
const maxItems = 2_500
const maxText = 4_096
const maxName = 512

type Fields = Readonly<Record<string, unknown>>

const bad = (field: string, remedy: string): ApiError =>
  new ApiError('bad_parameter', `${field}: ${remedy}`, field)

const objectOf = (value: unknown, what: string, known: readonly string[]): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ApiError('bad_body', `write an object with ${known.join(', ')}`, what || undefined)
  const unknown = Object.keys(value).find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const message = `unknown field; known here: ${known.join(', ')}`
    throw new ApiError('unknown_parameter', message, unknown.slice(0, 64))
  }
  return value as Fields
}

const textOf = (fields: Fields, name: string, max: number, isNeeded = true): string => {
  const value = fields[name] ?? ''
  if (typeof value !== 'string' || value.length > max)
    throw bad(name, `write text of at most ${max} characters`)
  if (isNeeded && value === '') throw bad(name, 'is missing')
  return value
}

const choiceOf = <T extends string>(fields: Fields, name: string, known: readonly T[]): T => {
  const found = known.find((one) => one === fields[name])
  if (found === undefined) throw bad(name, `write one of ${known.join(', ')}`)
  return found
}

const commentOf = (fields: Fields): string =>
  textOf(fields, 'comment', maxCommentLength, false).trim()

const itemOf = (value: unknown): WrittenItem => {
  const fields = objectOf(value, 'items', ['kind', 'scope', 'value', 'args'])
  return {
    kind: choiceOf(fields, 'kind', itemKinds),
    scope: choiceOf(fields, 'scope', itemScopes),
    value: textOf(fields, 'value', maxText),
    args: textOf(fields, 'args', maxText * 2, false),
  }
}

/** @throws ApiError naming the first field that is unknown, missing or wrong. */
export const parseBaselineRequest = (body: unknown): BaselineRequest => {
  const fields = objectOf(body, '', ['action', 'comment'])
  return { action: choiceOf(fields, 'action', baselineDecisions), comment: commentOf(fields) }
}

const names = ['namespace', 'workload', 'workloadType', 'container'] as const

/** @throws ApiError naming the first field that is unknown, missing or wrong. */
export const parseBaselineImport = (body: unknown): BaselineImport => {
  const known = [...names, 'coverage', 'image', 'items', 'comment']
  const fields = objectOf(body, '', known)
  const { items } = fields
  if (!Array.isArray(items) || items.length > maxItems)
    throw bad('items', `write a list of at most ${maxItems}`)
  const [namespace, workload, workloadType, container] = names.map((name) =>
    textOf(fields, name, maxName),
  ) as [string, string, string, string]
  return {
    baseline: {
      ...{ namespace, workload, workloadType, container },
      coverage: choiceOf(fields, 'coverage', baselineCoverages),
      image: textOf(fields, 'image', maxName, false),
      items: items.map(itemOf),
    },
    comment: commentOf(fields),
  }
}
