/**
 * Rows of `acked`: which numbers of an epoch are durable, the totals at both ends and what the events between count for. One
 * row per run of numbers is written; the engine sums them up to one per epoch. Called by inserter.ts.
 */
import type { Totals } from '#proto/frame.ts'
import { cell } from './cells.ts'
import type { AgentChunk } from './store.ts'
import { type Counts, type Tally, tallyOf } from './tally.ts'

export const ackedColumns: readonly string[] =
  'agent epoch node first_day last_day first_seq last_seq numbers captured_before filtered_before captured filtered unknown_gaps units lost lost_unknown'.split(
    ' ',
  )

/** A run of consecutive numbers of one agent and epoch. */
export interface AckedRange {
  readonly agent: string
  readonly node: string
  readonly epoch: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly before: Totals
  readonly after: Totals
  /** That it consists of, in order. */
  readonly chunks: readonly AgentChunk[]
}

/** The first number that a chunk accounts for: a gap at its begin stands for those before it too. */
export const firstCovered = ({
  firstSeq,
  events,
}: Pick<AgentChunk, 'firstSeq' | 'events'>): number => {
  const [first] = events
  return first?.kind === 'gap' ? Math.max(1, firstSeq - first.replaces + 1) : firstSeq
}

/** The ranges of these chunks; chunks that follow one another become one range. */
export const ackedRanges = (chunks: readonly AgentChunk[]): readonly AckedRange[] => {
  const ranges: (AckedRange & { lastSeq: number; after: Totals; chunks: AgentChunk[] })[] = []
  for (const chunk of chunks) {
    const { agent, node, epoch, before, after } = chunk
    if (chunk.events.length === 0) continue
    const firstSeq = firstCovered(chunk)
    const lastSeq = chunk.firstSeq + chunk.events.length - 1
    const open = ranges.findLast((range) => range.agent === agent && range.epoch === epoch)
    if (open === undefined || open.lastSeq + 1 !== firstSeq) {
      ranges.push({ agent, node, epoch, firstSeq, lastSeq, before, after, chunks: [chunk] })
      continue
    }
    open.lastSeq = lastSeq
    open.after = after
    open.chunks.push(chunk)
  }
  return ranges
}

/** A Map(String, UInt64) cell. Sorted, so that equal counts are equal cells. */
const countsCell = (counts: Counts): string =>
  `{${Object.entries(counts)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `'${cell(name)}':${count}`)
    .join(',')}}`

/** The three cells of a tally. */
export const tallyCells = ({ units, lost, lostUnknown }: Tally): readonly string[] =>
  [units, lost, lostUnknown].map(countsCell)

export const ackedRow = (range: AckedRange, receiveDay: string): string => {
  const { agent, node, epoch, firstSeq, lastSeq, before, after, chunks } = range
  const tally = tallyOf(chunks.flatMap(({ events }) => events))
  return `${[
    ...[cell(agent), epoch, cell(node), receiveDay, receiveDay],
    ...[firstSeq, lastSeq, lastSeq - firstSeq + 1, before.captured, before.filtered],
    ...[after.captured, after.filtered, after.unknownGaps],
    ...tallyCells(tally),
  ].join('\t')}\n`
}
