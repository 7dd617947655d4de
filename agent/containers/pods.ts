/**
 * Reads the kubelet's PodList (core/v1): for every pod its names, and for every container id the container it belongs to. Pure and
 * total: what is not of the expected shape is left out and counted.
 *
 * The list holds static pods under the hash of their file and, besides, the mirror pods that stand for them in the API server:
 * both are one pod, known by either uid.
 */
import type { ContainerNames, ContainerType } from '#proto/event.ts'
import { asArray, asObject, asStringMap, asText, field, type JsonObject } from './json-shape.ts'
import { workloadOf } from './workload.ts'

/** What all containers of a pod share. */
export type PodNames = Pick<
  ContainerNames,
  | 'namespace'
  | 'pod'
  | 'workload'
  | 'workloadType'
  | 'labels'
  | 'podIps'
  | 'hostIps'
  | 'hostNetwork'
>

/** What the kubelet knows of one container, by its id. */
export type KubeletContainer = Pick<
  ContainerNames,
  'container' | 'image' | 'imageId' | 'type' | 'runtime' | 'serviceAccountToken'
>

/** How a container ended, as the kubelet says. */
export interface ContainerEnd {
  /** `Completed`, `Error`, `OOMKilled`…; empty when it does not say. */
  readonly reason: string
  /** 0 to 255, or 128 and the signal. */
  readonly exitCode: number | null
  /** Unix microseconds, to the second; undefined when it does not say. */
  readonly finishedUs: number | undefined
}

export interface ListedPod {
  /** The uid that cgroups carry, first, and the uid of the mirror pod if there is one. */
  readonly uids: readonly string[]
  readonly names: PodNames
  /** By container id, with the previous instances of restarted containers. */
  readonly containers: ReadonlyMap<string, KubeletContainer>
  /** By container id: those that have ended. */
  readonly ends: ReadonlyMap<string, ContainerEnd>
}

export interface PodList {
  readonly pods: readonly ListedPod[]
  /** Pods and containers left out, being not of the expected shape or over a limit. */
  readonly skipped: number
}

/** A node runs 110 pods by default, and rarely more than 500. */
const podsMax = 4096
const containersMax = 256
const labelLimits = { entriesMax: 128, charsMax: 1024 } as const
const imageCharsMax = 1024
const addressesMax = 16

/** RFC 1123 names as the API server admits them; a name that is not one was not written by it. */
const asName = (value: unknown): string => {
  const text = asText(value, 253)
  return /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(text) ? text : ''
}

