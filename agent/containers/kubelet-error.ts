/** What can go wrong when asking the kubelet, each with one line that says what and what to do. */

export const kubeletErrorCodes = [
  'refused',
  'unreachable',
  'timeout',
  'closed',
  'tls',
  'x509_unknown_authority',
  'x509_wrong_name',
  'x509_expired',
  'credentials',
  'unauthorized',
  'forbidden',
  'http_status',
  'too_large',
  'garbage',
] as const
export type KubeletErrorCode = (typeof kubeletErrorCodes)[number]

export class KubeletError extends Error {
  override readonly name = 'KubeletError'
  readonly code: KubeletErrorCode

  constructor(code: KubeletErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

/** Codes of OpenSSL's verification (x509_vfy.h, as Node spells them) that mean: no trusted issuer. */
const unknownAuthorityCodes = new Set([
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'INVALID_CA',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

export interface CertificateFacts {
  readonly target: string
  /** subjectAltName as OpenSSL prints it; empty when there is none. */
  readonly names: string
  readonly expectedNames: readonly string[]
  readonly validFrom: string
  readonly validTo: string
}

/** The error for a certificate that was not accepted; `reason` is Node's code for it. */
export const certificateError = (reason: string, facts: CertificateFacts): KubeletError => {
  const { target } = facts
  if (reason === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new KubeletError(
      'x509_wrong_name',
      `the kubelet's certificate at ${target} is for ${facts.names || 'no name at all'}, not for ${facts.expectedNames.join(' or ')}: ` +
        'set --node to a name in it, or mount the node’s kubelet certificate and name it with --kubelet-certificate',
    )
  if (reason === 'CERT_HAS_EXPIRED' || reason === 'CERT_NOT_YET_VALID')
    return new KubeletError(
      'x509_expired',
      `the kubelet's certificate at ${target} is valid only from ${facts.validFrom} to ${facts.validTo}: ` +
        'renew it on the node (serverTLSBootstrap), or check the node’s clock',
    )
  if (unknownAuthorityCodes.has(reason))
    return new KubeletError(
      'x509_unknown_authority',
      `the kubelet's certificate at ${target} is signed by an unknown authority (${reason}): kubelets sign their own unless ` +
        'serverTLSBootstrap is on; mount /var/lib/kubelet/pki/kubelet.crt and name it with --kubelet-certificate, or set --kubelet-ca',
    )
  return new KubeletError(
    'tls',
    `the kubelet's certificate at ${target} was not accepted: ${reason}`,
  )
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** The error for a connection that could not be made or broke. */
export const connectionError = (error: unknown, target: string): KubeletError => {
  if (error instanceof KubeletError) return error
  const code = codeOf(error)
  if (code === 'ECONNREFUSED')
    return new KubeletError(
      'refused',
      `nothing listens at ${target}: check --kubelet-url and that the kubelet runs on this node (port 10250)`,
      error,
    )
  if (['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'].includes(code))
    return new KubeletError(
      'unreachable',
      `${target} cannot be reached (${code}): check the address in --kubelet-url`,
      error,
    )
  if (code === 'ETIMEDOUT')
    return new KubeletError('timeout', `${target} did not answer the connection in time`, error)
  if (code.startsWith('ERR_SSL') || code === 'EPROTO')
    return new KubeletError(
      'tls',
      `${target} does not speak TLS as expected (${code}): check the scheme and port in --kubelet-url`,
      error,
    )
  if (code.startsWith('HPE_'))
    return new KubeletError('garbage', `${target} does not speak HTTP (${code})`, error)
  const reason = code || (error instanceof Error ? error.message : String(error))
  return new KubeletError('closed', `${target} broke the connection off (${reason})`, error)
}

/** The error for an HTTP status other than 200. */
export const statusError = (status: number, target: string): KubeletError => {
  if (status === 401)
    return new KubeletError(
      'unauthorized',
      `${target} does not accept the token (401): the kubelet needs webhook authentication, and the token the default audience`,
    )
  if (status === 403)
    return new KubeletError(
      'forbidden',
      `${target} does not allow the pod list (403): grant "get" on nodes/pods (Kubernetes 1.33 and later) or nodes/proxy (before) to the agent's ServiceAccount`,
    )
  if (status >= 300 && status < 400)
    return new KubeletError(
      'http_status',
      `${target} redirects (${status}), and redirects are not followed: set --kubelet-url to the kubelet itself`,
    )
  return new KubeletError('http_status', `${target} answered with HTTP status ${status}`)
}
