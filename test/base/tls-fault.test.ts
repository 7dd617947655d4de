import t from 'tap'
import { type TlsFaultKind, tlsFaultOf } from '#base/tls-fault.ts'

const errorOf = (code: string, message = code, more = {}): NodeJS.ErrnoException =>
  Object.assign(new Error(message), { code, ...more })

const faults: readonly (readonly [string, TlsFaultKind, RegExp])[] = [
  ['CERT_HAS_EXPIRED', 'expired', /has expired: renew it/],
  ['CERT_NOT_YET_VALID', 'not_yet_valid', /not valid yet: check that the clock/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrong_name', /another name .*use a name that is in it/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'untrusted', /not signed by an authority.*--collector-ca/],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'untrusted', /--collector-ca/],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted', /--collector-ca/],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'untrusted', /--collector-ca/],
  ['CERT_SIGNATURE_FAILURE', 'untrusted', /--collector-ca/],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'plain', /no TLS is spoken there: write http:/],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'plain', /write http:/],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'failed', /TLS failed \(ERR_SSL_TLSV1_ALERT/],
  ['CERT_REVOKED', 'failed', /TLS failed \(CERT_REVOKED/],
]
for (const [code, kind, message] of faults) {
  t.test(`${code} is ${kind}, in one line with the remedy`, async (t) => {
    const fault = tlsFaultOf(errorOf(code, 'first\nsecond'))
    t.match(fault, { kind, message })
    t.notMatch(fault?.message, /\n/)
  })
}

t.test(
  'names in a certificate are the other end’s words: one line, and not without end',
  async (t) => {
    const reason = `Host: a. is not in the cert's altnames:\n${'DNS:x, '.repeat(10_000)}`
    const fault = tlsFaultOf(errorOf('ERR_TLS_CERT_ALTNAME_INVALID', '', { reason }))
    t.match(fault?.message, /Host: a\. is not in the cert's altnames: DNS:x/)
    t.ok((fault?.message ?? '').length < 500)
    t.notMatch(fault?.message, /\n/)
  },
)

t.test('what is no fault of TLS is left to others', async (t) => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'ETIMEDOUT', ''])
    t.equal(tlsFaultOf(errorOf(code)), undefined, code)
  t.equal(tlsFaultOf(new Error('no code')), undefined)
})
