/**
 * What the collector knows of the cluster it runs in, with `--cluster-context`: whose pods are, who has which address, which nodes
 * there are, which NetworkPolicies hold, and what Kubernetes tells of pods. Made by main; docs/cluster.md.
 *
 * The API server may be away for as long as it likes: what is known stays known, its age is shown, nothing else waits for it.
 */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { ClusterStatus, ContainerInfo, NetworkPolicyInfo } from '#proto/api.ts'
import type { KubePlace } from '../kube/kube-place.ts'
import type { CorrectedNames } from '../store/corrected-names.ts'
import type { AgentChunk, ClusterStore, PodEventRecord } from '../store/store.ts'
import { AddressBook } from './address-book.ts'
import { Corrections } from './corrections.ts'
import type { Addressed, Kept, Owner } from './objects.ts'
import { type FindOwner, type OwnerKind, workloadOfPod } from './owners.ts'
import { PodEventWriter } from './pod-event-writer.ts'
import type { KeptEvent } from './pod-events.ts'
import { type Resource, type ResourceName, resources } from './resources.ts'
import { openStreams } from './watch-stream.ts'
import { Watched } from './watched.ts'

/** How often what was learnt is brought to the store. */
const flushMs = 1_000
/** Nodes named in an answer. */
const maxNamed = 100

export interface ClusterOptions {
  readonly place: KubePlace
  readonly store: ClusterStore
  readonly clock: Clock
  readonly log: Log
  readonly onCorrected: (container: CorrectedNames) => void
  readonly onPodEvents: (records: readonly PodEventRecord[]) => void
}

export interface ClusterCounts {
  readonly corrected: number
  readonly forgotten: number
  readonly podEventsStored: number
  readonly podEventsLeftOut: number
  readonly podEventsGivenUp: number
  readonly addressesGivenUp: number
}

export class Cluster {
  readonly #options: ClusterOptions
  readonly #streams: ReturnType<typeof openStreams>
  readonly #corrections: Corrections
  readonly #addresses: AddressBook
  readonly #podEvents: PodEventWriter
  readonly #owners: Readonly<Record<OwnerKind, Watched<Owner>>>
  readonly #nodes: Watched<Addressed>
  readonly #watched: Readonly<Record<ResourceName, Watched<never>>>
  readonly #policies
  #leftOut = 0
  #timer: NodeJS.Timeout | undefined
  #isFailing = false
  #flushing: Promise<void> | undefined

