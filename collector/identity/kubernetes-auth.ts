/**
 * `--auth kubernetes`: tokens are shown to the API server, which says whose they are. Agents come with a projected token for
 * the audience `mayfly`, people with one for `mayfly-api`; neither opens the other's door, and a token for the API server
 * opens none, because whoever gets it could use it there. Made by main; docs/identity.md.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Clock } from '#base/clock.ts'
import { checkToken } from '#base/token.ts'
import { type AgentRules, agentOf } from './agent-identity.ts'
import { type Claims, parseServiceAccount, readClaims } from './claims.ts'
import {
  type AgentIdentity,
  type Auth,
  type AuthDecision,
  bearerToken,
  type Identity,
  type PersonIdentity,
  refused,
} from './identity.ts'
import type { KubeApi } from './kube-client.ts'
import { ReviewCache, type ReviewCounts } from './review-cache.ts'
import type { TokenReview } from './reviews.ts'

export const agentAudience = 'mayfly'
export const personAudience = 'mayfly-api'

/** How long an accepted token is not asked about again: a revoked one works for so long at most. */
export const acceptedMs = 60_000
/** And a refused one. */
export const refusedMs = 10_000

/** By so much our clock may be ahead of the API server's before we call a token expired without asking. */
const clockSkewMs = 60_000

export interface KubernetesAuthOptions {
  readonly api: Pick<KubeApi, 'reviewToken' | 'podPlace'>
  readonly clock: Clock
  readonly agentServiceAccount: string
  readonly graceMs: number
  readonly counts: ReviewCounts
}

/** What a token for one of the two doors must be. */
interface Sign {
  readonly audience: string
  /** How to get the right token. */
  readonly remedy: (claims: Claims) => string
}

/** A door: who comes there, and what is known of them. */
interface Door<Who extends Identity> extends Sign {
  readonly accept: (
    review: Extract<TokenReview, { authenticated: true }>,
    claims: Claims,
  ) => Promise<AuthDecision<Who>>
  readonly cache: ReviewCache<AuthDecision<Who>>
}

/** The command that makes a token for the API, for the ServiceAccount that the refused one is of. */
const createToken = ({ subject }: Claims): string => {
  const account = parseServiceAccount(subject)
  return account === undefined
    ? `kubectl create token NAME --audience ${personAudience}`
    : `kubectl create token ${account.name} --namespace ${account.namespace} --audience ${personAudience}`
}

const wrongAudience = (door: Sign, claims: Claims): AuthDecision<never> =>
  refused(
    'wrong_audience',
    `this token is not for the audience ${door.audience}: ${door.remedy(claims)}`,
  )

/** Refuses what can be refused without asking; the token goes nowhere then. */
const precheck = (
  door: Sign,
  token: string | undefined,
  claims: Claims,
  nowMs: number,
): AuthDecision<never> | undefined => {
  if (token === undefined) {
    const message = `a token is required: send "Authorization: Bearer <token>"; ${door.remedy(claims)}`
    return refused('no_token', message)
  }
  const fault = checkToken(token)
  if (fault !== undefined) return refused('malformed_token', `the token ${fault}`)
  if (claims.audiences !== undefined && !claims.audiences.includes(door.audience))
    return wrongAudience(door, claims)
  if (claims.expiresMs !== undefined && claims.expiresMs + clockSkewMs < nowMs)
    return expired(door, claims)
  return undefined
}

const expired = (door: Sign, claims: Claims): AuthDecision<never> => {
  const at = claims.expiresMs ?? 0
  // Years beyond 275760 are no dates; whoever wrote such a claim need not be told it.
  const when = Math.abs(at) <= 8.64e15 ? ` at ${new Date(at).toISOString()}` : ''
  return refused('expired', `this token has expired${when}: ${door.remedy(claims)}`)
}

const judge = async <Who extends Identity>(
  door: Door<Who>,
  review: TokenReview,
  claims: Claims,
  nowMs: number,
): Promise<AuthDecision<Who>> => {
  if (!review.authenticated) {
    if (claims.expiresMs !== undefined && claims.expiresMs <= nowMs) return expired(door, claims)
    const said = review.error === '' ? '' : ` (${review.error.replace(/\s+/g, ' ').slice(0, 200)})`
    const message = `the API server does not accept this token${said}: ${door.remedy(claims)}`
    return refused('not_authenticated', message)
  }
  if (!review.audiences.includes(door.audience)) return wrongAudience(door, claims)
  return door.accept(review, claims)
}

export const createKubernetesAuth = (options: KubernetesAuthOptions): Auth => {
  const { api, clock, graceMs, counts, agentServiceAccount } = options
  const rules: AgentRules = { serviceAccount: agentServiceAccount, podPlace: api.podPlace }
  const cacheOf = <Who extends Identity>() =>
    new ReviewCache<AuthDecision<Who>>({
      clock,
      isYes: ({ allowed }) => allowed,
      yesMs: acceptedMs,
      noMs: refusedMs,
      graceMs,
      counts,
    })
  const agents: Door<AgentIdentity> = {
    audience: agentAudience,
    remedy: () =>
      `agents show the projected ServiceAccount token with audience ${agentAudience} (--token-file)`,
    accept: ({ user }, { expiresMs }) => agentOf(user, expiresMs, rules),
    cache: cacheOf(),
  }
  const people: Door<PersonIdentity> = {
    audience: personAudience,
    remedy: (claims) => `get one by "${createToken(claims)}"`,
    accept: async ({ user: { username: user, uid, groups, extra } }) => ({
      allowed: true,
      identity: { kind: 'person', user, uid, groups, extra },
    }),
    cache: cacheOf(),
  }

  const decide = async <Who extends Identity>(
    door: Door<Who>,
    headers: IncomingHttpHeaders,
  ): Promise<AuthDecision<Who>> => {
    const token = bearerToken(headers)
    const claims = readClaims(token ?? '')
    const nowMs = (): number => clock.nowUs() / 1000
    const refusal = precheck(door, token, claims, nowMs())
    if (refusal !== undefined || token === undefined)
      return refusal ?? refused('no_token', 'a token is required')
    const looked = await door.cache.look(
      token,
      async () => judge(door, await api.reviewToken(token, door.audience), claims, nowMs()),
      claims.expiresMs,
    )
    switch (looked.kind) {
      case 'known':
        return looked.answer
      case 'busy':
        return refused('busy', 'too many tokens are being checked: come again in a moment')
      case 'unknown': {
        const since = looked.wasYes
          ? 'this token was accepted before, but longer ago than --auth-grace allows, or it has expired'
          : 'this token was not known before'
        const message = `the API server cannot be asked about this token (${looked.detail}), and ${since}`
        return refused('api_server_unavailable', message)
      }
    }
  }

  return {
    agent: (headers) => decide(agents, headers),
    person: (headers) => decide(people, headers),
  }
}
