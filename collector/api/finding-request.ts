/** The body of POST /api/v1/findings/ID: what somebody decided about a finding, checked as strictly as a question. */
import { ApiError } from './errors.ts'

export const findingDecisions = ['acknowledge', 'resolve', 'reopen', 'comment', 'suppress'] as const
export type FindingDecisionName = (typeof findingDecisions)[number]

export interface FindingRequest {
  readonly action: FindingDecisionName
  /** Empty only where none is needed. */
  readonly comment: string
}

export const maxCommentLength = 1_000

/** @throws ApiError naming the first field that is unknown, missing or wrong. */
export const parseFindingRequest = (body: unknown): FindingRequest => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new ApiError('bad_body', 'write an object with action and comment')
  const { action, comment = '', ...rest } = body as Readonly<Record<string, unknown>>
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new ApiError(
      'unknown_parameter',
      'unknown field; known here: action, comment',
      unknown.slice(0, 64),
    )
  const known = findingDecisions.find((one) => one === action)
  if (known === undefined)
    throw new ApiError(
      'bad_parameter',
      `action: write one of ${findingDecisions.join(', ')}`,
      'action',
    )
  if (typeof comment !== 'string' || comment.length > maxCommentLength)
    throw new ApiError(
      'bad_parameter',
      `comment: write text of at most ${maxCommentLength} characters`,
      'comment',
    )
  if (comment.trim() === '' && (known === 'comment' || known === 'suppress'))
    throw new ApiError('bad_parameter', `comment: ${known} needs one`, 'comment')
  return { action: known, comment: comment.trim() }
}