  constructor(options: ClusterOptions) {
    this.#options = options
    const { store, clock, place } = options
    this.#streams = openStreams(place)
    const find: FindOwner = (kind, namespace, name) => this.#owners[kind].get(namespace, name)
    this.#corrections = new Corrections({
      find,
      write: (containers) => store.correctNames(containers),
      onCorrected: options.onCorrected,
    })
    this.#addresses = new AddressBook({
      write: (lives) => store.writeAddressLives(lives),
      nowUs: () => clock.nowUs(),
    })
    this.#podEvents = new PodEventWriter({
      workloadOf: (namespace, pod) => workloadOfPod(find, namespace, pod),
      write: (records) => store.insertPodEvents(records),
      onStored: options.onPodEvents,
    })
    const owner = (kind: OwnerKind, name: ResourceName, resource: Resource<Owner>) =>
      this.#follow(name, resource, {
        onSet: ({ metadata }) =>
          this.#corrections.owner(kind, metadata.namespace ?? '', metadata.name),
      })
    this.#owners = {
      ReplicaSet: owner('ReplicaSet', 'replicasets', resources.replicasets),
      StatefulSet: owner('StatefulSet', 'statefulsets', resources.statefulsets),
      DaemonSet: owner('DaemonSet', 'daemonsets', resources.daemonsets),
      Job: owner('Job', 'jobs', resources.jobs),
    }
    const addressed = (
      kind: 'service' | 'node',
      name: ResourceName,
      resource: Resource<Addressed>,
    ) =>
      this.#follow(name, resource, {
        onSet: (object) => this.#addresses.set(kind, object),
        onDeleted: (object) => this.#addresses.deleted(kind, object),
        onListed: (objects) => this.#addresses.listed(kind, objects),
      })
    this.#nodes = addressed('node', 'nodes', resources.nodes)
    const services = addressed('service', 'services', resources.services)
    const events = this.#follow('events', resources.events, { onSet: (one) => this.#told(one) })
    this.#policies = this.#follow('networkpolicies', resources.networkpolicies, {})
    const { ReplicaSet, StatefulSet, DaemonSet, Job } = this.#owners
    this.#watched = {
      nodes: this.#nodes,
      services,
      events,
      networkpolicies: this.#policies,
      replicasets: ReplicaSet,
      statefulsets: StatefulSet,
      daemonsets: DaemonSet,
      jobs: Job,
    } as unknown as Readonly<Record<ResourceName, Watched<never>>>
  }

  /**
   * Begins to follow. `containers`: those that were named before, the latest first; their workloads are corrected too.
   * Rejects with StoreError when the store does not tell which addresses are known.
   */
  async start(containers: readonly ContainerInfo[]): Promise<void> {
    this.#addresses.warm(await this.#options.store.openAddressLives())
    for (const info of containers.toReversed()) {
      // What was corrected is right, or was until its controller went.
      if (info.nameSource !== 'cluster')
        this.#corrections.named({ ...info, timeUs: Date.parse(info.lastSeen) * 1_000 })
    }
    for (const watched of Object.values(this.#watched)) watched.start()
    this.#timer = setInterval(() => void this.flush(), flushMs)
    this.#timer.unref()
  }

  /** Takes the names that agents tell, once they are stored. */
  learnFrom({ node, events }: AgentChunk): void {
    for (const event of events)
      if (event.kind === 'container') this.#corrections.named({ ...event, node })
  }

  /** Brings to the store what was learnt; never rejects, as it is tried again. */
  flush(): Promise<void> {
    this.#flushing ??= this.#flushAll().finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #flushAll(): Promise<void> {
    const areOwnersKnown = Object.values(this.#owners).every(({ state }) => state !== 'starting')
    const results = await Promise.allSettled([
      this.#corrections.flush(),
      this.#addresses.flush(),
      areOwnersKnown ? this.#podEvents.flush() : undefined,
    ])
    const failed = results.find(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected' && !this.#isFailing) {
      const error = (failed.reason as Error).message
      const message = 'cluster: the store does not take what the cluster tells; trying again'
      this.#options.log.warn({ error }, message)
    }
    this.#isFailing = failed !== undefined
  }

  /** What is followed and how well; which nodes have no agent among these. */
  status(watchedNodes: ReadonlySet<string>): ClusterStatus {
    const nodes = this.#nodes.objects.map(({ metadata }) => metadata.name)
    const unwatched = nodes.filter((name) => !watchedNodes.has(name)).sort()
    return {
      nodes: nodes.length,
      nodesWithoutAgent: unwatched.slice(0, maxNamed),
      nodesWithoutAgentCount: unwatched.length,
      watches: Object.entries(this.#watched).map(([resource, watched]) => ({
        resource,
        state: watched.state,
        detail: watched.detail,
        objects: watched.size,
        ageSeconds: watched.ageSeconds ?? null,
      })),
    }
  }

  /** As they are now. */
  policies(namespace: string | undefined): readonly NetworkPolicyInfo[] {
    return this.#policies.objects
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .map(({ metadata, podSelector, restricts, ingressRules, egressRules }) => ({
        namespace: metadata.namespace ?? '',
        name: metadata.name,
        podSelector,
        restricts,
        ingressRules,
        egressRules,
      }))
  }

  watched(name: ResourceName): Watched<Kept> {
    return this.#watched[name] as unknown as Watched<Kept>
  }

  get counts(): ClusterCounts {
    return {
      corrected: this.#corrections.corrected,
      forgotten: this.#corrections.forgotten,
      podEventsStored: this.#podEvents.stored,
      podEventsLeftOut: this.#leftOut,
      podEventsGivenUp: this.#podEvents.givenUp,
      addressesGivenUp: this.#addresses.givenUp,
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    for (const watched of Object.values(this.#watched)) watched.close()
    this.#streams.close()
    // What runs may have begun before the last change.
    await this.#flushing
    await this.flush()
  }

  #follow<T extends Kept>(
    name: ResourceName,
    resource: Resource<T>,
    handlers: {
      readonly onSet?: (object: T) => void
      readonly onDeleted?: (object: T) => void
      readonly onListed?: (objects: readonly T[]) => void
    },
  ): Watched<T> {
    const { clock, log } = this.#options
    return new Watched({ name, resource, streams: this.#streams, clock, log, ...handlers })
  }

  #told(event: KeptEvent): void {
    const { record } = event
    if (record === undefined) this.#leftOut += 1
    else this.#podEvents.add(record)
  }
}
