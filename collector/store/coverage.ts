/**
 * What was watched: coverage facts, clipped to the asked range and merged, with the gaps that lie in them; where nobody
 * watched, a segment with source `none`. Pure; coverage-reads.ts feeds it.
 */
import type { Coverage } from '#proto/api.ts'
import type { EventKind, SourceName } from '#proto/event.ts'
import { rfc3339 } from './time.ts'

/** A half-open stretch of time, Unix microseconds. */
export interface Range {
  readonly fromUs: number
  readonly toUs: number
}

export interface CoverageRow extends Range {
  readonly node: string
  readonly source: SourceName
  readonly complete: readonly EventKind[]
}

export interface GapRow extends Range {
  readonly node: string
  readonly source: SourceName
  readonly lost: number | null
}

export interface CoverageInput {
  /** The range to answer for, by node. */
  readonly ranges: ReadonlyMap<string, Range>
  readonly facts: readonly CoverageRow[]
  readonly gaps: readonly GapRow[]
}

/**
 * Coverage is reported by the agent now and then, so the newest moments are not confirmed yet. A hole of at most this
 * length at the very end is left out: the answer then simply ends where the last fact does.
 */
export const pendingUs = 15_000_000

interface Segment extends Range {
  readonly source: SourceName | 'none'
  readonly complete: readonly EventKind[]
  gaps: number
  lost: number | null
}

/** Sorted, disjoint ranges that cover the same time; touching ones become one. */
export const mergeRanges = (ranges: readonly Range[]): readonly Range[] => {
  const merged: { fromUs: number; toUs: number }[] = []
  for (const { fromUs, toUs } of ranges.toSorted((a, b) => a.fromUs - b.fromUs)) {
    if (toUs <= fromUs) continue
    const last = merged.at(-1)
    if (last !== undefined && fromUs <= last.toUs) last.toUs = Math.max(last.toUs, toUs)
    else merged.push({ fromUs, toUs })
  }
  return merged
}

/** What of `range` the merged ranges leave open. */
export const holes = (range: Range, merged: readonly Range[]): readonly Range[] => {
  const open: Range[] = []
  let fromUs = range.fromUs
  for (const covered of merged) {
    if (covered.fromUs > fromUs) open.push({ fromUs, toUs: covered.fromUs })
    fromUs = Math.max(fromUs, covered.toUs)
  }
  if (fromUs < range.toUs) open.push({ fromUs, toUs: range.toUs })
  return open
}

const clip = (row: Range, range: Range): Range => ({
  fromUs: Math.max(row.fromUs, range.fromUs),
  toUs: Math.min(row.toUs, range.toUs),
})

const nodeSegments = (facts: readonly CoverageRow[], range: Range): readonly Segment[] => {
  const groups = Map.groupBy(facts, ({ source, complete }) => `${source} ${complete.join(',')}`)
  const segments: Segment[] = []
  for (const group of groups.values()) {
    const [{ source, complete }] = group as [CoverageRow]
    for (const merged of mergeRanges(group.map((fact) => clip(fact, range)))) {
      segments.push({ ...merged, source, complete, gaps: 0, lost: 0 })
    }
  }
  const open = holes(range, mergeRanges(segments))
  for (const hole of open) {
    const pending = hole.toUs === range.toUs && hole.toUs - hole.fromUs <= pendingUs
    if (pending && segments.length > 0) continue
    segments.push({ ...hole, source: 'none', complete: [], gaps: 0, lost: null })
  }
  return segments.sort((a, b) => a.fromUs - b.fromUs || a.source.localeCompare(b.source))
}

const overlaps = (gap: Range, segment: Range): boolean =>
  gap.fromUs < segment.toUs && Math.max(gap.toUs, gap.fromUs + 1) > segment.fromUs

/** Each gap counts once: in the first segment of its own source that it touches, else in the first it touches at all. */
const segmentOf = (segments: readonly Segment[], gap: GapRow): Segment | undefined =>
  segments.find((segment) => segment.source === gap.source && overlaps(gap, segment)) ??
  segments.find((segment) => overlaps(gap, segment)) ??
  segments.at(-1)

/** The answer's coverage: by node, then by time. */
export const mergeCoverage = ({ ranges, facts, gaps }: CoverageInput): readonly Coverage[] => {
  const answer: Coverage[] = []
  const factsByNode = Map.groupBy(facts, (fact) => fact.node)
  const gapsByNode = Map.groupBy(gaps, (gap) => gap.node)
  for (const [node, range] of [...ranges].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const segments = nodeSegments(factsByNode.get(node) ?? [], range)
    for (const gap of gapsByNode.get(node) ?? []) {
      if (!overlaps(gap, range)) continue
      const segment = segmentOf(segments, gap)
      if (segment === undefined) continue
      segment.gaps += 1
      segment.lost = segment.lost === null || gap.lost === null ? null : segment.lost + gap.lost
    }
    for (const { source, complete, fromUs, toUs, lost, gaps: count } of segments) {
      const watched = complete.length > 0 ? 'complete' : 'sampled'
      answer.push({
        node,
        source,
        mode: source === 'none' ? 'none' : watched,
        complete,
        from: rfc3339(fromUs),
        to: rfc3339(toUs),
        lost,
        gaps: count,
      })
    }
  }
  return answer
}
