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
  /** Key of the process it belongs under; undefined for what stands by itself. */
  readonly above: string | undefined
}

/** True when following parents from `above` leads to `key`: ids come from outside and may lie. */
const closesCycle = (key: string, above: string, parents: ReadonlyMap<string, string>): boolean => {
  for (let at: string | undefined = above; at !== undefined; at = parents.get(at)) {
    if (at === key) return true
  }
  return false
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
      loose.push({ group, node, above: owner === undefined ? undefined : keyOf(owner) })
      continue
    }
    const key = keyOf(event.process.id)
    let node = processes.get(key)
    if (!node) {
      node = { kind: 'process', time: event.time, execs: [], exit: undefined, children: [] }
      processes.set(key, node)
      const { parentId } = event.process
      const above = parentId === null ? undefined : keyOf(parentId)
      const isSound = above !== undefined && !closesCycle(key, above, parents)
      if (isSound) parents.set(key, above)
      loose.push({ group, node, above: isSound ? above : undefined })
    }
    if (event.kind === 'exec') node.execs.push(event)
    else node.exit ??= event
  }
  // Only now is every process known: one that forked without an exec shows itself at its end, after its children.
  for (const { group, node, above } of loose) {
    const place = above === undefined ? undefined : processes.get(above)?.children
    ;(place ?? group.roots).push(node)
  }
  return [...groups.values()]
}

/** True for the pseudo-container of processes outside containers. */
export const isHost = (group: ContainerGroup): boolean =>
  group.names.containerId === hostContainerId