const uidPattern = /^(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

const asUid = (value: unknown): string => {
  const text = asText(value, 64)
  return uidPattern.test(text) ? text : ''
}

/** Runtimes by the scheme of a container id. */
const runtimes: Readonly<Record<string, string>> = {
  containerd: 'containerd',
  'cri-o': 'cri-o',
  docker: 'docker',
}

/** `containerd://<id>` → id and runtime; undefined for a container that has not been created yet. */
const parseContainerId = (
  value: unknown,
): { readonly id: string; readonly runtime: string } | undefined => {
  const match = /^([a-z0-9][a-z0-9.+-]{0,31}):\/\/([A-Za-z0-9_.-]{1,255})$/.exec(asText(value, 300))
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  const scheme = match[1]
  return {
    id: match[2],
    runtime: Object.hasOwn(runtimes, scheme) ? (runtimes[scheme] ?? '') : scheme,
  }
}

/** `docker-pullable://image@sha256:…` → `image@sha256:…`. */
const asImageId = (value: unknown): string =>
  asText(value, imageCharsMax).replace(/^[a-z-]+:\/\//, '')

interface ContainerGroup {
  readonly specs: string
  readonly statuses: string
  readonly type: ContainerType
}

const groups: readonly ContainerGroup[] = [
  { specs: 'containers', statuses: 'containerStatuses', type: 'container' },
  { specs: 'initContainers', statuses: 'initContainerStatuses', type: 'init' },
  { specs: 'ephemeralContainers', statuses: 'ephemeralContainerStatuses', type: 'ephemeral' },
]

const readEnd = (terminated: JsonObject): ContainerEnd => {
  const exitCode = field(terminated, 'exitCode')
  const finishedMs = Date.parse(asText(field(terminated, 'finishedAt'), 40))
  return {
    reason: asText(field(terminated, 'reason'), 128),
    exitCode:
      typeof exitCode === 'number' && Number.isInteger(exitCode) && exitCode >= 0 ? exitCode : null,
    finishedUs: finishedMs > 0 ? finishedMs * 1_000 : undefined,
  }
}

/** Where the API server's admission mounts it, and where a Secret of an old cluster's is mounted. */
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const mountsMax = 256

/** Volumes of a pod that hold a ServiceAccount token, whatever audience it is for. */
const tokenVolumesOf = (spec: JsonObject | undefined): ReadonlySet<string> => {
  const names = asArray(field(spec, 'volumes'))
    .slice(0, mountsMax)
    .flatMap((value) => {
      const volume = asObject(value)
      const sources = asArray(field(asObject(field(volume, 'projected')), 'sources'))
      const holds = sources
        .slice(0, mountsMax)
        .some((source) => asObject(field(asObject(source), 'serviceAccountToken')) !== undefined)
      const name = asName(field(volume, 'name'))
      return holds && name !== '' ? [name] : []
    })
  return new Set(names)
}

const mountsToken = (container: JsonObject | undefined, volumes: ReadonlySet<string>): boolean =>
  asArray(field(container, 'volumeMounts'))
    .slice(0, mountsMax)
    .some((value) => {
      const mount = asObject(value)
      const isThere = field(mount, 'mountPath') === tokenPath
      return isThere || volumes.has(asName(field(mount, 'name')))
    })

interface ReadContainers {
  readonly containers: Map<string, KubeletContainer>
  readonly ends: Map<string, ContainerEnd>
}

const readGroup = (
  pod: JsonObject,
  group: ContainerGroup,
  tokenVolumes: ReadonlySet<string>,
  into: ReadContainers,
): number => {
  const specs = new Map<string, JsonObject>()
  const listed = asArray(field(asObject(field(pod, 'spec')), group.specs))
  for (const value of listed.slice(0, containersMax)) {
    const spec = asObject(value)
    const name = asName(field(spec, 'name'))
    if (spec !== undefined && name !== '') specs.set(name, spec)
  }
  let skipped = 0
  const statuses = asArray(field(asObject(field(pod, 'status')), group.statuses))
  skipped += Math.max(0, statuses.length - containersMax)
  for (const value of statuses.slice(0, containersMax)) {
    const status = asObject(value)
    const name = asName(field(status, 'name'))
    if (status === undefined || name === '') {
      skipped += 1
      continue
    }
    const spec = specs.get(name)
    // A sidecar is an init container that goes on: it does a container's work, not a set-up's.
    const isSidecar = group.type === 'init' && field(spec, 'restartPolicy') === 'Always'
    const last = asObject(field(asObject(field(status, 'lastState')), 'terminated'))
    const state = asObject(field(asObject(field(status, 'state')), 'terminated'))
    for (const terminated of [last, state]) {
      const ended = parseContainerId(field(terminated, 'containerID'))
      if (terminated !== undefined && ended !== undefined)
        into.ends.set(ended.id, readEnd(terminated))
    }
    for (const id of [
      field(last, 'containerID'),
      field(state, 'containerID'),
      field(status, 'containerID'),
    ]) {
      const parsed = parseContainerId(id)
      if (parsed === undefined) {
        if (typeof id === 'string' && id !== '') skipped += 1
        continue
      }
      into.containers.set(parsed.id, {
        container: name,
        image:
          asText(field(spec, 'image'), imageCharsMax) ||
          asText(field(status, 'image'), imageCharsMax),
        imageId: asImageId(field(status, 'imageID')),
        type: isSidecar ? 'container' : group.type,
        runtime: parsed.runtime,
        serviceAccountToken: mountsToken(spec, tokenVolumes),
      })
    }
  }
  return skipped
}

/** The first address has a field of its own beside the list; kubelets before 1.29 tell nothing else of the node's. */
const addressesOf = (status: JsonObject | undefined, of: 'pod' | 'host'): readonly string[] => {
  const listed = asArray(field(status, `${of}IPs`)).map((entry) => field(asObject(entry), 'ip'))
  const addresses = [field(status, `${of}IP`), ...listed]
    .map((address) => asText(address, 45))
    .filter((address) => /^[0-9a-fA-F.:]+$/.test(address))
  return [...new Set(addresses)].slice(0, addressesMax)
}

const readPod = (
  value: unknown,
): { readonly pod: ListedPod | undefined; readonly skipped: number } => {
  const object = asObject(value)
  const metadata = asObject(field(object, 'metadata'))
  const pod = asName(field(metadata, 'name'))
  const namespace = asName(field(metadata, 'namespace'))
  const uid = asUid(field(metadata, 'uid'))
  if (object === undefined || pod === '' || namespace === '' || uid === '')
    return { pod: undefined, skipped: 1 }
  const annotations = asObject(field(metadata, 'annotations'))
  const source = field(annotations, 'kubernetes.io/config.source')
  const mirrored = asUid(field(annotations, 'kubernetes.io/config.mirror'))
  const isStatic = mirrored !== '' || source === 'file' || source === 'http'
  const hash = mirrored || (isStatic ? asUid(field(annotations, 'kubernetes.io/config.hash')) : '')
  const labels = asStringMap(field(metadata, 'labels'), labelLimits)
  const workload = workloadOf({
    pod,
    labels,
    ownerReferences: field(metadata, 'ownerReferences'),
    isStatic,
  })
  const read: ReadContainers = { containers: new Map(), ends: new Map() }
  let skipped = 0
  const spec = asObject(field(object, 'spec'))
  const tokenVolumes = tokenVolumesOf(spec)
  for (const group of groups) skipped += readGroup(object, group, tokenVolumes, read)
  const status = asObject(field(object, 'status'))
  const names: PodNames = {
    namespace,
    pod,
    ...workload,
    labels,
    podIps: addressesOf(status, 'pod'),
    hostIps: addressesOf(status, 'host'),
    hostNetwork: field(spec, 'hostNetwork') === true,
  }
  const uids = [...new Set([hash, uid].filter((id) => id !== ''))]
  return { pod: { uids, names, ...read }, skipped }
}

/** Reads the items of a PodList. */
export const parsePods = (items: readonly unknown[]): PodList => {
  const pods: ListedPod[] = []
  let skipped = Math.max(0, items.length - podsMax)
  for (const item of items.slice(0, podsMax)) {
    const read = readPod(item)
    skipped += read.skipped
    if (read.pod !== undefined) pods.push(read.pod)
  }
  return { pods, skipped }
}
