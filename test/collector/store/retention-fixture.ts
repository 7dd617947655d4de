/** Days of events for the tests of retention and holds, and what the ledger says of them. */
import { equal } from 'node:assert/strict'
import type { ClickHouseClient } from '@clickhouse/client'
import { readAudit } from '#collector/store/audit.ts'
import { Retention } from '#collector/store/retention.ts'
import type { AuditRow } from '#proto/api.ts'
import type { Event } from '#proto/event.ts'
import {
  chunk,
  container,
  containerId,
  coverageFact,
  exec,
  fixedClock,
  gap,
  rowsOf,
  storeOn,
  totalsAfter,
} from './fixtures.ts'

export const dayUs = 86_400_000_000
/** 10:00 UTC of a day in November 2026. */
export const at = (dayOfMonth: number): number =>
  Date.parse(`2026-11-${dayOfMonth}T10:00:00Z`) * 1_000
export const dayName = (dayOfMonth: number): string => `2026-11-${dayOfMonth}`

export const [one, two] = [containerId('1'), containerId('2')] as const

/** What a node tells in a day: of two containers, of the whole node, and that it watched. */
export const dayOfEvents = (timeUs: number): readonly Event[] => [
  container({ containerId: one, pod: 'one-x', timeUs }),
  container({ containerId: two, pod: 'two-x', timeUs }),
  exec({ containerId: one, timeUs: timeUs + 1 }),
  exec({ containerId: two, timeUs: timeUs + 2 }),
  exec({ containerId: two, timeUs: timeUs + 3 }),
  gap({ containerId: '', timeUs: timeUs + 4, fromUs: timeUs, toUs: timeUs + 4, lost: 7 }),
  gap({ containerId: two, timeUs: timeUs + 5, fromUs: timeUs, toUs: timeUs + 5, lost: null }),
  coverageFact({ timeUs: timeUs + 6, fromUs: timeUs, toUs: timeUs + 6 }),
]

/** Stores a day of two nodes, in the sequence of their agents. */
export const storeDay = async (
  client: ClickHouseClient,
  dayOfMonth: number,
  timeUs: number = at(dayOfMonth),
): Promise<void> => {
  const events = dayOfEvents(timeUs)
  const reached = (await rowsOf(
    client,
    'SELECT agent, max(last_seq), max(captured), max(unknown_gaps) FROM acked GROUP BY agent',
  )) as [string, number, number, number][]
  const chunks = ['n1', 'n2'].map((node) => {
    const agent = `agent-${node}`
    const own =
      reached
        .find(([name]) => name === agent)
        ?.slice(1)
        .map(Number) ?? []
    const [seq = 0, captured = 0, unknownGaps = 0] = own
    const before = { captured, filtered: 0, unknownGaps }
    return chunk(seq + 1, events, { agent, node, before, after: totalsAfter(before, events) })
  })
  await storeOn(client, dayName(dayOfMonth), chunks)
}

export const retentionOf = (
  client: ClickHouseClient,
  nowUs: number,
  retentionDays = 2,
): Retention =>
  new Retention({
    ...{ client, retentionDays, clock: fixedClock(nowUs) },
    closed: new AbortController().signal,
  })

/** Days with rows, and how many. */
export const rowsByDay = (client: ClickHouseClient, table = 'events'): Promise<unknown> =>
  rowsOf(
    client,
    `SELECT toString(receive_day), count() FROM ${table} GROUP BY receive_day ORDER BY receive_day`,
  )

/** The ledger, which must be sound by counting every row as well. */
export const soundLedger = async (client: ClickHouseClient): Promise<readonly AuditRow[]> => {
  const { rows: cheap } = await readAudit(client, { deep: false, agents: [] })
  const { rows: deep } = await readAudit(client, { deep: true, agents: [] })
  for (const [index, row] of deep.entries()) {
    const { deep: counted, ...rest } = row
    equal(row.unaccounted, 0, `deep: ${JSON.stringify(row)}`)
    equal(counted?.duplicates, 0)
    equal(JSON.stringify(cheap[index]), JSON.stringify(rest))
  }
  return cheap
}
