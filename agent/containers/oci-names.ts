/**
 * What the files of container runtimes say about a container's names. Pure: text in, names out, nothing throws.
 *
 * Annotations of config.json: containerd's CRI plug-in (`io.kubernetes.cri.*`, containerd:pkg/cri/annotations), CRI-O
 * (`io.kubernetes.cri-o.*`, cri-o:pkg/annotations), and the labels that the kubelet gives to every runtime
 * (`io.kubernetes.pod.name`…, kubelet:types/labels.go), which cri-dockerd keeps as Docker labels.
 */
import type { ContainerNames, ContainerType } from '#proto/event.ts'
import {
  asArray,
  asObject,
  asStringMap,
  asText,
  field,
  type JsonObject,
  parseJsonObject,
} from './json-shape.ts'

/** Names as one source knows them: what it does not know is absent or empty. */
export type PartialNames = Partial<ContainerNames>

export interface OciNames {
  readonly names: PartialNames
  /** Empty when the source does not say, or outside Kubernetes. */
  readonly podUid: string
  /** True when the container certainly belongs to a pod, false when it certainly does not, undefined when unknown. */
  readonly kubernetes: boolean | undefined
}

/** Longest name of anything; image references are the longest. Over it a value is dropped. */
const nameCharsMax = 1024
const annotationLimits = { entriesMax: 512, charsMax: 65_536 } as const

type Annotations = Readonly<Record<string, string>>

const first = (annotations: Annotations, ...keys: readonly string[]): string => {
  for (const key of keys) {
    const value = asText(field(annotations, key), nameCharsMax)
    if (value !== '') return value
  }
  return ''
}

const typeOf = (text: string): ContainerType =>
  text === 'sandbox' || text === 'podsandbox'
    ? 'sandbox'
    : text === 'container'
      ? 'container'
      : 'unknown'

/** Drops what is empty, so that merging never replaces something by nothing. */
const known = (names: PartialNames): PartialNames =>
  Object.fromEntries(
    Object.entries(names).filter(
      ([, value]) =>
        value !== '' && value !== 'unknown' && !(Array.isArray(value) && value.length === 0),
    ),
  )

const digestPart = (reference: string): string =>
  /(?:^|@)sha256:[0-9a-f]{64}$/.test(reference)
    ? reference
    : /^[0-9a-f]{64}$/.test(reference)
      ? `sha256:${reference}`
      : ''

/** Names from labels that the kubelet sets on every container of a pod, whichever runtime keeps them. */
const kubeletLabels = (labels: Annotations): OciNames | undefined => {
  const pod = first(labels, 'io.kubernetes.pod.name')
  if (pod === '') return undefined
  const container = first(labels, 'io.kubernetes.container.name')
  // The kubelet's name for the sandbox, from the days of Docker on.
  const sandbox = container === 'POD' || first(labels, 'io.kubernetes.docker.type') === 'podsandbox'
  return {
    names: known({
      namespace: first(labels, 'io.kubernetes.pod.namespace'),
      pod,
      container: sandbox ? '' : container,
      type: sandbox ? 'sandbox' : 'unknown',
    }),
    podUid: first(labels, 'io.kubernetes.pod.uid'),
    kubernetes: true,
  }
}

const containerdNames = (annotations: Annotations): OciNames => {
  const type = typeOf(first(annotations, 'io.kubernetes.cri.container-type'))
  return {
    names: known({
      namespace: first(annotations, 'io.kubernetes.cri.sandbox-namespace'),
      pod: first(annotations, 'io.kubernetes.cri.sandbox-name'),
      container: first(annotations, 'io.kubernetes.cri.container-name'),
      image: first(annotations, 'io.kubernetes.cri.image-name'),
      type,
      runtime: 'containerd',
    }),
    podUid: first(annotations, 'io.kubernetes.cri.sandbox-uid'),
    kubernetes: true,
  }
}

const crioNames = (annotations: Annotations): OciNames => {
  const type = typeOf(first(annotations, 'io.kubernetes.cri-o.ContainerType'))
  const nested = (key: string): JsonObject | undefined =>
    parseJsonObject(asText(field(annotations, key), annotationLimits.charsMax))
  const labels = asStringMap(nested('io.kubernetes.cri-o.Labels'), annotationLimits)
  const fromLabels = kubeletLabels({ ...labels, ...annotations })
  const metadataName = asText(field(nested('io.kubernetes.cri-o.Metadata'), 'name'), nameCharsMax)
  const image = first(annotations, 'io.kubernetes.cri-o.Image')
  const isId = /^[0-9a-f]{64}$/.test(image)
  return {
    names: known({
      ...fromLabels?.names,
      namespace: fromLabels?.names.namespace ?? first(annotations, 'io.kubernetes.cri-o.Namespace'),
      pod:
        fromLabels?.names.pod ??
        (first(annotations, 'io.kubernetes.cri-o.KubeName') ||
          (type === 'sandbox' ? metadataName : '')),
      container: type === 'sandbox' ? '' : (fromLabels?.names.container ?? metadataName),
      image:
        type === 'sandbox'
          ? ''
          : isId
            ? first(annotations, 'io.kubernetes.cri-o.ImageName')
            : image,
      imageId: digestPart(first(annotations, 'io.kubernetes.cri-o.ImageRef')),
      podIps: crioAddresses(annotations),
      type,
      runtime: 'cri-o',
    }),
    podUid: fromLabels?.podUid ?? '',
    kubernetes: true,
  }
}

