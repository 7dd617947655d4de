/**
 * Puts a container's names together from what each source knows: path, then runtime, then kubelet, field by field. Pure; used by
 * the cache of names.
 */
import { type ContainerNames, hostContainerId } from '#proto/event.ts'
import type { CgroupAttribution } from './cgroup-attribution.ts'
import { isHexContainerId } from './cgroup-segments.ts'
import type { OciNames } from './oci-names.ts'
import type { KubeletContainer, PodNames } from './pods.ts'

/** What is known of one container, by source; undefined where a source knows nothing (yet). */
export interface NameSources {
  readonly attribution: CgroupAttribution
  readonly oci: OciNames | undefined
  readonly pod: PodNames | undefined
  readonly container: KubeletContainer | undefined
}

/** Names of the processes outside all containers. */
const hostNames: ContainerNames = Object.freeze({
  namespace: '',
  pod: '',
  container: hostContainerId,
  workload: hostContainerId,
  workloadType: hostContainerId,
  image: '',
  imageId: '',
  type: 'unknown',
  runtime: '',
  labels: Object.freeze({}),
  podIps: Object.freeze([]),
  hostIps: Object.freeze([]),
  hostNetwork: false,
  serviceAccountToken: false,
  nameSource: 'cgroup',
})

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === false ||
  value === '' ||
  value === 'unknown' ||
  (Array.isArray(value) && value.length === 0) ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

/** `stronger` over `weaker`, field by field, where it says something. */
export const overlay = <T extends object>(weaker: T, stronger: Partial<T> | undefined): T => {
  const said = Object.entries(stronger ?? {}).filter(([, value]) => !isEmpty(value))
  return { ...weaker, ...Object.fromEntries(said) }
}

/** The names of a container, as far as its sources know them. */
export const composeNames = (containerId: string, known: NameSources): ContainerNames => {
  if (containerId === hostContainerId) return hostNames
  const { attribution, oci, pod, container } = known
  const fromPath: ContainerNames = {
    ...hostNames,
    // A plain id is the name that somebody gave it.
    container: isHexContainerId(containerId) ? '' : containerId,
    workload: '',
    workloadType: '',
    type: attribution.sandbox ? 'sandbox' : 'unknown',
    runtime: attribution.runtime,
    nameSource: pod !== undefined ? 'kubelet' : oci !== undefined ? 'oci' : 'cgroup',
  }
  return overlay(overlay(overlay(fromPath, oci?.names), pod), container)
}
