/**
 * What a rule sees of an event: the event, the process that did it with its ancestry, the container, pod and workload, and the
 * peer. The fields here are the contract with whoever writes rules: their names, types and meanings are declared once, in `fields`,
 * from which the type check, the documentation and the index are made.
 *
 * An activity is made for every event, and most events evaluate nothing: so each part is made when it is asked for.
 *
 * Whatever an event does not have is empty (`""`, 0, false, no list), so that conditions need no `has()`.
 */
import type { TimelineEvent } from '#proto/api.ts'
import type { Names } from '../names.ts'
import {
  ConnectionPart,
  ContainerPart,
  connectionOf,
  DnsPart,
  dnsOf,
  EventPart,
  noConnection,
  noContainer,
  noDns,
  PodPart,
  WorkloadPart,
} from './activity-parts.ts'
import { type KnownProcess, maxAncestors, type ProcessView } from './processes.ts'
import { capabilityMask, hostNamespaceNumbers, noProcess, SeenProcess } from './seen-process.ts'

/** A declared field: CEL's type, and what it means. */
export interface Field {
  readonly type: 'string' | 'int' | 'bool' | 'list<string>'
  readonly help: string
}

const text = (help: string) => ({ type: 'string', help }) as const
const list = (help: string) => ({ type: 'list<string>', help }) as const
const number = (help: string) => ({ type: 'int', help }) as const
const flag = (help: string) => ({ type: 'bool', help }) as const

const processFields = {
  exe: text('path of the executable that runs'),
  name: text('last part of that path'),
  program: text(
    'what it is by name: the applet where busybox or toybox runs, else `name` without the version of an interpreter or compiler (`python3.11` is python)',
  ),
  calledAs: text('the first argument: the name that it was started under'),
  args: list('arguments, after redaction'),
  command: text('arguments joined by spaces'),
  script: text('the script, where one was started through `#!`'),
  cwd: text('working directory'),
  tty: text('terminal, such as `pts/0`; empty for none'),
  uid: number('user id'),
  origin: text(
    'where the file comes from: image, copied-up, dropped, volume, memfd, host, unknown',
  ),
  entry: text('how it came into the container: init, exec (kubectl exec, a probe), child, unknown'),
  sockets: list('which of stdin, stdout, stderr are Internet sockets'),
  capabilities: list('effective capabilities, without CAP_'),
  hostNamespaces: list(
    'namespaces of its node that it is in, as far as their numbers tell: pid, ipc, uts, and mnt, net on kernels from 6.18',
  ),
  runtime: flag('a container runtime that sets the container up'),
} as const

/** By variable. `parent` is the nearest of `ancestors`, which CEL knows as list<Process>. */
export const fields = {
  event: {
    kind: text('exec, exit, connect, accept, close, listen, dns'),
    late: flag('it is evaluated long after it happened'),
  },
  process: processFields,
  parent: processFields,
  container: {
    id: text('container id; `host` outside containers'),
    name: text('name within the pod'),
    image: text('as the pod names it'),
    serviceAccountToken: flag('a ServiceAccount token is mounted into it, as the kubelet tells'),
  },
  pod: { name: text('name'), namespace: text('namespace') },
  workload: {
    name: text('the controller a person knows'),
    type: text('deployment, statefulset, daemonset, cronjob, job, pod, staticpod…'),
    namespace: text('namespace'),
  },
  connection: {
    transport: text('tcp or udp'),
    outcome: text(
      'of a connect: established, refused, reset, timeout, unreachable, aborted, unknown',
    ),
    address: text('of the peer'),
    port: number('that is served: the peer’s where outbound, the own where inbound or listening'),
    name: text('that the peer was looked up by'),
    kind: text('loopback, dns, metadata, api-server; else external or private by the address'),
  },
  dns: {
    name: text('asked for, in lower case, without the final dot'),
    type: text('A, AAAA, TXT…'),
    rcode: text('NOERROR, NXDOMAIN…; empty when unanswered'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>

type ValueOf<F extends Field> = F['type'] extends 'string'
  ? string
  : F['type'] extends 'int'
    ? bigint
    : F['type'] extends 'bool'
      ? boolean
      : readonly string[]

type Values<T extends Readonly<Record<string, Field>>> = { readonly [K in keyof T]: ValueOf<T[K]> }

export type ActivityProcess = Values<typeof processFields>

export type Activity = { readonly [V in keyof typeof fields]: Values<(typeof fields)[V]> } & {
  readonly ancestors: readonly ActivityProcess[]
}

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

/** An example as rule files write it: a part of an activity, with numbers as numbers. */
export type ExampleActivity = Readonly<Record<string, unknown>>

type Given = Readonly<Record<string, unknown>>

/** @throws Error for what is no number. */
const wholeNumber = (name: string, value: unknown): number => {
  const number = Number(value ?? 0)
  if (!Number.isInteger(number)) throw new Error(`${name}: write a whole number`)
  return number
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

const exampleProcess = (value: unknown): SeenProcess => {
  const given = (value ?? {}) as Given
  const exe = String(given.exe ?? '')
  return new SeenProcess({
    exe,
    argv: given.args === undefined && exe !== '' ? [exe] : texts(given.args),
    script: String(given.script ?? ''),
    cwd: String(given.cwd ?? ''),
    tty: String(given.tty ?? ''),
    uid: wholeNumber('uid', given.uid),
    entry: String(given.entry ?? 'unknown'),
    runtime: given.runtime === true,
    fileOrigin: String(given.origin ?? 'unknown'),
    capabilities: capabilityMask(texts(given.capabilities)),
    stdioSockets: texts(given.sockets),
    namespaces: hostNamespaceNumbers(texts(given.hostNamespaces)),
  })
}

/**
 * What is left out of an example is empty; names and joined arguments follow from what is given.
 * @throws Error for a number or a capability that is none.
 */
export const exampleActivity = (example: ExampleActivity): Activity => {
  const ancestors = ((example.ancestors as readonly unknown[] | undefined) ?? []).map(
    exampleProcess,
  )
  const parent =
    example.parent === undefined ? (ancestors[0] ?? noProcess) : exampleProcess(example.parent)
  const part = <V>(name: keyof typeof fields, none: V): V => ({
    ...none,
    ...(example[name] as Partial<V> | undefined),
  })
  const connection = part('connection', noConnection)
  const port = BigInt(wholeNumber('port', connection.port))
  return {
    event: new EventPart(part('event', { kind: 'exec', late: false })),
    process: exampleProcess(example.process),
    parent,
    ancestors: ancestors.length > 0 || parent === noProcess ? ancestors : [parent],
    container: new ContainerPart(part('container', { id: 'a'.repeat(64), ...noContainer })),
    pod: new PodPart(part('pod', { name: '', namespace: '' })),
    workload: new WorkloadPart(part('workload', { name: '', type: '', namespace: '' })),
    connection: new ConnectionPart({ ...connection, port }),
    dns: new DnsPart(part('dns', noDns)),
  }
}
