/**
 * From a flat list of events to what a person reads: per container, processes under the process that started them, and
 * everything else at its time. Pure; the input is in time order.
 */
import type { TimelineEvent, TimelineExec, TimelineExit } from '#proto/api.ts'
import { hostContainerId } from '#proto/event.ts'

/** One process of one container: its programs one after the other, its end, and what hangs below it. */
export interface ProcessNode {
  readonly kind: 'process'
  /** Time of its first event here. */
  readonly time: string
  readonly execs: TimelineExec[]
  exit: TimelineExit | undefined
  readonly children: TreeNode[]
}

/** Anything that is no process, at its time. */
export interface EventNode {
  readonly kind: 'event'
  readonly time: string
  readonly event: Exclude<TimelineEvent, TimelineExec | TimelineExit>
}

export type TreeNode = ProcessNode | EventNode

export interface ContainerGroup {
  /** An event of the container with the fullest names, for the heading. */
  names: TimelineEvent
  readonly roots: TreeNode[]
}

const groupKey = ({ node, containerId }: TimelineEvent): string => `${node}\0${containerId}`

const nameScore = (event: TimelineEvent): number =>
  [event.namespace, event.pod, event.container, event.workload].filter(Boolean).length

/** An item of a group that still has to find its place. */
interface Loose {
  readonly group: ContainerGroup
  readonly node: TreeNode
  /** Its key, if it is a process. */
  readonly key?: string
  /** Key of the process it belongs to, if it is something that a process did. */
  readonly owner?: string
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

/** Groups in the order of their first event; within each, siblings in the order of their first event. */
export const buildTree = (events: readonly TimelineEvent[]): readonly ContainerGroup[] => {
  const groups = new Map<string, ContainerGroup>()
  const processes = new Map<string, ProcessNode>()
  const parents = new Map<string, string>()
  const loose: Loose[] = []
  for (const event of events) {
    const container = groupKey(event)
    const group = groups.get(container) ?? { names: event, roots: [] }
    groups.set(container, group)
    if (nameScore(event) > nameScore(group.names)) group.names = event
    const keyOf = (id: string): string => `${container}\0${id}`
    if (event.kind !== 'exec' && event.kind !== 'exit') {
      const owner = 'process' in event ? event.process?.id : undefined
      const node: EventNode = { kind: 'event', time: event.time, event }
      loose.push({ group, node, ...(owner !== undefined && { owner: keyOf(owner) }) })
      continue
    }
    const key = keyOf(event.process.id)
    let node = processes.get(key)
    if (!node) {
      node = { kind: 'process', time: event.time, execs: [], exit: undefined, children: [] }
      processes.set(key, node)
      const { parentId } = event.process
      if (parentId !== null) parents.set(key, keyOf(parentId))
      loose.push({ group, node, key })
    }
    if (event.kind === 'exec') node.execs.push(event)
    else node.exit ??= event
  }
  // Only now is every process known: one that forked without an exec shows itself at its end, after its children.
  cutCycles(parents)
  for (const { group, node, key, owner } of loose) {
    const above = key === undefined ? owner : parents.get(key)
    const isOfNode = group.names.containerId === ''
    const place = isOfNode ? onlyContainerOf(group.names.node, groups) : undefined
    const process = above === undefined ? undefined : processes.get(above)
    const siblings = process?.children ?? (place ?? group).roots
    siblings.push(node)
  }
  return [...groups.values()].filter(({ roots }) => roots.length > 0)
}

/** True for the pseudo-container of processes outside containers. */
export const isHost = (group: ContainerGroup): boolean =>
  group.names.containerId === hostContainerId
