/**
 * What a JWT says of itself, read without checking its signature: enough to refuse it without asking anybody, to explain a
 * refusal and to bound how long an answer about it may be kept; never enough to accept it. Called by kubernetes-auth.ts.
 */

export interface Claims {
  /** Unix milliseconds; undefined where it says no end. */
  readonly expiresMs: number | undefined
  /** Undefined where it says none. */
  readonly audiences: readonly string[] | undefined
  /** Such as `system:serviceaccount:NAMESPACE:NAME`; empty where it says none. */
  readonly subject: string
}

const noClaims: Claims = { expiresMs: undefined, audiences: undefined, subject: '' }

const isText = (value: unknown): value is string => typeof value === 'string'

/** RFC 7519: one audience may stand alone, several are a list. */
const audiencesOf = (value: unknown): readonly string[] | undefined => {
  if (isText(value)) return [value]
  return Array.isArray(value) && value.every(isText) ? value : undefined
}

/** Pure and total: whatever is no JWT, or claims nothing, has no claims. */
export const readClaims = (token: string): Claims => {
  const [, payload = '', signature] = token.split('.')
  if (signature === undefined) return noClaims
  let body: unknown
  try {
    body = JSON.parse(Buffer.from(payload, 'base64url').toString())
  } catch {
    return noClaims
  }
  if (typeof body !== 'object' || body === null) return noClaims
  const { exp, aud, sub } = body as Readonly<Record<string, unknown>>
  const isTime = typeof exp === 'number' && Number.isFinite(exp)
  return {
    expiresMs: isTime ? exp * 1000 : undefined,
    audiences: audiencesOf(aud),
    subject: isText(sub) ? sub : '',
  }
}

/** A name as Kubernetes allows it: what is printed of a token that nobody vouches for. */
const isName = (text: string): boolean => /^[a-z0-9][a-z0-9.-]{0,252}$/.test(text)

/** Namespace and name in the user name of a ServiceAccount; undefined for every other. */
export const parseServiceAccount = (
  user: string,
): { readonly namespace: string; readonly name: string } | undefined => {
  const [system, kind, namespace = '', name = '', more] = user.split(':')
  return system === 'system' &&
    kind === 'serviceaccount' &&
    isName(namespace) &&
    isName(name) &&
    more === undefined
    ? { namespace, name }
    : undefined
}
