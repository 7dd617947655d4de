/**
 * Who speaks to the collector, and what becomes of the request: the words that auth.ts, kubernetes-auth.ts, ingest and API
 * share. docs/identity.md explains each refusal.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** An agent whose ServiceAccount token Kubernetes has vouched for. */
export interface AgentIdentity {
  readonly kind: 'agent'
  /** The node that its pod is bound to: it may speak for no other. */
  readonly node: string
  readonly podUid: string
  /** `namespace/name`. */
  readonly serviceAccount: string
  /** When the token ends, Unix milliseconds; undefined for one that says no end. */
  readonly expiresMs: number | undefined
}

/** Somebody whom Kubernetes knows by the token: a person, or a program that reads like one. */
export interface PersonIdentity {
  readonly kind: 'person'
  readonly user: string
  readonly uid: string
  readonly groups: readonly string[]
  /** As the authenticator told it; authorisers may go by it. */
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** `local`: on this machine's loopback, where no token is asked. `shared`: holds the token that all share. */
export type Identity =
  | { readonly kind: 'local' }
  | { readonly kind: 'shared' }
  | AgentIdentity
  | PersonIdentity

/** Why a request or a connection was refused; each is a value of the metric's label `reason`. */
export const refusalReasons = [
  'forbidden_host',
  'forbidden_origin',
  'no_token',
  'malformed_token',
  'wrong_token',
  'not_authenticated',
  'expired',
  'wrong_audience',
  'other_service_account',
  'no_node',
  'wrong_node',
  'api_server_unavailable',
  'busy',
  'no_right',
  'rate',
  'concurrency',
] as const
export type RefusalReason = (typeof refusalReasons)[number]

export interface Refusal {
  readonly reason: RefusalReason
  /** One sentence for a person, with the cause and what to do about it. */
  readonly message: string
}

export type AuthDecision<Who extends Identity = Identity> =
  | { readonly allowed: true; readonly identity: Who }
  | (Refusal & { readonly allowed: false })

/** Decides by the headers of a request or upgrade; never rejects. */
export interface Auth {
  /** Who comes to /v1/ingest. */
  agent(headers: IncomingHttpHeaders): Promise<AuthDecision>
  /** Who comes to /api. */
  person(headers: IncomingHttpHeaders): Promise<AuthDecision>
}

/** HTTP status of a refusal. */
export const statusOf = (reason: RefusalReason): 401 | 403 | 429 | 503 => {
  switch (reason) {
    case 'no_token':
    case 'malformed_token':
    case 'wrong_token':
    case 'not_authenticated':
    case 'expired':
    case 'wrong_audience':
      return 401
    case 'forbidden_host':
    case 'forbidden_origin':
    case 'other_service_account':
    case 'no_node':
    case 'wrong_node':
    case 'no_right':
      return 403
    case 'rate':
    case 'concurrency':
      return 429
    case 'api_server_unavailable':
    case 'busy':
      return 503
  }
}

export const refused = (
  reason: RefusalReason,
  message: string,
): Refusal & { readonly allowed: false } => ({ allowed: false, reason, message })

/** The token of an `Authorization: Bearer …` header; undefined when none is sent. */
export const bearerToken = ({ authorization = '' }: IncomingHttpHeaders): string | undefined =>
  /^Bearer +(\S+)$/i.exec(authorization)?.[1]
