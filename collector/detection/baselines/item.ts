/** What of an event is held against a baseline. Pure; called by baselines.ts. */
import { isIPv4, isIPv6 } from 'node:net'
import type {
  ProcessInfo,
  TimelineConnection,
  TimelineDns,
  TimelineEvent,
  TimelineExec,
} from '#proto/api.ts'
import type { ItemKind, ItemScope } from '#proto/baseline.ts'
import type { KnownProcess } from '../processes.ts'
import { multiCall, type ProcessFacts, SeenProcess } from '../seen-process.ts'
import { isExternal, isOutbound } from '../statistics/subject.ts'
import { exactArguments, shapeOf } from './shape.ts'

/** Something that an event shows, before it is known whether it is normal. */
export interface Seen {
  readonly kind: ItemKind
  readonly scope: ItemScope
  readonly value: string
  readonly args: string
}

/** Which texts of items are cut. */
const maxValue = 512

/** In the place of a parent: the container's first process, and what came in by an exec. */
export const noParent = '(start)'

export const keyOf = ({ kind, scope, value, args }: Seen): string =>
  `${kind}\0${scope}\0${value}\0${args}`

const seen = (kind: ItemKind, value: string, scope: ItemScope = 'main', args = ''): Seen => ({
  kind,
  scope,
  value: value.slice(0, maxValue),
  args,
})

/** The path of what runs; of a file that is many programs also which of them: `/bin/busybox wget`. */
export const executableOf = (one: ProcessFacts): string => {
  const { exe } = one
  if (!multiCall.has(exe.slice(exe.lastIndexOf('/') + 1))) return exe
  return `${exe} ${new SeenProcess(one).program}`
}

/** The name of the program at the end of what executableOf or a pair says. */
export const programIn = (value: string): string => /[^/ ]*$/.exec(value)?.[0] ?? ''

/** The parent and the child of a pair, as a person reads it. */
export const pairOf = (parent: string, child: string): string => `${parent} → ${child}`

const execItems = (
  { process: one }: TimelineExec,
  line: readonly KnownProcess[],
): readonly Seen[] => {
  if (one.runtime === true) return []
  const argv = one.argv ?? []
  const executable = executableOf(one)
  // Whoever comes in from outside is known by exactly what it runs: a probe's command is no leave for another.
  if (one.entry === 'exec') return [seen('exec', executable, 'exec', exactArguments(argv))]
  const scope: ItemScope = line.some(({ entry }) => entry === 'exec') ? 'exec' : 'main'
  const exec = seen('exec', executable, scope, shapeOf(argv))
  const [parent] = line
  if (one.entry === 'init') return [exec, seen('pair', pairOf(noParent, executable), scope)]
  // An unknown parent is unknown, and not judged.
  if (parent === undefined) return [exec]
  return [exec, seen('pair', pairOf(executableOf(parent), executable), scope)]
}

const octets = (address: string, kept: number): string =>
  `${address.split('.').slice(0, kept).join('.')}${'.0'.repeat(4 - kept)}/${kept * 8}`

const groups = (address: string): string => {
  const [head = ''] = address.split('::')
  const first = [...head.split(':'), '0', '0', '0'].slice(0, 3).map((one) => one || '0')
  return `${first.join(':')}::/48`
}

/** `shard12.example.com` is one peer with `shard3.example.com`. */
const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/\b(?=[a-f]{0,64}\d)[0-9a-f]{8,64}\b/g, '<hex>')
    .replace(/\d+/g, '<n>')

/**
 * Whom a connection goes to. By the name it was looked up by; without one, what is in the cluster is known by its port alone
 * (addresses of pods are anybody's tomorrow), and what is outside by its network.
 */
export const peerValue = (event: TimelineConnection): string | undefined => {
  const { peer, transport } = event
  if (peer === undefined || peer.kind === 'loopback' || peer.kind === 'dns') return undefined
  const port = `:${peer.port}/${transport}`
  if (peer.kind === 'metadata' || peer.kind === 'api-server') return peer.kind
  if (peer.name !== '') return plainName(peer.name) + port
  if (!isExternal(event)) return `(private)${port}`
  if (isIPv4(peer.address)) return octets(peer.address, 3) + port
  return isIPv6(peer.address) ? groups(peer.address) + port : undefined
}

/** Ports that a kernel gives to whoever asks for none (ip_local_port_range's default). */
const firstEphemeral = 32_768

const connectionItems = (event: TimelineConnection): readonly Seen[] => {
  if (event.kind === 'listen') {
    const { port } = event.local
    const shown = port >= firstEphemeral ? '(ephemeral)' : String(port)
    return [seen('port', `${event.transport}/${shown}`)]
  }
  if (event.kind !== 'connect' || !isOutbound(event)) return []
  const value = peerValue(event)
  return value === undefined ? [] : [seen('peer', value)]
}

/** What a resolver tries under search domains has no answer; what has one was meant. */
const domainItems = ({ name, rcode, answers }: TimelineDns): readonly Seen[] =>
  rcode === 'NOERROR' && answers.length > 0 && name !== '' ? [seen('domain', plainName(name))] : []

/** `line` are the ancestors of an execution, the nearest first. */
export const itemsOf = (event: TimelineEvent, line: readonly KnownProcess[]): readonly Seen[] => {
  switch (event.kind) {
    case 'exec':
      return execItems(event, line)
    case 'connect':
    case 'listen':
      return connectionItems(event)
    case 'dns':
      return domainItems(event)
    default:
      return []
  }
}

/** The first process of a container, seen as it began. */
export const isBeginning = (one: ProcessInfo): boolean =>
  one.entry === 'init' && one.snapshot !== true
