/**
 * Who may ask the API what, and how often: the way of a request from its socket to its right. Called by api.ts; what it refuses
 * becomes an ApiError like every other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '#base/clock.ts'
import { type Access, openAccess, type Right, type Scope } from '../identity/access.ts'
import { ClientLimits, type ClientLimitsOptions } from '../identity/client-limits.ts'
import {
  type Auth,
  type Identity,
  type Refusal,
  type RefusalReason,
  refused,
  statusOf,
} from '../identity/identity.ts'
import { ApiError, type ApiErrorCode } from './errors.ts'

type Limit = Omit<ClientLimitsOptions, 'clock'>

/** What one client may ask. */
export interface RequestLimits {
  /** Of an address, before anybody knows who it is. */
  readonly address: Limit
  /** Of somebody who is known by a token of their own. */
  readonly person: Limit
  /** Streams that one client may follow. */
  readonly tails: Limit
}

export const requestLimits: RequestLimits = {
  address: { rate: { perSecond: 500, burst: 1_000 }, concurrent: 256 },
  person: { rate: { perSecond: 50, burst: 100 }, concurrent: 16 },
  tails: { concurrent: 16 },
}

export interface GuardOptions {
  readonly auth: Auth
  readonly clock: Clock
  /** What those who are known may do; everything by default. */
  readonly access?: Access
  /** None by default. */
  readonly limits?: RequestLimits
  readonly onRefused?: (reason: RefusalReason) => void
}

const codeOf = (reason: RefusalReason): ApiErrorCode => {
  if (reason === 'forbidden_host' || reason === 'forbidden_origin') return reason
  switch (statusOf(reason)) {
    case 401:
      return 'unauthorized'
    case 403:
      return 'forbidden'
    case 429:
      return 'too_many_requests'
    case 503:
      return 'identity_unavailable'
  }
}

export class Guard {
  readonly #options: GuardOptions
  readonly #access: Access
  readonly #byAddress: ClientLimits | undefined
  readonly #byPerson: ClientLimits | undefined
  readonly #tails: ClientLimits | undefined

  constructor(options: GuardOptions) {
    this.#options = options
    const { clock, limits, access = openAccess } = options
    this.#access = access
    this.#byAddress = limits && new ClientLimits({ clock, ...limits.address })
    this.#byPerson = limits && new ClientLimits({ clock, ...limits.person })
    this.#tails = limits && new ClientLimits({ clock, ...limits.tails })
  }

  /**
   * Who asks.
   * @throws ApiError when that cannot be told, or when it asks too much.
   */
  async identify(request: IncomingMessage, response: ServerResponse): Promise<Identity> {
    this.#enter(response, this.#byAddress, addressOf(request))
    const decision = await this.#options.auth.person(request.headers)
    if (!decision.allowed) throw this.#error(response, decision)
    const who = decision.identity
    if (who.kind === 'person') this.#enter(response, this.#byPerson, who.user)
    return who
  }

  /**
   * How much of the answer `who` may see.
   * @throws ApiError `forbidden` or `identity_unavailable`
   */
  async permit(
    response: ServerResponse,
    who: Identity,
    right: Right,
    namespaceOf: () => Promise<string | undefined>,
  ): Promise<Scope> {
    const permission = await this.#access.permit(who, right, namespaceOf)
    if (!permission.allowed) throw this.#error(response, permission)
    return permission.scope
  }

  /**
   * One more stream for this client, until its response closes.
   * @throws ApiError `too_many_requests`
   */
  follow(request: IncomingMessage, response: ServerResponse, who: Identity): void {
    this.#enter(response, this.#tails, who.kind === 'person' ? who.user : addressOf(request))
  }

  /** Whether a stream that was permitted still is: a token ends, and a right is withdrawn, while it goes on. */
  async isStillPermitted(
    request: IncomingMessage,
    right: Right,
    namespace: string | undefined,
  ): Promise<boolean> {
    const decision = await this.#options.auth.person(request.headers)
    if (!decision.allowed) return false
    const { allowed } = await this.#access.permit(decision.identity, right, async () => namespace)
    return allowed
  }

  #enter(response: ServerResponse, limits: ClientLimits | undefined, client: string): void {
    const entered = limits?.enter(client)
    if (entered === undefined) return
    if (entered.kind === 'entered') {
      response.once('close', entered.leave)
      return
    }
    const message =
      entered.kind === 'rate'
        ? 'too many requests: ask less often'
        : 'too many requests at once: wait for the answers'
    throw this.#error(response, refused(entered.kind, message))
  }

  #error(response: ServerResponse, { reason, message }: Refusal): ApiError {
    this.#options.onRefused?.(reason)
    const status = statusOf(reason)
    if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="mayfly"')
    if (status === 429 || status === 503) response.setHeader('retry-after', '1')
    return new ApiError(codeOf(reason), message)
  }
}

/** Of the other end of the connection: a proxy's where there is one, as headers can say anything. */
export const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? ''
