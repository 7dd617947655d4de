/** The `hold` tables: what is exempt from retention, since when, how much that is, and why. */
import type { Hold, HoldSelection } from '#proto/api.ts'
import { clip, escapeText, formatCount, plural } from './text.ts'
import type { TableStyle } from './timeline.ts'

/** `2026-11-25 15:02:11`: a hold may outlive the year. */
const formatMoment = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 19)}`

/** `namespace payments, pod api-7d9f, from 2026-11-25 15:02:11 until 2026-11-25 16:00:00`. */
const selectionText = ({ since, until, ...names }: HoldSelection): string => {
  const range = [
    ...(since === undefined ? [] : [`from ${formatMoment(since)}`]),
    ...(until === undefined ? [] : [`until ${formatMoment(until)}`]),
  ].join(' ')
  const parts = Object.entries(names).map(([name, value]) => `${name} ${value}`)
  return escapeText([...parts, range].filter(Boolean).join(', '))
}

const late = 'late: a part of that time was gone already when the hold began'

/** What stands below the row of a hold, a line each. */
const details = ({ selection, isLate }: Hold, { paint, width }: TableStyle): readonly string[] => [
  paint('faint', `      ${clip(selectionText(selection), width - 6)}`),
  ...(isLate ? [paint('warning', `      ${late}`)] : []),
]

const eventCells = 12

/** All holds, in the collector's order. */
export function* holdsLines(holds: readonly Hold[], style: TableStyle): Generator<string> {
  const { paint, width } = style
  if (holds.length === 0) {
    yield 'Nothing is held: all events go when their retention is over.'
    return
  }
  const idCells = Math.max(2, ...holds.map(({ id }) => id.length))
  const head = `${'ID'.padEnd(idCells)}  ${'HELD SINCE UTC'.padEnd(19)}${'EVENTS'.padStart(eventCells)}`
  yield paint('faint', `${head}  WHY AND WHAT`)
  for (const hold of holds) {
    const count = formatCount(hold.events).padStart(eventCells)
    const start = `${escapeText(hold.id).padEnd(idCells)}  ${formatMoment(hold.createdAt)}${count}  `
    yield `${start}${clip(escapeText(hold.reason), width - start.length)}`
    yield* details(hold, style)
  }
}

/** What was just held, and how to end it. */
export function* newHoldLines(hold: Hold, { paint }: TableStyle): Generator<string> {
  const { id, events, selection, isLate } = hold
  yield `held ${escapeText(id)}: ${plural(events, 'event')} now · ${selectionText(selection)}`
  if (isLate) yield paint('warning', late)
  yield paint('faint', `until released: mayfly hold --release ${escapeText(id)}`)
}
