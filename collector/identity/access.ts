/**
 * What somebody may do: rights are those of Kubernetes, on resources of the group `mayfly.dev`, asked by
 * SubjectAccessReview. Nothing of that group exists as an object; Roles name it all the same. Made by main, asked by api.ts
 * for each request; docs/identity.md has the resources and Roles to copy.
 */
import type { Clock } from '#base/clock.ts'
import { type Identity, type PersonIdentity, type Refusal, refused } from './identity.ts'
import type { KubeApi } from './kube-client.ts'
import { ReviewCache, type ReviewCounts } from './review-cache.ts'

export const accessGroup = 'mayfly.dev'

export type AccessResource = 'timelines' | 'agents' | 'audits' | 'holds' | 'findings' | 'baselines'
export type AccessVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'delete'

/** The right that a request needs. */
export interface Right {
  readonly resource: AccessResource
  readonly verb: AccessVerb
}

/** How much of the answer may be seen: everything, or what belongs to one namespace. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'namespace'; readonly namespace: string }

export type Permission =
  | { readonly allowed: true; readonly scope: Scope }
  | (Refusal & { readonly allowed: false })

export interface Access {
  /**
   * Whether `who` has the right everywhere, or else in the namespace that the request is about; `namespace` is asked only
   * where it matters and is undefined for a request about all of them.
   */
  permit(
    who: Identity,
    right: Right,
    namespace: () => Promise<string | undefined>,
  ): Promise<Permission>
}

/** How long a right that was there is not asked about again: a withdrawn one lasts for so long at most. */
export const grantedMs = 30_000
export const deniedMs = 10_000

const everything: Permission = { allowed: true, scope: { kind: 'all' } }

/** Without Kubernetes whoever came in may do everything. */
export const openAccess: Access = { permit: async () => everything }

/** A name of a namespace (RFC 1123 label): anything else is in no Role, and authorisers may read more into it. */
const isNamespace = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)

/** What is bound to a namespace; agents and audits are of the whole cluster. */
const isNamespaced = ({ resource }: Right): boolean =>
  resource !== 'agents' && resource !== 'audits'

const denied = (
  { user }: PersonIdentity,
  right: Right,
  namespace: string | undefined,
): Permission => {
  const what = `${user.slice(0, 200)} may not ${right.verb} ${right.resource}.${accessGroup}`
  if (namespace !== undefined) {
    const remedy = `ask for a RoleBinding there (verb ${right.verb}, resource ${right.resource}, API group ${accessGroup})`
    return refused('no_right', `${what} in namespace ${namespace}: ${remedy}`)
  }
  const clusterRole = 'ask for a ClusterRoleBinding'
  return refused(
    'no_right',
    isNamespaced(right)
      ? `${what} in all namespaces: pass --namespace (namespace=… in the API) for one of yours, or ${clusterRole}`
      : `${what}: ${clusterRole}`,
  )
}

export interface KubernetesAccessOptions {
  readonly api: Pick<KubeApi, 'reviewAccess'>
  readonly clock: Clock
  readonly graceMs: number
  readonly counts: ReviewCounts
}

export const createKubernetesAccess = (options: KubernetesAccessOptions): Access => {
  const { api, clock, graceMs, counts } = options
  const cache = new ReviewCache<boolean>({
    clock,
    isYes: (allowed) => allowed,
    yesMs: grantedMs,
    noMs: deniedMs,
    graceMs,
    counts,
  })

  /** An empty namespace means all of them. */
  const has = async (
    who: PersonIdentity,
    { resource, verb }: Right,
    namespace: string,
  ): Promise<boolean | (Refusal & { readonly allowed: false })> => {
    const { user: username, uid, groups, extra } = who
    const user = { username, uid, groups, extra }
    const question = { user, group: accessGroup, resource, verb, namespace }
    const looked = await cache.look(
      JSON.stringify(question),
      async () => (await api.reviewAccess(question)).allowed,
    )
    if (looked.kind === 'known') return looked.answer
    return looked.kind === 'busy'
      ? refused('busy', 'too many rights are being checked: come again in a moment')
      : refused(
          'api_server_unavailable',
          `the API server cannot be asked what ${username.slice(0, 200)} may do (${looked.detail})`,
        )
  }

  return {
    permit: async (who, right, namespaceOf) => {
      if (who.kind === 'local' || who.kind === 'shared') return everything
      if (who.kind === 'agent')
        return refused('no_right', 'agents may bring events and ask for nothing')
      const everywhere = await has(who, right, '')
      if (everywhere === true) return everything
      if (everywhere !== false) return everywhere
      const namespace = isNamespaced(right) ? await namespaceOf() : undefined
      if (namespace === undefined || !isNamespace(namespace)) return denied(who, right, undefined)
      const there = await has(who, right, namespace)
      if (there === true) return { allowed: true, scope: { kind: 'namespace', namespace } }
      return there === false ? denied(who, right, namespace) : there
    },
  }
}
