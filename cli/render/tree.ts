/**
 * From a flat list of events to what a person reads: per container, processes under the process that started them, and
 * everything else at its time. Pure; the input is in time order.
 */
import type {
  ProcessInfo,
  TimelineConnection,
  TimelineEvent,
  TimelineExec,
  TimelineExit,
} from '#proto/api.ts'
import { hostContainerId } from '#proto/event.ts'
import { ConnectionTies } from './connection-ties.ts'

/** One process of one container: its programs one after the other, its end, and what hangs below it. */
export interface ProcessNode {
  readonly kind: 'process'
  /** Unique among all groups. */
  readonly key: string
  /** Time of its first event here. */
  readonly time: string
  /** As that event tells of it: no more than pid and executable where it is something that the process did. */
  readonly process: ProcessInfo
  readonly execs: TimelineExec[]
  exit: TimelineExit | undefined
  readonly children: TreeNode[]
}

/** One connection, at the time of its first event here: opening, bytes told while it went on, end, or some of these. */
export interface ConnectionNode {
  readonly kind: 'connection'
  readonly time: string
  readonly events: TimelineConnection[]
}

/** Anything else that is no process, at its time. */
export interface EventNode {
  readonly kind: 'event'
  readonly time: string
  readonly event: Exclude<TimelineEvent, TimelineExec | TimelineExit>
}

export type TreeNode = ProcessNode | ConnectionNode | EventNode

export interface ContainerGroup {
  /** An event of the container with the fullest names, for the heading. */
  names: TimelineEvent
  readonly roots: TreeNode[]
}

const groupKey = ({ node, containerId }: TimelineEvent): string => `${node}\0${containerId}`

/** Processes are told apart within their container: a parent outside it is not shown above its child. */
const processKey = (event: TimelineEvent, id: string): string => `${groupKey(event)}\0${id}`

const nameScore = (event: TimelineEvent): number =>
  [event.namespace, event.pod, event.container, event.workload].filter(Boolean).length

/** An item of a group that still has to find its place. */
interface Loose {
  readonly group: ContainerGroup
  readonly node: TreeNode
}

/**
 * Takes the parent from one process of every cycle: ids come from outside and may lie, and a process that is its own
 * ancestor would be shown nowhere. Each process is walked over once.
 */
const cutCycles = (parents: Map<string, string>): void => {
  const settled = new Set<string>()
  for (const key of [...parents.keys()]) {
    const path = new Set<string>()
    let last = key
    let at: string | undefined = key
    while (at !== undefined && !settled.has(at) && !path.has(at)) {
      path.add(at)
      last = at
      at = parents.get(at)
    }
    if (at !== undefined && path.has(at)) parents.delete(last)
    for (const one of path) settled.add(one)
  }
}

/** A hole in a whole node's record stands among the events of its container, where only one is shown. */
const onlyContainerOf = (
  node: string,
  groups: ReadonlyMap<string, ContainerGroup>,
): ContainerGroup | undefined => {
  const found = [...groups.values()].filter(
    ({ names }) => names.node === node && names.containerId !== '',
  )
  return found.length === 1 ? found[0] : undefined
}

/** The process that an event says did it. */
const doerOf = (event: TimelineEvent): ProcessInfo | null =>
  'process' in event ? event.process : null

/** Key of the process below which it stands. */
const ownerKey = (node: TreeNode, parents: ReadonlyMap<string, string>): string | undefined => {
  if (node.kind === 'process') return parents.get(node.key)
  // Who accepted is known only when it closes the socket; until then an accepted connection is its listener's.
  const events = node.kind === 'connection' ? node.events : [node.event]
  const last = events.findLast((event) => doerOf(event) !== null)
  return last && processKey(last, doerOf(last)?.id ?? '')
}

/** False for a process of which nothing is here: a listener, all of whose connections stand with its workers. */
const isShown = (node: TreeNode): boolean =>
  node.kind !== 'process' || node.execs.length > 0 || !!node.exit || node.children.length > 0

const isConnection = (event: TimelineEvent): event is TimelineConnection =>
  event.kind === 'connect' || event.kind === 'accept' || event.kind === 'close'

/** Groups in the order of their first event; within each, siblings in the order of their first event. */
export const buildTree = (events: readonly TimelineEvent[]): readonly ContainerGroup[] => {
  const groups = new Map<string, ContainerGroup>()
  const processes = new Map<string, ProcessNode>()
  const parents = new Map<string, string>()
  const ties = new ConnectionTies<ConnectionNode>()
  const loose: Loose[] = []
  for (const event of events) {
    const { time } = event
    const container = groupKey(event)
    const group = groups.get(container) ?? { names: event, roots: [] }
    groups.set(container, group)
    if (nameScore(event) > nameScore(group.names)) group.names = event

    const process = doerOf(event)
    const key = process ? processKey(event, process.id) : ''
    let doer = processes.get(key)
    if (process && !doer) {
      const nothing = { execs: [], exit: undefined, children: [] }
      doer = { kind: 'process', key, time, process, ...nothing }
      processes.set(key, doer)
      loose.push({ group, node: doer })
    }
    // Only its exec and its exit tell the parent.
    const parentId = process?.parentId ?? null
    if (parentId !== null && !parents.has(key)) parents.set(key, processKey(event, parentId))

    if (event.kind === 'exec') doer?.execs.push(event)
    else if (event.kind === 'exit') {
      if (doer) doer.exit ??= event
    } else if (isConnection(event)) {
      const known = ties.goingOn(event)
      const node = known ?? { kind: 'connection', time, events: [] }
      node.events.push(event)
      ties.note(event, node)
      if (!known) loose.push({ group, node })
    } else loose.push({ group, node: { kind: 'event', time, event } })
  }
  // Only now is every process known: one that forked without an exec shows itself at its end, after its children.
  cutCycles(parents)
  for (const { group, node } of loose) {
    const owner = ownerKey(node, parents)
    const isOfNode = group.names.containerId === ''
    const place = isOfNode ? onlyContainerOf(group.names.node, groups) : undefined
    const parent = owner === undefined ? undefined : processes.get(owner)
    const siblings = parent?.children ?? (place ?? group).roots
    siblings.push(node)
  }
  return [...groups.values()]
    .map(({ names, roots }) => ({ names, roots: roots.filter(isShown) }))
    .filter(({ roots }) => roots.length > 0)
}

/** True for the pseudo-container of processes outside containers. */
export const isHost = (group: ContainerGroup): boolean =>
  group.names.containerId === hostContainerId
