/**
 * What a cgroup's path says about the container in it. Pure and total: any text has an answer, and a wrong container is
 * worse than none.
 *
 * Called by the cgroup registry, once per cgroup. The rules, each from the peers that learnt it the hard way:
 * 1. Segments are read from the innermost outwards; the innermost container wins, so that a kind node does not swallow its pods.
 * 2. A container id is 64 lower-case hex digits, alone in a segment or after a `-` or `:`. Neither "kubepods" nor the name
 *    of a runtime is needed: in a private cgroup namespace both vanish from the path.
 * 3. A monitor (conmon) bears its container's id, but is not in it; a `.mount` unit is no container either.
 * 4. The pod's uid is the nearest `pod<uid>` outside the container, with `_` for `-` in systemd's spelling, or 32 hex digits
 *    for a static pod.
 * 5. A plain name (`/web`, `/default/web`) proves nothing. It is a candidate, which the runtimes' state may confirm.
 */
import { candidateIds, splitPath } from './cgroup-segments.ts'

/**
 * `container`: the path proves it. `pod`: a pod's cgroup outside any container (its sandbox under gVisor, a helper).
 * `candidate`: a container only if a runtime says so. `host`: certainly none.
 */
export type CgroupIdentityKind = 'container' | 'pod' | 'candidate' | 'host'

export interface CgroupIdentity {
  readonly kind: CgroupIdentityKind
  /** Empty unless `container`. */
  readonly containerId: string
  /** Dashed UUID, or 32 hex digits for a static pod; empty when the path names none. */
  readonly podUid: string
  /** `containerd`, `cri-o`, `docker`, `podman`, `lxc`…; empty when the path does not say. */
  readonly runtime: string
  /** True in the cgroup of a container's monitor, which belongs to what is around it. */
  readonly monitor: boolean
  /** True when the spelling of the path is one that only a pod's sandbox has (CRI-O). */
  readonly sandbox: boolean
  /** How many containers lie around each other here, this one included. */
  readonly nesting: number
  /** How many levels below the container's own cgroup this is: 0 for the container's own. */
  readonly below: number
}

const hexId = '[0-9a-f]{64}'
const uuid = '[0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}'

/** `docker-<H>.scope`, `kubepods-pod<uid>.slice:cri-containerd:<H>`, `<H>`: the id must fill the rest of the segment. */
const containerSegment = new RegExp(`^(?:(.*)[-:])?(${hexId})(\\.scope)?$`)

/** `pod<uid>` as a whole word of a segment: at its start or after a dash, up to its end, a dot or a colon. */
const podSegment = new RegExp(`(?:^|-)pod(${uuid}|[0-9a-f]{32})(?=$|[.:])`)

/** ECS on Fargate: task id and a number. */
const ecsTaskSegment = /^[0-9a-f]{32}-\d{1,20}$/

/** Cloud Foundry's Garden: a UUID, or a shorter form of its own. */
const gardenSegment = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){4}(?:[0-9a-f]{8})?$/

const runtimeByPrefix: Readonly<Record<string, string>> = {
  'cri-containerd': 'containerd',
  nerdctl: 'containerd',
  docker: 'docker',
  crio: 'cri-o',
  libpod: 'podman',
  'libpod-payload': 'podman',
  crun: 'crun',
  runc: 'runc',
}

const runtimeByParent: Readonly<Record<string, string>> = {
  docker: 'docker',
  actions_job: 'docker',
  libpod_parent: 'podman',
  'k8s.io': 'containerd',
}

const hostIdentity: CgroupIdentity = Object.freeze({
  kind: 'host',
  containerId: '',
  podUid: '',
  runtime: '',
  monitor: false,
  sandbox: false,
  nesting: 0,
  below: 0,
})

type SegmentReading =
  | {
      readonly kind: 'container'
      readonly id: string
      readonly runtime: string
      readonly sandbox: boolean
    }
  | { readonly kind: 'monitor' }
  | undefined

/** The last word of a prefix, which names the runtime: `cri-containerd` in `kubepods-x.slice:cri-containerd`. */
const prefixName = (prefix: string): string => prefix.slice(prefix.lastIndexOf(':') + 1)

const own = (table: Readonly<Record<string, string>>, key: string): string =>
  Object.hasOwn(table, key) ? (table[key] ?? '') : ''

const readLxc = (segment: string, parent: string): SegmentReading => {
  if (segment === 'lxc.monitor' || segment.startsWith('lxc.monitor.')) return { kind: 'monitor' }
  if (parent === 'lxc.monitor') return { kind: 'monitor' }
  const name = segment.startsWith('lxc.payload.')
    ? segment.slice('lxc.payload.'.length)
    : parent === 'lxc' || parent === 'lxc.payload'
      ? segment
      : ''
  if (name === '' || name === '.' || name === '..') return undefined
  return { kind: 'container', id: name, runtime: 'lxc', sandbox: false }
}

