/** The `timeline` table: coverage first, then per container a process tree over time, one line per process and per connection. */
import type { TimelineAnswer, TimelineExec } from '#proto/api.ts'
import { describeConnection } from './connection-text.ts'
import { coverageLines } from './coverage.ts'
import {
  commandLine,
  describeEvent,
  execFlags,
  exitStatus,
  flagText,
  isBadExit,
} from './event-parts.ts'
import type { Paint } from './paint.ts'
import { clip, escapeText, formatLifetime, textWidth, timeOfDay } from './text.ts'
import {
  buildTree,
  type ConnectionNode,
  type ContainerGroup,
  type EventNode,
  isHost,
  type ProcessNode,
  type TreeNode,
} from './tree.ts'

export interface TableStyle {
  readonly paint: Paint
  /** Cells per line; lines are not cut at Infinity. */
  readonly width: number
}

/** Deeper levels are shown at this depth with their number, so that a fork chain cannot push the text away. */
const maxDepth = 16

/** Room a text keeps when flags and text together are too long. */
const minTextCells = 40

const heading = (group: ContainerGroup): string => {
  const { names } = group
  if (isHost(group)) return `host ${escapeText(names.node)}`
  if (names.containerId === '') return `node ${escapeText(names.node)}`
  const path = [names.namespace, names.pod, names.container].filter((name) => name !== '')
  const workload = names.workload
    ? ` (${[names.workloadType, names.workload].filter(Boolean).join(' ')})`
    : ''
  const title = path.length > 0 ? `${path.join('/')}${workload}` : 'container'
  return escapeText(`${title}  ${names.containerId.slice(0, 12)} on ${names.node}`)
}

interface Row {
  readonly time: string
  readonly life?: string
  readonly exit?: string
  readonly exitIsBad?: boolean
  readonly pid?: string
  readonly text: string
  readonly textIsBad?: boolean
  readonly flags: readonly string[]
}

/** Widths of the columns before the tree; their sum with separators is what the tree line loses. */
const cells = { time: 12, life: 7, exit: 7, pid: 7 } as const
const columnCells = cells.time + cells.life + cells.exit + cells.pid + 4 * 2

const line = (row: Row, indent: string, { paint, width }: TableStyle): string => {
  const room = width - columnCells - textWidth(indent)
  const flags = flagText(row.flags)
  const textRoom = Math.max(Math.min(minTextCells, room), room - textWidth(flags))
  const text = clip(row.text, textRoom)
  const flagRoom = room - textWidth(text)
  const exit = (row.exit ?? '').padEnd(cells.exit)
  return [
    paint('faint', timeOfDay(row.time).padEnd(cells.time)),
    (row.life ?? '').padStart(cells.life),
    row.exitIsBad ? paint('bad', exit) : exit,
    (row.pid ?? '').padStart(cells.pid),
    paint('faint', indent) +
      (row.textIsBad ? paint('bad', text) : text) +
      paint('warning', clip(flags, flagRoom)),
  ]
    .join('  ')
    .trimEnd()
}

const processText = ({ execs: [first], exit, process }: ProcessNode): string => {
  if (first) return commandLine(first.process)
  const exe = escapeText(exit?.process.exe || process.exe) || 'unknown'
  return exit?.forked ? `(fork of ${exe})` : `(${exe}, start not here)`
}

const processRow = (node: ProcessNode): Row => {
  const { exit, execs, time, process } = node
  const [first] = execs
  // Without its start, its first sign of life stands in the line; the lifetime says how long before its end it began.
  return {
    time,
    life: exit && exit.lifetimeUs !== null ? formatLifetime(exit.lifetimeUs) : '-',
    exit: exit ? exitStatus(exit) : '-',
    exitIsBad: exit !== undefined && isBadExit(exit),
    pid: String(process.pid),
    text: processText(node),
    flags: first ? execFlags(first) : [],
  }
}

/** A program that replaced the process's first one. */
const nextProgramRow = (exec: TimelineExec): Row => ({
  time: exec.time,
  text: `→ ${commandLine(exec.process)}`,
  flags: execFlags(exec),
})

/** What is no process has its mark: `!!` for a hole in the record, `·` for everything else. */
const eventRow = (node: EventNode | ConnectionNode): Row => {
  const isGap = node.kind === 'event' && node.event.kind === 'gap'
  const { text, flags, lifeUs, isBad } =
    node.kind === 'event' ? describeEvent(node.event) : describeConnection(node.events)
  return {
    time: node.time,
    ...(lifeUs !== null && { life: formatLifetime(lifeUs) }),
    text: `${isGap ? '!!' : '·'} ${text}`,
    textIsBad: isBad,
    flags,
  }
}

/** Sets one node and everything below it; a stack of its own, because depth is up to whoever forks. */
function* nodeLines(roots: readonly TreeNode[], style: TableStyle): Generator<string> {
  interface Open {
    readonly node: TreeNode
    readonly depth: number
    /** What stands before the branch of this node, from the levels above. */
    readonly before: string
    readonly isLast: boolean
  }
  const opened = (nodes: readonly TreeNode[], depth: number, before: string): Open[] =>
    nodes.map((node, at) => ({ node, depth, before, isLast: at === nodes.length - 1 })).reverse()
  const stack = opened(roots, 0, '')
  for (let at = stack.pop(); at; at = stack.pop()) {
    const { node, depth, before, isLast } = at
    const tooDeep = depth > maxDepth
    const branch = depth === 0 ? '' : isLast ? '└─ ' : '├─ '
    const indent = before + branch + (tooDeep ? `(level ${depth}) ` : '')
    if (node.kind !== 'process') {
      yield line(eventRow(node), indent, style)
      continue
    }
    yield line(processRow(node), indent, style)
    const below = depth === 0 ? '' : tooDeep ? before : before + (isLast ? '   ' : '│  ')
    const rail = node.children.length > 0 ? '│  ' : '   '
    for (const exec of node.execs.slice(1)) yield line(nextProgramRow(exec), below + rail, style)
    stack.push(...opened(node.children, depth + 1, below))
  }
}

/** The lines of the table, one after the other; `more` is said at the end when there is more than is shown. */
export function* timelineLines(
  answer: TimelineAnswer,
  more: string | undefined,
  style: TableStyle,
): Generator<string> {
  const { paint } = style
  yield* coverageLines(answer.coverage, answer.events, paint)
  const [first] = answer.events
  if (!first) {
    yield ''
    yield 'No event matches. Widen --since or leave filters out; "mayfly status" shows what is watched.'
    return
  }
  const last = answer.events.at(-1) ?? first
  const days = [...new Set([first.time.slice(0, 10), last.time.slice(0, 10)])].join(' to ')
  yield ''
  yield paint(
    'faint',
    `${`${days} UTC`.padEnd(cells.time)}  ${'LIFE'.padStart(cells.life)}  ${'EXIT'.padEnd(cells.exit)}  ${'PID'.padStart(cells.pid)}  PROCESS`,
  )
  for (const group of buildTree(answer.events)) {
    yield paint('heading', clip(heading(group), style.width))
    yield* nodeLines(group.roots, style)
  }
  if (more !== undefined) {
    yield ''
    yield paint('warning', more)
  }
}
