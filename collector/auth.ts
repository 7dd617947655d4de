/**
 * `--auth token`: who may speak to the collector, one decision for ingest and API. With a token, everybody shows it as
 * `Authorization: Bearer …`. Without one the collector listens on loopback only, and then a web page must not reach it
 * through the browser of somebody on this machine: only requests addressed to a loopback name are served.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback, parseListen } from '#base/values.ts'
import { type Auth, type AuthDecision, bearerToken, refused } from './identity/identity.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** `localhost:7070`, `127.0.0.1`, `[::1]:7070`: the host of a Host header, without port and brackets. */
const hostOf = (header: string): string => {
  const parsed = parseListen(/:\d+$/.test(header) ? header : `${header}:0`)
  return 'value' in parsed ? parsed.value.host : ''
}

type Decide = (headers: IncomingHttpHeaders) => AuthDecision

const byToken = (token: string): Decide => {
  // Digests have one length, so the comparison takes the same time whatever was sent.
  const expected = digest(token)
  return (headers) => {
    const sent = bearerToken(headers)
    if (sent === undefined) {
      const message =
        'a token is required: send "Authorization: Bearer <token>" (--token-file for mayfly)'
      return refused('no_token', message)
    }
    return timingSafeEqual(digest(sent), expected)
      ? { allowed: true, identity: { kind: 'shared' } }
      : refused(
          'wrong_token',
          'the token is wrong: it must be the one the collector was started with',
        )
  }
}

const byLoopback: Decide = ({ host = '', origin }) => {
  if (!isLoopback(hostOf(host))) {
    const message = 'without a token only requests to localhost, 127.0.0.1 or [::1] are served'
    return refused('forbidden_host', message)
  }
  if (origin !== undefined && !isLoopback(hostOf(origin.replace(/^https?:\/\//, ''))))
    return refused('forbidden_origin', 'without a token pages of other origins are not served')
  return { allowed: true, identity: { kind: 'local' } }
}

/** Without a token the caller must have made sure that only loopback is listened on. */
export const createAuth = (token: string | undefined): Auth => {
  const decide = token === undefined ? byLoopback : byToken(token)
  return {
    agent: async (headers) => decide(headers),
    person: async (headers) => decide(headers),
  }
}
