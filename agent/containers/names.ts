/**
 * The cache of names: the one owner of what is known of containers, the dead included. The tracker tells it of containers as
 * their first events and their ends come; it answers through `onNames`, at once with what can be known at once and again whenever
 * more or better is known. Events never wait for it.
 *
 * Sources, weakest first: the cgroup's path, the runtime's files, the kubelet. Nothing that was known is ever erased, and a weaker
 * source never overrides a stronger one.
 */
import { isDeepStrictEqual } from 'node:util'
import { LRUCache } from 'lru-cache'
import type { Clock } from '#base/clock.ts'
import { type ContainerNames, hostContainerId } from '#proto/event.ts'
import type { CgroupAttribution } from './cgroup-attribution.ts'
import { isHexContainerId } from './cgroup-segments.ts'
import { composeNames, overlay } from './compose-names.ts'
import type { Demand } from './kubelet-poller.ts'
import type { OciNames } from './oci-names.ts'
import type { KubeletContainer, ListedPod, PodList, PodNames } from './pods.ts'
import { type Schedule, scheduleUnref } from './timer.ts'

export type NamesPhase = 'started' | 'named' | 'ended'

/** What a container event carries besides names. */
export interface ContainerFacts {
  readonly podUid: string
  readonly cgroupPath: string
  /** Boot time of the event that this is about: the first one, or the end. */
  readonly bootNs: number
}

export type NamesSink = (
  containerId: string,
  names: ContainerNames,
  phase: NamesPhase,
  facts: ContainerFacts,
) => void

export interface ContainerNamesOptions {
  readonly clock: Clock
  readonly onNames: NamesSink
  /** What the runtimes' files say of a container now; undefined when they do not know it. */
  readonly readOci: (containerId: string) => OciNames | undefined
  /** True when there is a kubelet, whose lists will come through learn(). */
  readonly kubelet: boolean
  /** Called when a container is new that only the kubelet can name. */
  readonly onUnknown?: () => void
  readonly schedule?: Schedule
  /** Most containers remembered, the dead included. Default 16,384. */
  readonly containersMax?: number
}

export interface ContainerNamesCounts {
  /** Containers seen. */
  seen: number
  /** Forgotten for want of room. */
  evicted: number
  /** Names that came after the container's first event. */
  named: number
  /** Containers that the kubelet never named, after ten minutes. */
  gaveUp: number
}

interface Known {
  readonly attribution: CgroupAttribution
  readonly seenMs: number
  readonly bootNs: number
  oci: OciNames | undefined
  pod: PodNames | undefined
  container: KubeletContainer | undefined
  podUid: string
  names: ContainerNames
}

const containersMaxDefault = 16_384
const podsMax = 4096
/** While this young, a container is expected in every next list. */
const youngMs = 10_000
const giveUpMs = 600_000
/** The runtime's files are looked at again this long after a container's first event, if they were not there. */
const ociRetryDelaysMs = [100, 1000] as const
const retriesMax = 4096

export class ContainerNamesCache {
  readonly #options: ContainerNamesOptions
  readonly #schedule: Schedule
  readonly #containers: LRUCache<string, Known>
  readonly #listedPods = new LRUCache<string, PodNames>({ max: podsMax })
  readonly #listedContainers: LRUCache<
    string,
    { readonly container: KubeletContainer; readonly pod: ListedPod }
  >
  /** Containers that only the kubelet can name, and has not, oldest first. */
  readonly #wanted = new Set<string>()
  readonly #retries = new Set<() => void>()
  readonly counts: ContainerNamesCounts = { seen: 0, evicted: 0, named: 0, gaveUp: 0 }

