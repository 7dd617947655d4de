/**
 * What a rule sees of an event: the event, the process that did it with its ancestry, the container, pod and workload, and the
 * peer, as fields.ts declares them.
 *
 * An activity is made for every event, and most events evaluate nothing: so each part is made when it is asked for.
 */
import type { TimelineEvent } from '#proto/api.ts'
import type { Names } from '../names.ts'
import {
  ContainerPart,
  connectionOf,
  dnsOf,
  EventPart,
  PodPart,
  WorkloadPart,
} from './activity-parts.ts'
import type { Activity } from './fields.ts'
import { type KnownProcess, maxAncestors, type ProcessView } from './processes.ts'
import { noProcess, SeenProcess } from './seen-process.ts'

/** What the event does not tell of its container. */
type ContainerFacts = Pick<Names, 'image' | 'serviceAccountToken'>

/** See activityOf. */
class SeenActivity implements Activity {
  readonly event: Activity['event']
  readonly process: SeenProcess
  readonly #told: TimelineEvent
  readonly #memory: ProcessView
  readonly #names: ContainerFacts
  #parent: SeenProcess | undefined
  #ancestors: readonly SeenProcess[] | undefined
  #container: Activity['container'] | undefined
  #pod: Activity['pod'] | undefined
  #workload: Activity['workload'] | undefined
  #connection: Activity['connection'] | undefined
  #dns: Activity['dns'] | undefined

  constructor(told: TimelineEvent, memory: ProcessView, names: ContainerFacts, late: boolean) {
    this.#told = told
    this.#memory = memory
    this.#names = names
    this.event = new EventPart({ kind: told.kind, late })
    const own = 'process' in told ? told.process : null
    // An execution tells all of its process; other events name it, and the memory knows it by its execution.
    const remember = told.kind === 'exec' ? undefined : () => this.#known()
    this.process = own === null ? noProcess : new SeenProcess(own, remember)
  }

  get parent(): SeenProcess {
    this.#parent ??= this.#ancestors?.[0] ?? this.#line(1)[0] ?? noProcess
    return this.#parent
  }

  get ancestors(): readonly SeenProcess[] {
    this.#ancestors ??= this.#line(maxAncestors)
    return this.#ancestors
  }

  get container(): Activity['container'] {
    if (this.#container === undefined) {
      const { containerId: id, container: name } = this.#told
      const { image, serviceAccountToken } = this.#names
      this.#container = new ContainerPart({ id, name, image, serviceAccountToken })
    }
    return this.#container
  }

  get pod(): Activity['pod'] {
    const { pod: name, namespace } = this.#told
    this.#pod ??= new PodPart({ name, namespace })
    return this.#pod
  }

  get workload(): Activity['workload'] {
    const { workload: name, workloadType: type, namespace } = this.#told
    this.#workload ??= new WorkloadPart({ name, type, namespace })
    return this.#workload
  }

  get connection(): Activity['connection'] {
    this.#connection ??= connectionOf(this.#told)
    return this.#connection
  }

  get dns(): Activity['dns'] {
    this.#dns ??= dnsOf(this.#told)
    return this.#dns
  }

  /** What the memory has of the process, by its execution. */
  #known(): KnownProcess | undefined {
    const told = this.#told
    const own = 'process' in told ? told.process : null
    return own === null ? undefined : this.#memory.get(told.node, own.id)
  }

  #line(most: number): readonly SeenProcess[] {
    const told = this.#told
    const own = 'process' in told ? told.process : null
    if (own === null) return []
    const known = told.kind === 'exec' ? own : (this.#known() ?? own)
    return this.#memory
      .ancestors(told.node, known, told.containerId, most)
      .map((one) => new SeenProcess(one))
  }
}

/**
 * Everything of an event that a rule may ask for. `memory` must have learnt of the event's own execution, and must not learn of
 * another while the activity is in use.
 */
export const activityOf = (
  event: TimelineEvent,
  memory: ProcessView,
  names: ContainerFacts,
  late: boolean,
): Activity => new SeenActivity(event, memory, names, late)
