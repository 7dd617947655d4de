/**
 * Tokens of a stand-in API server: signed JWTs with the claims of Kubernetes, and the review of them as the API server's
 * ServiceAccount authenticator does it. Messages are those of Kubernetes 1.33
 * (pkg/serviceaccount/jwt.go, claims.go and pkg/registry/authentication/tokenreview/storage.go).
 */
import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto'

/** A pod that tokens may be bound to. */
export interface StandInPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly nodeName: string
}

export interface TokenOptions {
  /** `system:serviceaccount:NAMESPACE:NAME` is derived from it. */
  readonly namespace: string
  readonly name: string
  readonly audiences: readonly string[]
  /** Lifetime from now, seconds; negative for one that is over. An hour by default. */
  readonly lifetimeSeconds?: number
  readonly pod?: StandInPod
  /** False: as before Kubernetes 1.30, the node of a bound pod is not in the token. */
  readonly namesNode?: boolean
}

interface TokenClaims {
  readonly aud: readonly string[]
  readonly exp: number
  readonly sub: string
  readonly 'kubernetes.io': {
    readonly namespace: string
    readonly serviceaccount: { readonly name: string; readonly uid: string }
    readonly pod?: { readonly name: string; readonly uid: string }
    readonly node?: { readonly name: string; readonly uid: string }
  }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The audience of the API server itself. */
export const ownAudience = 'https://kubernetes.default.svc.cluster.local'

export class StandInTokens {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #accountUids = new Map<string, string>()
  readonly #podAt: (namespace: string, name: string) => StandInPod | undefined

  constructor(podAt: (namespace: string, name: string) => StandInPod | undefined) {
    this.#podAt = podAt
  }

  #uidOf(namespace: string, name: string): string {
    const key = `${namespace}/${name}`
    const uid = this.#accountUids.get(key) ?? randomUUID()
    this.#accountUids.set(key, uid)
    return uid
  }

  mint(options: TokenOptions): string {
    const { namespace, name, audiences, lifetimeSeconds = 3_600, pod, namesNode = true } = options
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      aud: audiences,
      exp: now + lifetimeSeconds,
      iat: now,
      iss: ownAudience,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace,
        ...(pod && { pod: { name: pod.name, uid: pod.uid } }),
        ...(pod && namesNode && { node: { name: pod.nodeName, uid: randomUUID() } }),
        serviceaccount: { name, uid: this.#uidOf(namespace, name) },
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    }
    const signed = `${part({ alg: 'ES256', kid: 'stand-in' })}.${part(claims)}`
    const signature = sign('sha256', Buffer.from(signed), {
      key: this.#keys.privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    return `${signed}.${signature.toString('base64url')}`
  }

  #claimsOf(token: string): TokenClaims | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const isOurs = verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key: this.#keys.publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
    return isOurs
      ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims)
      : undefined
  }

  /** The status of a TokenReview. */
  review(token: string, wanted: readonly string[]): object {
    const refuse = (error: string) => ({ user: {}, error: `[invalid bearer token, ${error}]` })
    const claims = this.#claimsOf(token)
    if (claims === undefined) return { user: {}, error: 'invalid bearer token' }
    const asked = wanted.length === 0 ? [ownAudience] : wanted
    const audiences = claims.aud.filter((one) => asked.includes(one))
    if (audiences.length === 0) {
      const quote = (list: readonly string[]) => list.map((one) => JSON.stringify(one)).join(' ')
      return refuse(
        `token audiences [${quote(claims.aud)}] is invalid for the target audiences [${quote(asked)}]`,
      )
    }
    if (claims.exp * 1000 <= Date.now()) return refuse('service account token has expired')
    const { namespace, serviceaccount, pod, node } = claims['kubernetes.io']
    if (pod !== undefined && this.#podAt(namespace, pod.name)?.uid !== pod.uid)
      return refuse('service account token has been invalidated')
    const key = (name: string) => `authentication.kubernetes.io/${name}`
    return {
      authenticated: true,
      user: {
        username: claims.sub,
        uid: serviceaccount.uid,
        groups: [
          'system:serviceaccounts',
          `system:serviceaccounts:${namespace}`,
          'system:authenticated',
        ],
        extra: {
          [key('credential-id')]: [`JTI=${randomUUID()}`],
          ...(pod && { [key('pod-name')]: [pod.name], [key('pod-uid')]: [pod.uid] }),
          ...(node && { [key('node-name')]: [node.name], [key('node-uid')]: [node.uid] }),
        },
      },
      audiences,
    }
  }
}
