/**
 * The requests of /api/v1 that change something, in one table like those that only ask (routes.ts): the server and the
 * OpenAPI document are made from it. Not from the pages of others: see requireOwnOrigin.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Finding } from '#proto/finding.ts'
import type { FindingDecision } from '../detection/findings/book.ts'
import type { Right } from '../identity/access.ts'
import type { Store } from '../store/store.ts'
import { maxImportBytes, parseBaselineImport, parseBaselineRequest } from './baseline-request.ts'
import { ApiError } from './errors.ts'
import { parseFindingRequest } from './finding-request.ts'
import { parseHold } from './hold-request.ts'
import type { BaselineSource, FindingSource } from './routes.ts'

/** What a handler gets of its request. */
export interface ChangeRequest {
  /** In the place of `{id}`; empty where the path has none. */
  readonly id: string
  /** Who asks, as findings name people. */
  readonly author: string
  /** The parsed body; undefined where none is taken. */
  readonly body: unknown
  readonly nowUs: number
}

/** What is changed. */
export interface ChangeSources {
  readonly store: Store
  readonly findings: FindingSource
  readonly decide: (decision: FindingDecision) => Promise<Finding | undefined>
  readonly baselines: BaselineSource
}

export interface ChangeResult {
  /** Where what was made can be found. */
  readonly location?: string
  /** Absent for an answer without content. */
  readonly answer?: object
}

export interface Change {
  readonly method: 'POST' | 'DELETE'
  /** As documented; `{id}` stands for one segment. */
  readonly path:
    | '/api/v1/holds'
    | '/api/v1/holds/{id}'
    | '/api/v1/findings/{id}'
    | '/api/v1/baselines'
    | '/api/v1/baselines/{id}'
  readonly operationId: string
  readonly summary: string
  readonly status: 200 | 201 | 204
  /** Names of schemas in schemas.ts. */
  readonly body?: string
  /** Of the body; see json-body.ts for the default. */
  readonly maxBodyBytes?: number
  readonly answer?: string
  readonly right: Right
  /** The namespace that is meant; undefined for more than one. Asked where the right is not there for all of them. */
  readonly namespaceOf: (
    sources: ChangeSources,
    request: ChangeRequest,
  ) => Promise<string | undefined>
  readonly handle: (sources: ChangeSources, request: ChangeRequest) => Promise<ChangeResult>
}

const noSuchHold = (): ApiError =>
  new ApiError('not_found', 'no hold has this id; GET /api/v1/holds lists them')

const noSuchFinding = (): ApiError =>
  new ApiError('not_found', 'no finding has this id; GET /api/v1/findings lists them')

const noSuchBaseline = (): ApiError =>
  new ApiError('not_found', 'no baseline has this id; GET /api/v1/baselines lists them')

const decisions = {
  acknowledge: 'acknowledged',
  resolve: 'resolved',
  reopen: 'reopened',
  comment: 'commented',
  suppress: 'suppressed',
} as const

export const changes: readonly Change[] = [
  {
    method: 'POST',
    path: '/api/v1/holds',
    operationId: 'hold',
    summary: 'Exempts a selection from retention until it is released.',
    status: 201,
    body: 'NewHold',
    answer: 'Hold',
    right: { resource: 'holds', verb: 'create' },
    namespaceOf: async (_sources, { body, nowUs }) => parseHold(body, nowUs).selection.namespace,
    handle: async ({ store }, { body, nowUs }) => {
      const hold = await store.hold(parseHold(body, nowUs))
      return { answer: hold, location: `/api/v1/holds/${encodeURIComponent(hold.id)}` }
    },
  },
  {
    method: 'DELETE',
    path: '/api/v1/holds/{id}',
    operationId: 'release',
    summary: 'Releases a hold: what it kept is under retention again.',
    status: 204,
    right: { resource: 'holds', verb: 'delete' },
    namespaceOf: async ({ store }, { id }) => {
      const hold = (await store.holds()).find((one) => one.id === id)
      if (hold === undefined) throw noSuchHold()
      return hold.selection.namespace
    },
    handle: async ({ store }, { id }) => {
      if (await store.release(id)) return {}
      throw noSuchHold()
    },
  },
  {
    method: 'POST',
    path: '/api/v1/findings/{id}',
    operationId: 'decide',
    summary: 'Acknowledges, resolves, reopens, suppresses or comments a finding.',
    status: 200,
    body: 'FindingDecision',
    answer: 'Finding',
    right: { resource: 'findings', verb: 'update' },
    namespaceOf: async ({ findings }, { id }) => {
      const [found] = await findings.findings({ ids: [id], limit: 1 })
      if (found === undefined) throw noSuchFinding()
      return found.finding.namespace
    },
    handle: async ({ decide }, { id, body, author }) => {
      const { action, comment } = parseFindingRequest(body)
      const finding = await decide({ id, action: decisions[action], author, comment })
      if (finding === undefined) throw noSuchFinding()
      return { answer: finding }
    },
  },
  {
    method: 'POST',
    path: '/api/v1/baselines',
    operationId: 'importBaseline',
    summary: 'Takes what somebody wrote down as a baseline, and locks it.',
    status: 201,
    body: 'BaselineImport',
    maxBodyBytes: maxImportBytes,
    answer: 'Baseline',
    right: { resource: 'baselines', verb: 'create' },
    namespaceOf: async (_sources, { body }) => parseBaselineImport(body).baseline.namespace,
    handle: async ({ baselines }, { body, author }) => {
      const { baseline, comment } = parseBaselineImport(body)
      const made = await baselines.replace(baseline, author, comment)
      if (made === undefined)
        throw new ApiError('too_many_requests', 'there are as many baselines as a collector keeps')
      return { answer: made, location: `/api/v1/baselines/${made.id}` }
    },
  },
  {
    method: 'POST',
    path: '/api/v1/baselines/{id}',
    operationId: 'decideBaseline',
    summary: 'Locks a baseline, or has it learn again.',
    status: 200,
    body: 'BaselineDecision',
    answer: 'Baseline',
    right: { resource: 'baselines', verb: 'update' },
    namespaceOf: async ({ baselines }, { id }) => {
      const owner = baselines.ownerOf(id)
      if (owner === undefined) throw noSuchBaseline()
      return owner.namespace
    },
    handle: async ({ baselines }, { id, body, author }) => {
      const { action, comment } = parseBaselineRequest(body)
      const baseline = await baselines.decide(id, action, author, comment)
      if (baseline === undefined) throw noSuchBaseline()
      return { answer: baseline }
    },
  },
]

/**
 * Without a token, loopback alone is trusted, and the browser of somebody on this machine carries every page's requests there.
 * A page cannot read the answer without our leave, but a change would be made all the same; and a page that another program
 * serves on loopback passes the check for questions (auth.ts). Browsers name the page's origin in each request that
 * changes something, and no page can leave it out: only our own is served. Other clients send none.
 * @throws ApiError `forbidden_origin`
 */
export const requireOwnOrigin = ({ origin, host = '' }: IncomingHttpHeaders): void => {
  if (origin === undefined) return
  if (host !== '' && URL.parse(origin)?.host === host.toLowerCase()) return
  throw new ApiError('forbidden_origin', 'pages of other origins may not change anything')
}
