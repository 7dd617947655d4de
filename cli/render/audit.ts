/**
 * The `audit` table: per node the ledger of each epoch, what is known to be lost and why, what nobody can know, and in one
 * line whether all of it adds up.
 */
import type { AuditAnswer, AuditRow } from '#proto/api.ts'
import { escapeText, formatCount, plural } from './text.ts'
import type { TableStyle } from './timeline.ts'

/** Of an epoch's 16 digits: enough to tell an agent's epochs apart, and to find one in the JSON forms, where all stand. */
const epochDigits = 8

/** The terms of the sum as their headings, which read as the formula. */
const terms = [
  ['CAPTURED', 'captured'],
  ['= STORED', 'stored'],
  ['+ FILTERED', 'filtered'],
  ['+ GAPS', 'gaps'],
  ['+ EXPIRED', 'expired'],
  ['+ IN FLIGHT', 'inFlight'],
  ['+ UNACCOUNTED', 'unaccounted'],
] as const satisfies readonly (readonly [string, keyof AuditRow])[]

/** Nodes that are named per reason; the rest is counted. */
const namedNodes = 3

const sum = (rows: readonly AuditRow[], of: (row: AuditRow) => number): number =>
  rows.reduce((total, row) => total + of(row), 0)

/** What must not be, in words; empty for a ledger that adds up. */
export const faultsOf = (rows: readonly AuditRow[]): readonly string[] => {
  const lost = sum(rows, ({ unaccounted }) => Math.max(0, unaccounted))
  const surplus = sum(rows, ({ unaccounted }) => Math.max(0, -unaccounted))
  const missing = sum(rows, ({ missingSeqs }) => missingSeqs)
  const kernel = sum(rows, ({ kernelUnaccounted }) => Math.abs(kernelUnaccounted))
  return [
    ...(lost > 0 ? [`${plural(lost, 'event')} unaccounted for`] : []),
    ...(surplus > 0 ? [`${plural(surplus, 'event')} more than were captured`] : []),
    ...(missing > 0 ? [`${plural(missing, 'sequence number')} missing`] : []),
    ...(kernel > 0 ? [`${plural(kernel, 'kernel record')} unaccounted for`] : []),
  ]
}