const crioAddresses = (annotations: Annotations): readonly string[] =>
  ['0', '1']
    .map((index) => first(annotations, `io.kubernetes.cri-o.IP.${index}`))
    .filter((address) => address !== '')

/**
 * What config.json tells; undefined when it is no OCI configuration at all. `runtime` is what the place of the file says, and
 * yields to what the annotations say.
 */
export const parseOciNames = (text: string, runtime: string): OciNames | undefined => {
  const config = parseJsonObject(text)
  if (asText(field(config, 'ociVersion'), 64) === '') return undefined
  const annotations = asStringMap(field(config, 'annotations'), annotationLimits)
  if (Object.hasOwn(annotations, 'io.kubernetes.cri.container-type'))
    return containerdNames(annotations)
  if (Object.hasOwn(annotations, 'io.kubernetes.cri-o.ContainerType')) return crioNames(annotations)
  const labelled = kubeletLabels(annotations)
  if (labelled !== undefined) return { ...labelled, names: known({ ...labelled.names, runtime }) }
  const manager = first(annotations, 'io.container.manager')
  // Docker's shim bundle bears no annotations: whether it is a pod's is in Docker's own records.
  const kubernetes = runtime === 'docker' ? undefined : false
  return {
    names: known({
      container: first(annotations, 'nerdctl/name'),
      type: 'container',
      runtime: manager === 'libpod' ? 'podman' : runtime,
    }),
    podUid: '',
    kubernetes,
  }
}

/** `linux.cgroupsPath` of a config.json; empty when it names none. */
export const parseOciCgroupsPath = (text: string): string =>
  asText(field(asObject(field(parseJsonObject(text), 'linux')), 'cgroupsPath'), 4096)

/** Docker's /var/lib/docker/containers/ID/config.v2.json; undefined when it is none. */
export const parseDockerConfig = (text: string): OciNames | undefined => {
  const root = parseJsonObject(text)
  const config = asObject(field(root, 'Config'))
  if (config === undefined) return undefined
  const labels = asStringMap(field(config, 'Labels'), annotationLimits)
  const labelled = kubeletLabels(labels)
  const image = asText(field(config, 'Image'), nameCharsMax)
  return {
    names: known({
      container: asText(field(root, 'Name'), nameCharsMax).replace(/^\//, ''),
      type: 'container',
      ...labelled?.names,
      // cri-dockerd asks for images by digest; the name as the person wrote it is then the kubelet's to tell.
      image: /^sha256:/.test(image) ? '' : image,
      imageId: digestPart(asText(field(root, 'Image'), nameCharsMax)),
      runtime: 'docker',
    }),
    podUid: labelled?.podUid ?? '',
    kubernetes: labelled !== undefined,
  }
}

/** One container's entry in containers/storage's containers.json, where podman keeps names and images. */
export const parseStorageContainers = (text: string, containerId: string): PartialNames => {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    return {}
  }
  const entry = asArray(list)
    .map(asObject)
    .find((candidate) => field(candidate, 'id') === containerId)
  const details = parseJsonObject(asText(field(entry, 'metadata'), 65_536))
  return known({
    container: asText(asArray(field(entry, 'names'))[0], nameCharsMax),
    image: asText(field(details, 'image-name'), nameCharsMax),
    imageId: digestPart(asText(field(details, 'image-id'), nameCharsMax)),
  })
}

/** The bundle that crun's `status` or runc's `state.json` names, as the host sees it; empty when none. */
export const parseBundlePath = (text: string): string => {
  const state = parseJsonObject(text)
  const direct = asText(field(state, 'bundle'), 4096)
  if (direct !== '') return direct
  const labels = asArray(field(asObject(field(state, 'config')), 'labels'))
  const label = labels.find((entry) => typeof entry === 'string' && entry.startsWith('bundle='))
  return asText(label, 4096).slice('bundle='.length)
}

/** What precedes the path in its hierarchy, in the mounts that runc writes down. */
const mountPrefix = (controller: string, directory: string): string => {
  const root = '/sys/fs/cgroup'
  if (!directory.startsWith(`${root}/`)) return ''
  if (controller === '') return directory.startsWith(`${root}/unified/`) ? `${root}/unified` : root
  return directory.slice(0, directory.indexOf('/', root.length + 1))
}

/**
 * The cgroups that crun's `status` or runc's `state.json` names, as absolute paths in their hierarchies. runc writes mount
 * points in front: one per controller on v1, and the empty controller for v2.
 */
export const parseStateCgroups = (text: string): readonly string[] => {
  const state = parseJsonObject(text)
  const paths = [asText(field(state, 'cgroup-path'), 4096)]
  for (const [controller, value] of Object.entries(asObject(field(state, 'cgroup_paths')) ?? {})) {
    const directory = asText(value, 4096)
    paths.push(directory.slice(mountPrefix(controller, directory).length))
  }
  return [...new Set(paths.filter((path) => path.startsWith('/') && path !== '/'))]
}
