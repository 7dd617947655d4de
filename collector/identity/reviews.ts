/**
 * The API server's answers as values. Pure: every field is checked, because an answer that is half understood would be
 * access that nobody gave. Called by kube-client.ts.
 */
import { KubeError } from '../kube/kube-error.ts'

export interface ReviewedUser {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** The status of a TokenReview. */
export type TokenReview =
  | { readonly authenticated: false; readonly error: string }
  | {
      readonly authenticated: true
      /** Those of ours that the token is for; empty from a server that does not know of audiences. */
      readonly audiences: readonly string[]
      readonly user: ReviewedUser
    }

/** The status of a SubjectAccessReview. */
export interface AccessReview {
  readonly allowed: boolean
}

/** Where a pod runs. */
export interface PodPlace {
  readonly uid: string
  /** Empty while it is not scheduled. */
  readonly nodeName: string
}

type Fields = Readonly<Record<string, unknown>>

const fail = (what: string): never => {
  throw new KubeError('malformed', `its answer is not what an API server gives (${what})`)
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const textOf = (value: unknown, what: string): string => {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : fail(what)
}

const textsOf = (value: unknown, what: string): readonly string[] => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return fail(what)
  return value.map((one) => (typeof one === 'string' ? one : fail(what)))
}

/** Everything that an API server answers says what it is; a proxy's or a login page's JSON does not. */
const objectOf = (answer: unknown, kind: string): Fields => {
  const isRight = isObject(answer) && answer.kind === kind
  return isRight ? answer : fail(`no ${kind}`)
}

const statusIn = (answer: unknown, kind: string): Fields => {
  const { status } = objectOf(answer, kind)
  return isObject(status) ? status : fail(`a ${kind} without status`)
}

const userOf = (value: unknown): ReviewedUser => {
  if (!isObject(value)) return fail('status.user')
  const { username, uid, groups, extra } = value
  if (typeof username !== 'string' || username === '') return fail('status.user.username')
  if (extra !== undefined && extra !== null && !isObject(extra)) return fail('status.user.extra')
  return {
    username,
    uid: textOf(uid, 'status.user.uid'),
    groups: textsOf(groups, 'status.user.groups'),
    extra: Object.fromEntries(
      Object.entries(extra ?? {}).map(([key, values]) => [
        key,
        textsOf(values, 'status.user.extra'),
      ]),
    ),
  }
}

/** @throws KubeError `malformed` */
export const parseTokenReview = (answer: unknown): TokenReview => {
  const { authenticated, error, audiences, user } = statusIn(answer, 'TokenReview')
  if (authenticated !== undefined && typeof authenticated !== 'boolean')
    return fail('status.authenticated')
  if (authenticated !== true) {
    return { authenticated: false, error: textOf(error, 'status.error') }
  }
  return {
    authenticated,
    audiences: textsOf(audiences, 'status.audiences'),
    user: userOf(user),
  }
}

/** @throws KubeError `malformed` */
export const parseAccessReview = (answer: unknown): AccessReview => {
  const { allowed, denied } = statusIn(answer, 'SubjectAccessReview')
  if (typeof allowed !== 'boolean') return fail('status.allowed')
  return { allowed: allowed && denied !== true }
}

/** @throws KubeError `malformed` */
export const parsePodPlace = (answer: unknown): PodPlace => {
  const { metadata, spec } = objectOf(answer, 'Pod')
  if (!isObject(metadata) || !isObject(spec)) return fail('a Pod without metadata or spec')
  const { uid } = metadata
  if (typeof uid !== 'string' || uid === '') return fail('metadata.uid')
  return { uid, nodeName: textOf(spec.nodeName, 'spec.nodeName') }
}
