/**
 * Why a TLS connection to the collector failed, told apart for a person: the remedies have nothing in common. Pure. Called by
 * agent/connection-failure.ts and cli/client.ts; what speaks with the kubelet or the API server has its own words.
 */

export type TlsFaultKind =
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_name'
  | 'untrusted'
  | 'plain'
  | 'failed'

export interface TlsFault {
  readonly kind: TlsFaultKind
  /** One line with the remedy, to be read after the address. */
  readonly message: string
}

/** No chain from the certificate to an authority; the codes are those of X509_verify_cert_error_string(3). */
const untrusted = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  // An authority of the same name that was made anew has another key.
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
])

/** What OpenSSL makes of the first bytes of an HTTP answer. */
const plain =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|wrong version number|packet length too long/

/** Node's other codes of TLS: CERT_REVOKED, ERR_SSL_…, EPROTO … */
const isTlsCode = (code: string): boolean => /CERT|TLS|SSL|EPROTO/.test(code)

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300)

/** Undefined for what has nothing to do with TLS. */
export const tlsFaultOf = (error: NodeJS.ErrnoException): TlsFault | undefined => {
  const { code = '', message } = error
  if (code === 'CERT_HAS_EXPIRED')
    return {
      kind: 'expired',
      message:
        'its certificate has expired: renew it there (and check that the clock here is right)',
    }
  if (code === 'CERT_NOT_YET_VALID')
    return {
      kind: 'not_yet_valid',
      message: 'its certificate is not valid yet: check that the clock here is right',
    }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { reason = message } = error as { reason?: string }
    return {
      kind: 'wrong_name',
      message: `its certificate is for another name (${oneLine(reason)}): use a name that is in it, or have this one added`,
    }
  }
  if (untrusted.has(code))
    return {
      kind: 'untrusted',
      message: `its certificate is not signed by an authority that is trusted here (${code}): name the authority with --collector-ca`,
    }
  if (plain.test(`${code} ${message}`))
    return {
      kind: 'plain',
      message: 'no TLS is spoken there: write http://, or give it --tls-cert',
    }
  if (isTlsCode(code))
    return { kind: 'failed', message: `TLS failed (${code}: ${oneLine(message)})` }
  return undefined
}
