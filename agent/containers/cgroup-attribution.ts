/** Whose a cgroup is: the answer the registry gives, made from a path or from a runtime's state. */
import { hostContainerId, isContainerId, unknownContainerId } from '#proto/event.ts'
import type { CgroupIdentity } from './cgroup-path.ts'
import type { PlainContainer } from './runtime-states.ts'

/** Whose a cgroup is. Frozen and shared: keep references, compare by identity. */
export interface CgroupAttribution {
  /** `host` when it belongs to no container, `unknown` when nobody knows. */
  readonly containerId: string
  readonly podUid: string
  /** Absolute in its hierarchy; empty when not known. */
  readonly path: string
  /** What the path or the runtime's state says; empty when they do not. */
  readonly runtime: string
  /** True when the path is one that only a pod's sandbox has. */
  readonly sandbox: boolean
  /** True for the container's own cgroup, whose removal is the container's end; false for one below it. */
  readonly own: boolean
  /** False when nothing is known of the cgroup. */
  readonly known: boolean
}

/** True for the cgroup of a container, or one below it. */
export const isOfContainer = ({ containerId }: CgroupAttribution): boolean =>
  isContainerId(containerId)

/** The answer for a cgroup that nothing could name. */
export const unknownAttribution: CgroupAttribution = Object.freeze({
  containerId: unknownContainerId,
  podUid: '',
  path: '',
  runtime: '',
  sandbox: false,
  own: false,
  known: false,
})

/** The answer where there are no cgroups to go by. */
export const assumedHost: CgroupAttribution = Object.freeze({
  ...unknownAttribution,
  containerId: hostContainerId,
})

/** What the path alone proves. */
export const attributionOf = (path: string, identity: CgroupIdentity): CgroupAttribution =>
  Object.freeze({
    containerId: identity.kind === 'container' ? identity.containerId : hostContainerId,
    podUid: identity.podUid,
    path,
    runtime: identity.runtime,
    sandbox: identity.sandbox,
    own: identity.kind === 'container' && identity.below === 0,
    known: true,
  })

/** What a runtime's state proves about a plain-named cgroup. */
export const confirmedAttribution = (path: string, found: PlainContainer): CgroupAttribution =>
  Object.freeze({
    containerId: found.containerId,
    podUid: '',
    path,
    runtime: found.runtime,
    sandbox: false,
    own: found.below === 0,
    known: true,
  })
