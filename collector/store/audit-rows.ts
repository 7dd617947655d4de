/**
 * The ledger as /api/v1/audit shows it: what an agent says it captured, held against what the store knows to be durable, what
 * is stored and what retention took. Pure; audit.ts reads what goes in.
 *
 * Between two places of an epoch's sequence, captured - filtered grows by the units of the events between them, and by nothing
 * else. So, of what lies between the epoch's begin here and its last durable number:
 * unaccounted = (captured - filtered) - stored - gaps - expired. What the agent has counted beyond that number is in flight.
 */
import type { AgentEpoch, AgentInfo, AuditRow } from '#proto/api.ts'
import { noTotals, type Totals } from '#proto/frame.ts'
import { add, subtract, sumOf, type Tally } from './tally.ts'

/** What `acked` and `expired` know of one epoch. */
export interface EpochLedger {
  readonly agent: string
  readonly node: string
  readonly epoch: number
  readonly firstDay: string
  readonly lastDay: string
  readonly firstSeq: number
  readonly lastSeq: number
  /** Numbers that were stored, those that gaps stand for included; counted twice where two collectors stored the same. */
  readonly numbers: number
  /** Totals before the first number and after the last. */
  readonly before: Pick<Totals, 'captured' | 'filtered'>
  readonly after: Pick<Totals, 'captured' | 'filtered'>
  /** Everything that was ever stored, and what of it retention took. */
  readonly acked: Tally
  readonly expired: Tally
}

/** What counting the rows found. */
export interface RowCount extends Tally {
  /** Rows beyond the first of each number. They are not in the tally. */
  readonly duplicates: number
}

type Word = Pick<AgentEpoch, 'captured' | 'filtered'>

const shown = ({ captured, filtered }: Word): number => captured - filtered

/** The later of two words about one epoch. Both numbers only grow. */
const later = (a: Word, b: Word): Word =>
  shown(a) > shown(b) || (shown(a) === shown(b) && a.captured >= b.captured) ? a : b

export interface RowInput {
  readonly ledger: EpochLedger
  /** Instead of what `acked` says is stored. */
  readonly counted?: RowCount | undefined
  /** Show what was counted. */
  readonly deep: boolean
  /** The agent's own, where it still speaks of this epoch. */
  readonly word?: Word | undefined
  readonly kernelUnaccounted: number
}

/** Whether rows of an epoch were stored by two collectors, so that `acked` counts them twice. */
export const hasOverlap = ({ firstSeq, lastSeq, numbers }: EpochLedger): boolean =>
  numbers > lastSeq - firstSeq + 1

export const auditRow = (input: RowInput): AuditRow => {
  const { ledger, counted, deep, word, kernelUnaccounted } = input
  const { agent, node, epoch, firstDay, lastDay, firstSeq, lastSeq, numbers } = ledger
  const { after, acked, expired } = ledger
  // An epoch begins with nothing: where its first number is here, totals before it are no excuse.
  const before = firstSeq > 1 ? ledger.before : noTotals
  const units = counted?.units ?? subtract(acked.units, expired.units)
  const gapsByReason = counted === undefined ? acked.lost : add(counted.lost, expired.lost)
  const lostUnknown =
    counted === undefined ? acked.lostUnknown : add(counted.lostUnknown, expired.lostUnknown)
  const stored = sumOf(units)
  const gaps = sumOf(gapsByReason)
  const gone = sumOf(expired.units)
  const latest = word === undefined ? after : later(word, after)
  return {
    ...{ agent, node, epoch, firstDay, lastDay },
    captured: latest.captured - before.captured,
    stored,
    filtered: latest.filtered - before.filtered,
    ...{ gaps, gapsByReason, lostUnknown },
    expired: gone,
    inFlight: shown(latest) - shown(after),
    unaccounted: shown(after) - shown(before) - stored - gaps - gone,
    elsewhere: before.captured,
    ...{ firstSeq, lastSeq },
    missingSeqs: Math.max(0, lastSeq - firstSeq + 1 - numbers),
    kernelUnaccounted,
    ...(deep && counted !== undefined && { deep: deepOf(counted) }),
  }
}

const deepOf = ({ units, lost, duplicates }: RowCount): NonNullable<AuditRow['deep']> => ({
  duplicates,
  units: add(units, { gap: sumOf(lost) }),
})

/** An epoch of which nothing is durable here: all of it is in flight. */
const announced = (agent: AgentInfo, { epoch, captured, filtered }: AgentEpoch): AuditRow => ({
  ...{ agent: agent.agent, node: agent.node, epoch },
  ...{ firstDay: '', lastDay: '', captured, stored: 0, filtered },
  ...{ gaps: 0, gapsByReason: {}, lostUnknown: {}, expired: 0 },
  inFlight: captured - filtered,
  ...{ unaccounted: 0, elsewhere: 0, firstSeq: 0, lastSeq: 0, missingSeqs: 0 },
  kernelUnaccounted: epoch === agent.epoch ? agent.kernelUnaccounted : 0,
})

const keyOf = (agent: string, epoch: number): string => `${epoch} ${agent}`

export interface AuditInput {
  readonly ledgers: readonly EpochLedger[]
  readonly agents: readonly AgentInfo[]
  /** By `rowCountKey`, of all epochs that were counted. */
  readonly counts: ReadonlyMap<string, RowCount>
  readonly deep: boolean
}

export const rowCountKey = keyOf

/** Of every epoch that is durable in part or that an agent speaks of: by node, agent, and day of the first row. */
export const auditRows = ({ ledgers, agents, counts, deep }: AuditInput): readonly AuditRow[] => {
  const words = new Map(
    agents.flatMap((agent) =>
      agent.epochs.map((word) => [keyOf(agent.agent, word.epoch), { agent, word }] as const),
    ),
  )
  const current = new Map(agents.map((agent) => [keyOf(agent.agent, agent.epoch), agent]))
  const rows = ledgers.map((ledger) => {
    const key = keyOf(ledger.agent, ledger.epoch)
    const word = words.get(key)?.word
    words.delete(key)
    const kernelUnaccounted = current.get(key)?.kernelUnaccounted ?? 0
    return auditRow({ ledger, counted: counts.get(key), deep, word, kernelUnaccounted })
  })
  return [...rows, ...[...words.values()].map(({ agent, word }) => announced(agent, word))].sort(
    (a, b) =>
      compare(a.node, b.node) || compare(a.agent, b.agent) || compare(a.firstDay, b.firstDay),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
