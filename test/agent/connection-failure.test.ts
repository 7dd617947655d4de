import t from 'tap'
import { failureOfError, failureOfNack, failureOfStatus } from '#agent/connection-failure.ts'

const url = 'ws://collector:7070/v1/ingest'

const errors: readonly [string, string, string][] = [
  ['ECONNREFUSED', 'connect ECONNREFUSED', 'refused'],
  ['ENOTFOUND', 'getaddrinfo ENOTFOUND', 'unknown_host'],
  ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN', 'unknown_host'],
  ['ETIMEDOUT', 'connect ETIMEDOUT', 'timeout'],
  ['', 'Opening handshake has timed out', 'timeout'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', 'tls_untrusted'],
  ['CERT_HAS_EXPIRED', 'certificate has expired', 'tls_expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Hostname does not match', 'tls_wrong_name'],
  ['EPROTO', 'wrong version number', 'tls_plain'],
  ['ECONNRESET', 'read ECONNRESET', 'lost'],
]
for (const [code, message, expected] of errors) {
  t.test(`${code || message} is ${expected}, in one line with the address`, async (t) => {
    const failure = failureOfError(url, Object.assign(new Error(message), { code }))
    t.equal(failure.code, expected)
    t.ok(failure.message.startsWith(`${url}: `))
    t.notMatch(failure.message, /\n/)
  })
}

const statuses: readonly [number, string][] = [
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [503, 'overloaded'],
  [429, 'overloaded'],
  [404, 'not_a_collector'],
  [200, 'not_a_collector'],
]
for (const [status, expected] of statuses) {
  t.test(`HTTP ${status} is ${expected}, and repeats what was said`, async (t) => {
    const failure = failureOfStatus(url, status, 'first\nsecond')
    t.equal(failure.code, expected)
    t.match(failure.message, `first second`)
  })
}

const nacks: readonly [string, string][] = [
  ['busy', 'overloaded'],
  ['conflict', 'conflict'],
  ['version', 'version'],
  ['hole', 'protocol'],
  ['protocol', 'protocol'],
]
for (const [reason, expected] of nacks) {
  t.test(`a nack for ${reason} is ${expected}`, async (t) => {
    t.equal(failureOfNack(url, reason, 'why').code, expected)
  })
}
