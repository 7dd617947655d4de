/** One line per node and source: who watched, what that covers, over which time, and what is missing. */
import type { Coverage, TimelineEvent } from '#proto/api.ts'
import type { Paint } from './paint.ts'
import { escapeText, formatCount, plural } from './text.ts'

/** `15:02:11–15:09:33`, with dates where both ends are not the same day. */
const formatRange = (from: string, to: string): string => {
  const show = (time: string): string =>
    from.slice(0, 10) === to.slice(0, 10)
      ? time.slice(11, 19)
      : `${time.slice(0, 10)} ${time.slice(11, 19)}`
  return `${show(from)}–${show(to)}`
}

const watched = ({ source, mode, complete }: Coverage): string => {
  if (mode === 'none' || source === 'none') return 'not covered'
  if (mode === 'sampled') return `${source}, sampled: what lived between two looks is not here`
  return `${source}, complete for ${complete.join(', ')}`
}

/** Why, as far as the shown gap records of this node say. */
const reasonsOf = (node: string, events: readonly TimelineEvent[]): string => {
  const reasons = new Set<string>()
  for (const event of events) {
    if (event.kind === 'gap' && event.node === node) reasons.add(event.reason)
  }
  return reasons.size > 0 ? ` (${[...reasons].sort().join(', ')})` : ''
}

const missing = ({ node, gaps, lost }: Coverage, events: readonly TimelineEvent[]): string => {
  if (gaps === 0) return 'no gap'
  const number = lost === null ? 'an unknown number of events' : `${formatCount(lost)} events`
  return `${plural(gaps, 'gap')}, ${number} lost${reasonsOf(node, events)}`
}

/** The header of a timeline. `events` are those shown, for the reasons of gaps. */
export const coverageLines = (
  coverage: readonly Coverage[],
  events: readonly TimelineEvent[],
  paint: Paint,
): readonly string[] => {
  if (coverage.length === 0) return [paint('bad', 'not covered: no agent watched in this range')]
  return coverage.map((entry) => {
    const parts = [watched(entry), formatRange(entry.from, entry.to)]
    if (entry.mode !== 'none') parts.push(missing(entry, events))
    const sound = entry.mode === 'complete' && entry.gaps === 0
    const style = sound ? 'good' : entry.mode === 'none' ? 'bad' : 'warning'
    return `${escapeText(entry.node)}  ${paint(style, parts.join(' · '))}`
  })
}
