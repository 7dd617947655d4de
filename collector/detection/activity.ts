/**
 * What a rule sees of an event: the event, the process that did it with its ancestry, the container, pod and workload, and the
 * peer. The fields here are the contract with whoever writes rules: their names, types and meanings are declared once, in `fields`,
 * from which the type check, the documentation and the index are made.
 *
 * Whatever an event does not have is empty (`""`, 0, false, no list), so that conditions need no `has()`.
 */
import type { ProcessInfo, TimelineEvent } from '#proto/api.ts'
import type { Names } from '../names.ts'
import type { KnownProcess, ProcessMemory } from './processes.ts'

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

/** Arguments are looked at as far as this, characters: a condition's cost is bounded by what it sees. */
const maxCommand = 4_096
const maxArgs = 64
const maxText = 1_024

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Bits of capabilities(7), in order. */
const capabilityNames: readonly string[] =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  )

/** `0xa80425fb` as names; none for what is no mask. */
export const capabilitiesOf = (mask: string): readonly string[] => {
  if (!/^0x[0-9a-f]{1,16}$/.test(mask)) return []
  const bits = BigInt(mask)
  return capabilityNames.filter((_, bit) => (bits >> BigInt(bit)) & 1n)
}

export const noProcess: ActivityProcess = {
  exe: '',
  name: '',
  args: [],
  command: '',
  script: '',
  cwd: '',
  tty: '',
  uid: 0n,
  origin: 'unknown',
  entry: 'unknown',
  sockets: [],
  capabilities: [],
  runtime: false,
}

type Described = Pick<
  KnownProcess,
  | 'exe'
  | 'script'
  | 'cwd'
  | 'tty'
  | 'uid'
  | 'entry'
  | 'argv'
  | 'stdioSockets'
  | 'fileOrigin'
  | 'capabilities'
  | 'runtime'
>

const describe = (one: Described): ActivityProcess => {
  const args = one.argv.slice(0, maxArgs).map((argument) => argument.slice(0, maxText))
  return {
    exe: one.exe.slice(0, maxText),
    name: nameOf(one.exe).slice(0, maxText),
    args,
    command: args.join(' ').slice(0, maxCommand),
    script: (one.script ?? '').slice(0, maxText),
    cwd: (one.cwd ?? '').slice(0, maxText),
    tty: one.tty ?? '',
    uid: BigInt(one.uid ?? 0),
    origin: one.fileOrigin,
    entry: one.entry ?? 'unknown',
    sockets: one.stdioSockets,
    capabilities: capabilitiesOf(one.capabilities),
    runtime: one.runtime,
  }
}

/** Of an exec's own process, which the memory has by now with the beginning of its arguments only. */
const described = (one: ProcessInfo, known: KnownProcess | undefined): ActivityProcess =>
  describe({
    exe: one.exe,
    script: one.script ?? known?.script ?? '',
    cwd: one.cwd ?? known?.cwd ?? '',
    tty: one.tty ?? known?.tty ?? '',
    uid: one.uid ?? known?.uid ?? null,
    entry: one.entry ?? known?.entry ?? 'unknown',
    argv: one.argv ?? known?.argv ?? [],
    stdioSockets: one.stdioSockets ?? known?.stdioSockets ?? [],
    fileOrigin: one.fileOrigin ?? known?.fileOrigin ?? 'unknown',
    capabilities: one.capabilities ?? known?.capabilities ?? '',
    runtime: one.runtime ?? known?.runtime ?? false,
  })

const noConnection = {
  transport: '',
  outcome: '',
  address: '',
  port: 0n,
  name: '',
  kind: '',
} as const

const isInbound = (event: TimelineEvent): boolean =>
  event.kind === 'accept' || (event.kind === 'close' && event.direction === 'inbound')

