/** Why the uplink has no collector, as one sentence for a person with the remedy in it. Pure; uplink.ts calls it. */
import { type TlsFaultKind, tlsFaultOf } from '#base/tls-fault.ts'

/** One per state worth telling apart in the log; a change of it is logged once. */
export type ConnectionFailureCode =
  | 'refused'
  | 'unknown_host'
  | 'timeout'
  | `tls_${TlsFaultKind}`
  | 'unauthorized'
  | 'forbidden'
  | 'not_a_collector'
  | 'overloaded'
  | 'conflict'
  | 'version'
  | 'protocol'
  | 'token'
  | 'lost'

export interface ConnectionFailure {
  readonly code: ConnectionFailureCode
  readonly message: string
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300)

/** A connection that could not be made, or broke. */
export const failureOfError = (url: string, error: NodeJS.ErrnoException): ConnectionFailure => {
  const code = error.code ?? ''
  if (code === 'ECONNREFUSED')
    return {
      code: 'refused',
      message: `${url}: connection refused: is the collector running there?`,
    }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return { code: 'unknown_host', message: `${url}: host name does not resolve (${code})` }
  if (code === 'ETIMEDOUT' || /timed out|timeout/i.test(error.message))
    return {
      code: 'timeout',
      message: `${url}: no answer: is the address right, is a firewall in the way?`,
    }
  const tls = tlsFaultOf(error)
  if (tls !== undefined) return { code: `tls_${tls.kind}`, message: `${url}: ${tls.message}` }
  return { code: 'lost', message: `${url}: ${oneLine(error.message)}` }
}

/** An HTTP answer instead of a WebSocket. */
export const failureOfStatus = (url: string, status: number, body: string): ConnectionFailure => {
  const said = body === '' ? '' : `: ${oneLine(body)}`
  if (status === 401) return { code: 'unauthorized', message: `${url}: 401, token refused${said}` }
  if (status === 403) return { code: 'forbidden', message: `${url}: 403, not allowed${said}` }
  if (status === 429 || status === 503)
    return {
      code: 'overloaded',
      message: `${url}: ${status}, collector is starting or full${said}`,
    }
  return {
    code: 'not_a_collector',
    message: `${url}: HTTP ${status} instead of a collector${said}: check the address`,
  }
}

/** A Nack of the collector. */
export const failureOfNack = (url: string, reason: string, detail: string): ConnectionFailure => {
  const said = oneLine(detail)
  if (reason === 'conflict') return { code: 'conflict', message: `${url}: ${said}` }
  if (reason === 'identity') return { code: 'forbidden', message: `${url}: ${said}` }
  if (reason === 'version') return { code: 'version', message: `${url}: ${said}` }
  if (reason === 'busy') return { code: 'overloaded', message: `${url}: ${said}` }
  return { code: 'protocol', message: `${url}: ${reason}: ${said}` }
}