/** Reasons of gaps with their numbers and those they come from, the largest first. */
const byReason = (
  rows: readonly AuditRow[],
  of: (row: AuditRow) => Readonly<Partial<Record<string, number>>>,
): readonly { reason: string; count: number; where: string }[] => {
  const reasons = new Set(rows.flatMap((row) => Object.keys(of(row))))
  const found = [...reasons].map((reason) => {
    const nodes = [...Map.groupBy(rows, ({ node }) => node)]
      .map(([node, own]) => ({ node, count: sum(own, (row) => of(row)[reason] ?? 0) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
    const named = nodes.slice(0, namedNodes).map(({ node }) => escapeText(node))
    const more = nodes.length > namedNodes ? ` and ${nodes.length - namedNodes} more` : ''
    const count = nodes.reduce((total, node) => total + node.count, 0)
    return { reason, count, where: `on ${named.join(', ')}${more}` }
  })
  return found.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
}

const gapsOf = (row: AuditRow) => row.gapsByReason
const unknownOf = (row: AuditRow) => row.lostUnknown

/** The answer in one line. */
const verdict = (rows: readonly AuditRow[], { paint }: TableStyle): string => {
  const faults = faultsOf(rows)
  if (faults.length > 0) return paint('bad', `not complete: ${faults.join(', ')}`)
  const gaps = sum(rows, (row) => row.gaps)
  const unknown = byReason(rows, unknownOf).reduce((total, { count }) => total + count, 0)
  const inFlight = sum(rows, (row) => row.inFlight)
  const waiting = inFlight > 0 ? `; ${formatCount(inFlight)} still on their way` : ''
  if (gaps === 0 && unknown === 0) {
    return paint('good', `complete: every captured event is accounted for${waiting}`)
  }
  const but = [
    ...(gaps > 0 ? [`${plural(gaps, 'event')} known to be lost`] : []),
    ...(unknown > 0 ? [`${plural(unknown, 'gap')} of unknown size`] : []),
  ]
  return paint('warning', `complete but for ${but.join(' and ')}${waiting}`)
}

const nodeTitle = ({ node, agent }: AuditRow): string =>
  escapeText(agent === node ? node : `${node} (${agent})`)

const days = ({ firstDay, lastDay }: AuditRow): string =>
  firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`

/** The ledger, its columns as wide as their widest number. */
function* ledger(rows: readonly AuditRow[], style: TableStyle): Generator<string> {
  const { paint, width } = style
  const total = terms.map(([, key]) => formatCount(sum(rows, (row) => row[key])))
  const widths = terms.map(([title], at) => Math.max(title.length, total[at]?.length ?? 0))
  const set = (cells: readonly string[]): string =>
    cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('  ')
  const start = (epoch: string, cells: readonly string[]): string =>
    `  ${epoch.padEnd(epochDigits + 1)}  ${set(cells)}`
  const head = start(
    'EPOCH',
    terms.map(([title]) => title),
  )
  // Numbers are never cut; the days are left out where there is no room for them.
  const hasDays = head.length + 2 + Math.max(...rows.map((row) => days(row).length)) <= width
  yield paint('faint', hasDays ? `${head}  RECEIVED` : head)
  for (const [title, own] of Map.groupBy(rows, nodeTitle)) {
    yield paint('heading', title)
    for (const row of own) {
      const digits = String(row.epoch)
      const epoch = digits.length > epochDigits ? `${digits.slice(0, epochDigits)}…` : digits
      const line = start(
        epoch,
        terms.map(([, key]) => formatCount(row[key])),
      )
      const isSound = faultsOf([row]).length === 0
      const received = hasDays ? paint('faint', `  ${days(row)}`) : ''
      yield (isSound ? line : paint('bad', line)) + received
    }
  }
  if (rows.length > 1) yield paint('heading', start('all', total))
}

function* reasonLines(
  title: string,
  entries: ReturnType<typeof byReason>,
  { paint }: TableStyle,
): Generator<string> {
  if (entries.length === 0) return
  yield ''
  yield title
  const countCells = Math.max(...entries.map(({ count }) => formatCount(count).length))
  const reasonCells = Math.max(...entries.map(({ reason }) => reason.length))
  for (const { reason, count, where } of entries) {
    const name = escapeText(reason).padEnd(reasonCells)
    const text = `${formatCount(count).padStart(countCells)}  ${name}`
    yield `  ${paint('warning', text)}  ${paint('faint', where)}`
  }
}

/** What the deep count found beyond the sums, and how anybody can count again. */
function* deepLines({ rows, query }: AuditAnswer, { paint }: TableStyle): Generator<string> {
  const kinds = [...new Set(rows.flatMap(({ deep }) => Object.keys(deep?.units ?? {})))]
    .map((kind) => ({ kind, count: sum(rows, ({ deep }) => deep?.units[kind] ?? 0) }))
    .sort((a, b) => b.count - a.count)
    .map(({ kind, count }) => `${formatCount(count)} ${escapeText(kind)}`)
  const duplicates = sum(rows, ({ deep }) => deep?.duplicates ?? 0)
  yield ''
  const twice =
    duplicates > 0 ? `${plural(duplicates, 'duplicate row')}, shown once` : 'no duplicate'
  yield `every row was counted: ${[...kinds, twice].join(' · ')}`
  yield 'by this query:'
  for (const line of query.trim().split('\n')) yield paint('faint', `  ${escapeText(line)}`)
}

/** The lines of the table. */
export function* auditLines(answer: AuditAnswer, style: TableStyle): Generator<string> {
  const { rows } = answer
  if (rows.length === 0) {
    yield 'Nothing to audit: no agent has delivered anything yet; "mayfly status" shows what is watched.'
    return
  }
  yield* ledger(rows, style)
  yield* reasonLines('in gaps, by reason', byReason(rows, gapsOf), style)
  const unknown = byReason(rows, unknownOf)
  yield* reasonLines('gaps of which nobody can know how much they hide', unknown, style)
  const elsewhere = sum(rows, (row) => row.elsewhere)
  yield ''
  const missing = sum(rows, ({ missingSeqs }) => missingSeqs)
  const kernel = sum(rows, ({ kernelUnaccounted }) => Math.abs(kernelUnaccounted))
  yield `${plural(missing, 'sequence number')} missing · ${plural(kernel, 'kernel record')} unaccounted for`
  if (elsewhere > 0) {
    yield `${plural(elsewhere, 'event')} went to another store before this one and are not in the sums`
  }
  if (answer.deep) yield* deepLines(answer, style)
  yield ''
  yield verdict(rows, style)
}