const readSegment = (segment: string, parent: string, first: string): SegmentReading => {
  const match = containerSegment.exec(segment)
  if (match !== null) {
    const name = prefixName(match[1] ?? '')
    if (name === 'conmon' || name.endsWith('-conmon')) return { kind: 'monitor' }
    const runtime = own(runtimeByPrefix, name) || (name === '' ? own(runtimeByParent, parent) : '')
    // Under the systemd driver CRI-O gives containers a scope and their sandbox a plain directory.
    const sandbox = name === 'crio' && match[3] === undefined && parent.endsWith('.slice')
    return { kind: 'container', id: match[2] ?? '', runtime, sandbox }
  }
  if (segment === 'conmon' || segment === 'crio-conmon') return { kind: 'monitor' }
  if (ecsTaskSegment.test(segment))
    return { kind: 'container', id: segment, runtime: 'docker', sandbox: false }
  if (first === 'garden' && gardenSegment.test(segment))
    return { kind: 'container', id: segment, runtime: 'garden', sandbox: false }
  return readLxc(segment, parent)
}

const podOf = (segments: readonly string[], last: number): string => {
  for (let index = last; index >= 0; index -= 1) {
    const match = podSegment.exec(segments[index] ?? '')
    if (match?.[1] !== undefined) return match[1].replaceAll('_', '-')
  }
  return ''
}

/**
 * What the path of one cgroup says, as in the third field of /proc/PID/cgroup, with or without leading `/../`. Total:
 * whatever it does not understand is a `candidate` if it could be a plain container, and `host` otherwise.
 */
export const parseCgroupPath = (path: string): CgroupIdentity => {
  const segments = splitPath(path)
  const first = segments[0] ?? ''
  let innermost = -1
  let reading: SegmentReading
  let monitor = false
  let nesting = 0
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const found = readSegment(segments[index] ?? '', segments[index - 1] ?? '', first)
    if (found?.kind === 'monitor' && innermost === -1) monitor = true
    if (found?.kind !== 'container') continue
    nesting += 1
    if (innermost !== -1) continue
    innermost = index
    reading = found
  }
  if (reading?.kind === 'container')
    return {
      kind: 'container',
      containerId: reading.id,
      podUid: podOf(segments, innermost),
      runtime: reading.runtime,
      monitor,
      sandbox: reading.sandbox,
      nesting,
      below: segments.length - 1 - innermost,
    }
  if (monitor) return { ...hostIdentity, monitor }
  const podUid = podOf(segments, segments.length - 1)
  if (podUid !== '') return { ...hostIdentity, kind: 'pod', podUid }
  return candidateIds(path).length > 0 ? { ...hostIdentity, kind: 'candidate' } : hostIdentity
}

/** One line of /proc/PID/cgroup: `hierarchy:controllers:path`. */
export interface CgroupLine {
  /** 0 for cgroup v2. */
  readonly hierarchy: number
  /** As written: `cpu,cpuacct`, `name=systemd`, or empty for v2. */
  readonly controllers: string
  readonly path: string
}

/** Most lines read; there are twelve controllers in v1, and named hierarchies are rare. */
const linesMax = 64

/**
 * Parses /proc/PID/cgroup (cgroups(7)). The path is everything after the second colon, colons included. Lines that
 * are not of that form are left out.
 */
export const parseCgroupFile = (text: string): readonly CgroupLine[] => {
  const lines: CgroupLine[] = []
  for (const line of text.split('\n', linesMax)) {
    const match = /^(\d{1,9}):([^:]*):(\/.*)$/s.exec(line)
    if (match === null) continue
    lines.push({ hierarchy: Number(match[1]), controllers: match[2] ?? '', path: match[3] ?? '' })
  }
  return lines
}

const kindRank: Readonly<Record<CgroupIdentityKind, number>> = {
  host: 0,
  candidate: 1,
  pod: 2,
  container: 3,
}

/**
 * How much a path tells, for choosing between the hierarchies of one process: a container in a pod before any other
 * container, then the more deeply nested one. Equal ranks: the earlier wins, and v2 comes first.
 */
export const identityRank = (identity: CgroupIdentity): number =>
  kindRank[identity.kind] * 1000 +
  (identity.podUid === '' ? 0 : 500) +
  Math.min(identity.nesting, 99)

/** Controllers whose v1 hierarchy container runtimes always use, best first. */
const controllerOrder = ['', 'memory', 'pids', 'cpu']

const controllerRank = (line: CgroupLine): number => {
  if (line.hierarchy === 0) return 0
  const ranks = line.controllers.split(',').map((name) => controllerOrder.indexOf(name))
  return Math.min(...ranks.map((rank) => (rank < 1 ? controllerOrder.length : rank)))
}

/**
 * The line of /proc/PID/cgroup that names the process's container. On v1 and hybrid hosts the lines may disagree: the one with
 * a pod wins, then the deeper one, then v2, then memory, pids and cpu. Undefined only without lines.
 */
export const chooseCgroupPath = (
  lines: readonly CgroupLine[],
): { readonly line: CgroupLine; readonly identity: CgroupIdentity } | undefined => {
  let best: { readonly line: CgroupLine; readonly identity: CgroupIdentity } | undefined
  for (const line of [...lines].sort((a, b) => controllerRank(a) - controllerRank(b))) {
    const identity = parseCgroupPath(line.path)
    if (best === undefined || identityRank(identity) > identityRank(best.identity))
      best = { line, identity }
  }
  return best
}

/**
 * The host's path for one that is relative to the reader's private cgroup namespace: `base` is the reader's own cgroup as
 * the host sees it. `/` → base, `/../x` → beside it; one that climbs too far ends at the root.
 */
export const resolveCgroupPath = (base: string, path: string): string => {
  const segments: string[] = []
  for (const segment of `${base}/${path}`.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}
