/**
 * Names of containers for what happens now: the live tail and the metrics cannot wait for the store's join. Filled
 * from the `container` events that pass and, at start, from the store; bounded, least recently used go first.
 */
import { LRUCache } from 'lru-cache'
import type { ContainerInfo } from '#proto/api.ts'
import { type Event, isContainerId, isPodId, nameSources } from '#proto/event.ts'
import { containerKey } from './store/container-key.ts'
import { type CorrectedNames, shownNameSources } from './store/corrected-names.ts'
import type { Store } from './store/store.ts'

/** Containers remembered: ten times what one collector's nodes run at once, about 20 MB. */
const maxContainers = 50_000

/** Containers asked from the store at start. */
const warmContainers = 10_000

export interface Names {
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  readonly pod: string
  readonly container: string
  /** As the pod names it; empty when unknown. */
  readonly image: string
  /** Its digest, as the runtime tells it; empty when unknown. */
  readonly imageId: string
  /** A ServiceAccount token is mounted into it, as the kubelet tells. */
  readonly serviceAccountToken: boolean
  /** Strength of the source, see shownNameSources; -1 when nothing is known. */
  readonly rank: number
}

const unnamed: Names = {
  namespace: '',
  workload: '',
  workloadType: '',
  pod: '',
  container: '',
  image: '',
  imageId: '',
  serviceAccountToken: false,
  rank: -1,
}

/** Of the pseudo-containers: what is outside containers, and what nobody can tell. */
const pseudoNames = (container: string): Names => ({
  ...unnamed,
  container,
  rank: shownNameSources.length,
})

export class NameCache {
  readonly #byContainer = new LRUCache<string, Names>({ max: maxContainers })

  get size(): number {
    return this.#byContainer.size
  }

  /** What is known now; every field empty for a container never heard of. */
  get(node: string, containerId: string): Names {
    const isPseudo = containerId !== '' && !isContainerId(containerId) && !isPodId(containerId)
    if (isPseudo) return pseudoNames(containerId)
    return this.#byContainer.get(containerKey(node, containerId)) ?? unnamed
  }

  /** Takes the names of a node's container events, unless a stronger source named the container before. */
  learnFrom(node: string, events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind === 'container') this.#set(node, event.containerId, event.nameSource, event)
    }
  }

  /** Takes what the cluster knows better than the agent. */
  correct(container: CorrectedNames): void {
    this.#set(container.node, container.containerId, 'cluster', container)
  }

  /** Takes what the store knows, and returns it, most recent containers first. */
  async warm(store: Store): Promise<readonly ContainerInfo[]> {
    const containers = await store.containers({ limit: warmContainers, newestFirst: true })
    for (const info of containers) this.#set(info.node, info.containerId, info.nameSource, info)
    return containers
  }

  #set(node: string, containerId: string, nameSource: string, names: Omit<Names, 'rank'>): void {
    const rank = shownNameSources.indexOf(nameSource)
    if (rank < this.get(node, containerId).rank) return
    const { namespace, workload, workloadType, pod, container, image, imageId } = names
    const { serviceAccountToken } = names
    this.#byContainer.set(containerKey(node, containerId), {
      namespace,
      workload,
      workloadType,
      pod,
      container,
      image,
      imageId,
      serviceAccountToken,
      rank,
    })
  }
}

const kubeletRank = nameSources.indexOf('kubelet')
const runtimeRank = nameSources.indexOf('oci')

/** A container that has not all its names yet, and may get them: plain containers, of no pod, have what their runtime says. */
export const mayBeNamed = ({ rank, pod }: Names, podUid: string): boolean =>
  rank < kubeletRank && (rank < runtimeRank || pod !== '' || podUid !== '')
