/**
 * Who may speak to the collector: the one decision for ingest and API. With a token, everybody shows it as
 * `Authorization: Bearer …`. Without one the collector listens on loopback only, and then a web page must not reach it
 * through the browser of somebody on this machine: only requests addressed to a loopback name are served.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback, parseListen } from '#base/values.ts'

export type AuthDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly status: 401 | 403
      readonly code: 'unauthorized' | 'forbidden_host' | 'forbidden_origin'
      readonly message: string
    }

/** Decides about one request or upgrade by its headers. */
export type Auth = (headers: IncomingHttpHeaders) => AuthDecision

const allowed: AuthDecision = { allowed: true }

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `localhost:7070`, `127.0.0.1`, `[::1]:7070`: the host of a Host header, without port and brackets. */
const hostOf = (header: string): string => {
  const parsed = parseListen(/:\d+$/.test(header) ? header : `${header}:0`)
  return 'value' in parsed ? parsed.value.host : ''
}

const tokenAuth = (token: string): Auth => {
  // Digests have one length, so the comparison takes the same time whatever was sent.
  const expected = digest(token)
  return ({ authorization = '' }) => {
    const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    if (sent !== undefined && timingSafeEqual(digest(sent), expected)) return allowed
    const message =
      sent === undefined
        ? 'a token is required: send "Authorization: Bearer <token>" (--token-file for mayfly)'
        : 'the token is wrong: it must be the one the collector was started with'
    return { allowed: false, status: 401, code: 'unauthorized', message }
  }
}

const loopbackAuth: Auth = ({ host = '', origin }) => {
  if (!isLoopback(hostOf(host))) {
    return {
      allowed: false,
      status: 403,
      code: 'forbidden_host',
      message: 'without a token only requests to localhost, 127.0.0.1 or [::1] are served',
    }
  }
  if (origin !== undefined && !isLoopback(hostOf(origin.replace(/^https?:\/\//, '')))) {
    return {
      allowed: false,
      status: 403,
      code: 'forbidden_origin',
      message: 'without a token pages of other origins are not served',
    }
  }
  return allowed
}

/** Without a token the caller must have made sure that only loopback is listened on. */
export const createAuth = (token: string | undefined): Auth =>
  token === undefined ? loopbackAuth : tokenAuth(token)
