import t from 'tap'
import {
  certificateError,
  connectionError,
  KubeletError,
  statusError,
} from '#agent/containers/kubelet-error.ts'

const withCode = (code: string): Error => Object.assign(new Error(`failed with ${code}`), { code })

for (const [code, expected] of [
  ['ECONNREFUSED', 'refused'],
  ['ENOTFOUND', 'unreachable'],
  ['EAI_AGAIN', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ETIMEDOUT', 'timeout'],
  ['EPROTO', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['HPE_INVALID_CONSTANT', 'garbage'],
  ['ECONNRESET', 'closed'],
] as const)
  t.test(`${code} is ${expected}, in one line that names the target`, (t) => {
    const cause = withCode(code)
    const error = connectionError(cause, '192.0.2.1:10250')
    t.equal(error.code, expected)
    t.equal(error.cause, cause)
    t.match(error.message, /192\.0\.2\.1:10250/)
    t.notMatch(error.message, /\n/)
    t.end()
  })

t.test(
  'an error that is ours already stays as it is, and what is no error still has a message',
  (t) => {
    const ours = new KubeletError('garbage', 'x')
    t.equal(connectionError(ours, 'y'), ours)
    t.match(connectionError('just text', 'y').message, /just text/)
    t.end()
  },
)

const facts = {
  target: '192.0.2.1:10250',
  names: '',
  expectedNames: ['node-1', '192.0.2.1'],
  validFrom: 'Jan 1 2025',
  validTo: 'Jan 1 2026',
}

for (const [reason, expected] of [
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'x509_unknown_authority'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'x509_unknown_authority'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'x509_unknown_authority'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'x509_wrong_name'],
  ['CERT_HAS_EXPIRED', 'x509_expired'],
  ['CERT_NOT_YET_VALID', 'x509_expired'],
  ['CERT_REVOKED', 'tls'],
] as const)
  t.test(`a certificate refused with ${reason} is ${expected}`, (t) => {
    t.equal(certificateError(reason, facts).code, expected)
    t.end()
  })

t.test('a certificate without any name says so', (t) => {
  t.match(
    certificateError('ERR_TLS_CERT_ALTNAME_INVALID', facts).message,
    /is for no name at all, not for node-1 or 192/,
  )
  t.end()
})

for (const [status, expected] of [
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [302, 'http_status'],
  [404, 'http_status'],
  [503, 'http_status'],
] as const)
  t.test(`HTTP status ${status} is ${expected}`, (t) => {
    const error = statusError(status, 'node-1:10250')
    t.equal(error.code, expected)
    t.match(error.message, String(status))
    t.end()
  })
