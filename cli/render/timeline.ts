/** The `timeline` table: coverage first, then per container a process tree over time, one line per process. */
import type { TimelineAnswer, TimelineExec } from '#proto/api.ts'
import { coverageLines } from './coverage.ts'
import { commandLine, describeEvent, execFlags, exitStatus, isBadExit } from './event-parts.ts'
import type { Paint } from './paint.ts'
import { clip, escapeText, formatLifetime, textWidth, timeOfDay } from './text.ts'
import { buildTree, type ContainerGroup, isHost, type ProcessNode, type TreeNode } from './tree.ts'

export interface TableStyle {
  readonly paint: Paint
  /** Cells per line; lines are not cut at Infinity. */
  readonly width: number
}

/** Deeper levels are shown at this depth with their number, so that a fork chain cannot push the text away. */
const maxDepth = 16

/** Room a command line keeps when flags and line together are too long. */
const minCommandCells = 40

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

interface Columns {
  readonly time: string
  readonly life: string
  readonly exit: string
  readonly exitIsBad: boolean
  readonly pid: string
}

const emptyColumns: Columns = { time: '', life: '', exit: '', exitIsBad: false, pid: '' }

/** Widths of the columns before the tree; their sum with separators is what the tree line loses. */
const cells = { time: 12, life: 7, exit: 7, pid: 7 } as const
const columnCells = cells.time + cells.life + cells.exit + cells.pid + 4 * 2

const line = (columns: Columns, indent: string, text: string, flags: string, style: TableStyle) => {
  const { paint, width } = style
  const room = width - columnCells - textWidth(indent)
  const flagText = flags === '' ? '' : `  [${flags}]`
  const commandRoom = Math.max(Math.min(minCommandCells, room), room - textWidth(flagText))
  const command = clip(text, commandRoom)
  const flagRoom = room - textWidth(command)
  const exit = columns.exit.padEnd(cells.exit)
  return [
    paint('faint', columns.time.padEnd(cells.time)),
    columns.life.padStart(cells.life),
    columns.exitIsBad ? paint('bad', exit) : exit,
    columns.pid.padStart(cells.pid),
    paint('faint', indent) + command + paint('warning', clip(flagText, flagRoom)),
  ]
    .join('  ')
    .trimEnd()
}

const processColumns = (node: ProcessNode): Columns => {
  const { exit, execs } = node
  const first = execs[0]
  // Without its start, the time of the end stands in the line; the lifetime says how long before that it began.
  return {
    time: timeOfDay(node.time),
    life: exit && exit.lifetimeUs !== null ? formatLifetime(exit.lifetimeUs) : '-',
    exit: exit ? exitStatus(exit) : '-',
    exitIsBad: exit !== undefined && isBadExit(exit),
    pid: String((first ?? exit)?.process.pid ?? ''),
  }
}

const processText = (node: ProcessNode): string => {
  const first = node.execs[0]
  if (first) return commandLine(first.process)
  const exe = escapeText(node.exit?.process.exe ?? '')
  return node.exit?.forked
    ? `(fork of ${exe || 'unknown'})`
    : `(${exe || 'unknown'}, start not here)`
}

const nextProgram = (exec: TimelineExec, indent: string, style: TableStyle): string =>
  line(
    { ...emptyColumns, time: timeOfDay(exec.time) },
    indent,
    `→ ${commandLine(exec.process)}`,
    execFlags(exec).join(', '),
    style,
  )

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
    if (node.kind === 'event') {
      const { event } = node
      const text = describeEvent(event)
      const columns = { ...emptyColumns, time: timeOfDay(event.time) }
      yield line(columns, indent, event.kind === 'gap' ? `!! ${text}` : `· ${text}`, '', style)
      continue
    }
    const [first, ...later] = node.execs
    const flags = first ? execFlags(first).join(', ') : ''
    yield line(processColumns(node), indent, processText(node), flags, style)
    const below = depth === 0 ? '' : tooDeep ? before : before + (isLast ? '   ' : '│  ')
    const rail = node.children.length > 0 ? '│  ' : '   '
    for (const exec of later) yield nextProgram(exec, below + rail, style)
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