  constructor(options: ContainerNamesOptions) {
    this.#options = options
    this.#schedule = options.schedule ?? scheduleUnref
    const max = options.containersMax ?? containersMaxDefault
    this.#listedContainers = new LRUCache({ max })
    this.#containers = new LRUCache<string, Known>({
      max,
      dispose: (_known, containerId, reason) => {
        if (reason !== 'evict') return
        this.counts.evicted += 1
        this.#wanted.delete(containerId)
      },
    })
  }

  /** Containers known now. */
  get size(): number {
    return this.#containers.size
  }

  /** Containers that wait for the kubelet. */
  get waiting(): number {
    return this.#wanted.size
  }

  /** What is known of a container; undefined when it was never seen, or is forgotten. */
  get(containerId: string): ContainerNames | undefined {
    return this.#containers.peek(containerId)?.names
  }

  /** A container's first event; later calls only keep it from being forgotten. `bootNs`: when that was. */
  seen(attribution: CgroupAttribution, bootNs: number): void {
    const { containerId } = attribution
    if (this.#containers.get(containerId) !== undefined) return
    this.counts.seen += 1
    const isHost = containerId === hostContainerId
    const listed = this.#listedContainers.get(containerId)
    const oci = isHost ? undefined : this.#options.readOci(containerId)
    const podUid = attribution.podUid || (oci?.podUid ?? listed?.pod.uids[0] ?? '')
    const facts = {
      attribution,
      seenMs: this.#options.clock.monotonicMs(),
      bootNs,
      oci,
      pod: listed?.pod.names ?? this.#listedPods.get(podUid),
      container: listed?.container,
      podUid: isHost ? '' : podUid,
    }
    const known: Known = { ...facts, names: composeNames(containerId, facts) }
    this.#containers.set(containerId, known)
    this.#emit(containerId, known, 'started', bootNs)
    if (isHost) return
    if (oci === undefined) this.#retryOci(containerId, 0)
    if (!this.#isWanted(containerId, known)) return
    this.#wanted.add(containerId)
    this.#options.onUnknown?.()
  }

  /** The container's own cgroup is gone. Its names stay, and may still get better. */
  ended(containerId: string, bootNs: number): void {
    const known = this.#containers.peek(containerId)
    if (known !== undefined) this.#emit(containerId, known, 'ended', bootNs)
  }

  /** Takes in a list of the kubelet. */
  learn(list: PodList): void {
    for (const pod of list.pods) {
      for (const uid of pod.uids)
        this.#listedPods.set(uid, overlay(this.#listedPods.peek(uid) ?? pod.names, pod.names))
      for (const [containerId, container] of pod.containers)
        this.#listedContainers.set(containerId, { container, pod })
    }
    // Only now, as a static pod and its mirror are two entries of the list.
    for (const pod of list.pods)
      for (const containerId of pod.containers.keys()) this.#update(containerId)
    const nowMs = this.#options.clock.monotonicMs()
    for (const containerId of this.#wanted) {
      this.#update(containerId)
      const known = this.#containers.peek(containerId)
      if (known === undefined || nowMs - known.seenMs < giveUpMs) continue
      if (this.#wanted.delete(containerId)) this.counts.gaveUp += 1
    }
  }

  /** How much the kubelet's next list is wanted. */
  demand(): Demand {
    if (this.#wanted.size === 0) return 'none'
    const youngest = [...this.#wanted].at(-1) ?? ''
    const seenMs = this.#containers.peek(youngest)?.seenMs ?? Number.NEGATIVE_INFINITY
    return this.#options.clock.monotonicMs() - seenMs < youngMs ? 'young' : 'waiting'
  }

  close(): void {
    for (const cancel of this.#retries) cancel()
    this.#retries.clear()
  }

  #emit(containerId: string, known: Known, phase: NamesPhase, bootNs: number): void {
    const { podUid, attribution } = known
    this.#options.onNames(containerId, known.names, phase, {
      podUid,
      cgroupPath: attribution.path,
      bootNs,
    })
  }

  /** Whether only the kubelet can complete what is known, and may know it. */
  #isWanted(containerId: string, known: Known): boolean {
    if (!this.#options.kubelet || known.container !== undefined) return false
    // The sandbox is in no list: what its pod says is all there will be.
    if (known.pod !== undefined && known.names.type === 'sandbox') return false
    if (known.podUid !== '' || known.oci?.kubernetes === true) return true
    return known.oci?.kubernetes === undefined && isHexContainerId(containerId)
  }

  /** Completes a container from what the kubelet has listed, and tells if that says more. */
  #update(containerId: string): void {
    const known = this.#containers.peek(containerId)
    if (known === undefined) return
    const listed = this.#listedContainers.peek(containerId)
    if (listed !== undefined) {
      known.container = overlay(known.container ?? listed.container, listed.container)
      if (known.podUid === '') known.podUid = listed.pod.uids[0] ?? ''
    }
    const pod = listed?.pod.names ?? this.#listedPods.peek(known.podUid)
    if (pod !== undefined) known.pod = overlay(known.pod ?? pod, pod)
    this.#improve(containerId, known)
  }

  #improve(containerId: string, known: Known): void {
    if (!this.#isWanted(containerId, known)) this.#wanted.delete(containerId)
    const names = composeNames(containerId, known)
    if (isDeepStrictEqual(names, known.names)) return
    known.names = names
    this.counts.named += 1
    this.#emit(containerId, known, 'named', known.bootNs)
  }

  #retryOci(containerId: string, attempt: number): void {
    const delayMs = ociRetryDelaysMs[attempt]
    if (delayMs === undefined || this.#retries.size >= retriesMax) return
    const cancel = this.#schedule(delayMs, () => {
      this.#retries.delete(cancel)
      const known = this.#containers.peek(containerId)
      if (known === undefined || known.oci !== undefined) return
      known.oci = this.#options.readOci(containerId)
      if (known.oci === undefined) return this.#retryOci(containerId, attempt + 1)
      if (known.podUid === '') known.podUid = known.oci.podUid
      this.#improve(containerId, known)
    })
    this.#retries.add(cancel)
  }
}