const connectionOf = (event: TimelineEvent): Activity['connection'] => {
  switch (event.kind) {
    case 'connect':
    case 'accept':
    case 'close': {
      const { peer, local, transport } = event
      return {
        transport,
        outcome: event.outcome ?? '',
        address: peer?.address ?? '',
        port: BigInt(isInbound(event) ? local.port : (peer?.port ?? 0)),
        name: (peer?.name ?? '').slice(0, maxText),
        kind: peer?.kind ?? '',
      }
    }
    case 'listen':
      return {
        ...noConnection,
        transport: event.transport,
        address: event.local.address,
        port: BigInt(event.local.port),
      }
    default:
      return noConnection
  }
}

const dnsOf = (event: TimelineEvent): Activity['dns'] =>
  event.kind === 'dns'
    ? {
        name: event.name.toLowerCase().replace(/\.$/, '').slice(0, maxText),
        type: event.type,
        rcode: event.rcode,
      }
    : { name: '', type: '', rcode: '' }

/** Everything of an event that a rule may ask for. `memory` must have learnt of the event's own execution. */
export const activityOf = (
  event: TimelineEvent,
  memory: ProcessMemory,
  names: Pick<Names, 'image'>,
  late: boolean,
): Activity => {
  const own = 'process' in event ? event.process : null
  const known = own === null ? undefined : memory.get(event.node, own.id)
  const line = own === null ? [] : memory.ancestors(event.node, known ?? own, event.containerId)
  const ancestors = line.map(describe)
  return {
    event: { kind: event.kind, late },
    process: own === null ? noProcess : described(own, known),
    parent: ancestors[0] ?? noProcess,
    ancestors,
    container: { id: event.containerId, name: event.container, image: names.image },
    pod: { name: event.pod, namespace: event.namespace },
    workload: { name: event.workload, type: event.workloadType, namespace: event.namespace },
    connection: connectionOf(event),
    dns: dnsOf(event),
  }
}

const noActivity: Activity = {
  event: { kind: 'exec', late: false },
  process: noProcess,
  parent: noProcess,
  ancestors: [],
  container: { id: 'a'.repeat(64), name: '', image: '' },
  pod: { name: '', namespace: '' },
  workload: { name: '', type: '', namespace: '' },
  connection: noConnection,
  dns: { name: '', type: '', rcode: '' },
}

/** An example as rule files write it: a part of an activity, with numbers as numbers. */
export type ExampleActivity = Readonly<Record<string, unknown>>

const exampleProcess = (value: unknown): ActivityProcess => {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>
  const exe = String(given.exe ?? '')
  const args = (given.args as readonly string[] | undefined) ?? (exe === '' ? [] : [exe])
  return {
    ...noProcess,
    ...given,
    exe,
    name: nameOf(exe),
    args,
    command: args.join(' '),
    uid: BigInt(Number(given.uid ?? 0)),
  } as ActivityProcess
}

/** What is left out of an example is empty; names and joined arguments follow from what is given. */
export const exampleActivity = (example: ExampleActivity): Activity => {
  const ancestors = ((example.ancestors as readonly unknown[] | undefined) ?? []).map(
    exampleProcess,
  )
  const parent =
    example.parent === undefined ? (ancestors[0] ?? noProcess) : exampleProcess(example.parent)
  const connection = (example.connection ?? {}) as Readonly<Record<string, unknown>>
  const part = <K extends 'event' | 'container' | 'pod' | 'workload' | 'dns'>(name: K) => ({
    ...noActivity[name],
    ...((example[name] ?? {}) as Partial<Activity[K]>),
  })
  return {
    event: part('event'),
    process: exampleProcess(example.process),
    parent,
    ancestors: ancestors.length > 0 || parent === noProcess ? ancestors : [parent],
    container: part('container'),
    pod: part('pod'),
    workload: part('workload'),
    dns: part('dns'),
    connection: {
      ...noConnection,
      ...connection,
      port: BigInt(Number(connection.port ?? 0)),
    } as Activity['connection'],
  }
}
