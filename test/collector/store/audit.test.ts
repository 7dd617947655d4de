import type { ClickHouseClient } from '@clickhouse/client'
import t from 'tap'
import { writeAgent } from '#collector/store/agents.ts'
import { ledgerStatement, readAudit } from '#collector/store/audit.ts'
import type { AgentInfo, AuditRow } from '#proto/api.ts'
import type { Event } from '#proto/event.ts'
import {
  chunk,
  connect,
  container,
  coverageFact,
  dns,
  engineMissing,
  exec,
  exit,
  gap,
  rowsOf,
  storeOn,
  temporaryDirectory,
  totalsAfter,
  withSchema,
} from './fixtures.ts'
import { serverError, stubClient } from './stub-client.ts'

const day = '2026-11-23'
const none = { captured: 0, filtered: 0, unknownGaps: 0 }

/** 24 units in 10 numbers, of which a gap stands for two. */
const events: readonly Event[] = [
  exec(),
  connect({ count: 7 }),
  dns({ count: 5 }),
  container(),
  coverageFact(),
  exit(),
  gap({ lost: null, reason: 'blind' }),
  gap({ lost: 10 }),
]

const agentSays = (
  agent: string,
  captured: number,
  change: Partial<AgentInfo> = {},
): AgentInfo => ({
  agent,
  node: 'node-1',
  epoch: 1,
  version: '1.0.0',
  kernel: '6.12.0',
  sources: [],
  connected: true,
  lastSeen: '2026-11-23T10:00:00.000000Z',
  epochs: [{ epoch: 1, lastSeq: 99, captured, filtered: 0 }],
  kernelUnaccounted: 0,
  captured,
  filtered: 0,
  lost: 0,
  lastSeq: 99,
  ackedSeq: 0,
  ...change,
})

const both = async (
  client: ClickHouseClient,
  agents: readonly AgentInfo[] = [],
): Promise<{ cheap: readonly AuditRow[]; deep: readonly AuditRow[] }> => ({
  cheap: (await readAudit(client, { deep: false, agents })).rows,
  deep: (await readAudit(client, { deep: true, agents })).rows,
})

const rowOf = (rows: readonly AuditRow[], agent: string): AuditRow => {
  const row = rows.find((one) => one.agent === agent)
  if (row === undefined) throw new Error(`no row of ${agent}`)
  return row
}

t.test('the ledger as the store keeps it', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    await t.test('nothing stored, nothing to say; but what an agent says stands', async (t) => {
      t.same(await both(client), { cheap: [], deep: [] })
      const { cheap, deep } = await both(client, [agentSays('new', 12)])
      t.match(cheap, [{ agent: 'new', captured: 12, inFlight: 12, unaccounted: 0 }])
      t.same(deep, cheap)
    })

    await t.test('cheap and deep come to the same, whatever the agent is called', async (t) => {
      const agent = "well'\\\n\ud800"
      const half = totalsAfter(none, events)
      await storeOn(client, day, [chunk(1, events, { agent })])
      await storeOn(client, '2026-11-25', [
        chunk(11, [gap({ replaces: 3, lost: 4 }), exec()], {
          ...{ agent, before: half },
          after: { captured: half.captured + 8, filtered: 3, unknownGaps: 1 },
        }),
      ])
      const { cheap, deep } = await both(client, [agentSays(agent, 40, { kernelUnaccounted: 1 })])
      const expected = {
        ...{ agent, node: 'node-1', epoch: 1, firstDay: day, lastDay: '2026-11-25' },
        ...{ captured: 40, stored: 15, filtered: 0, gaps: 14, expired: 0, inFlight: 11 },
        ...{ unaccounted: 0, elsewhere: 0, firstSeq: 1, lastSeq: 12, missingSeqs: 0 },
        ...{ gapsByReason: { ring_full: 14 }, lostUnknown: { blind: 1 }, kernelUnaccounted: 1 },
      }
      t.same(rowOf(cheap, agent), expected)
      t.same(rowOf(deep, agent), {
        ...expected,
        deep: { duplicates: 0, units: { exec: 2, exit: 1, connect: 7, dns: 5, gap: 14 } },
      })
    })

    await t.test('a loss that nobody owns up to is unaccounted, cheaply too', async (t) => {
      const after = { captured: 30, filtered: 2, unknownGaps: 1 }
      await storeOn(client, day, [chunk(1, events, { agent: 'silent', after })])
      const { cheap, deep } = await both(client)
      for (const rows of [cheap, deep])
        t.match(rowOf(rows, 'silent'), { captured: 30, filtered: 2, unaccounted: 4, inFlight: 0 })
    })

    await t.test('rows that vanish from the store are missed by the deep audit', async (t) => {
      await storeOn(client, day, [chunk(1, events, { agent: 'robbed' })])
      await client.command({
        query:
          "ALTER TABLE events DELETE WHERE agent = 'robbed' AND kind IN ('connect', 'gap') SETTINGS mutations_sync=2",
      })
      const { cheap, deep } = await both(client)
      t.equal(rowOf(cheap, 'robbed').unaccounted, 0, 'the cheap one believes what was written')
      t.match(rowOf(deep, 'robbed'), { stored: 7, gaps: 0, unaccounted: 17, lostUnknown: {} })
      await client.command({
        query: "ALTER TABLE events DELETE WHERE agent = 'robbed' SETTINGS mutations_sync=2",
      })
      t.match(rowOf((await both(client)).deep, 'robbed'), {
        ...{ stored: 0, unaccounted: 24, deep: { duplicates: 0, units: {} } },
      })
    })

    await t.test('a hole in the numbers shows, and what was in it is unaccounted', async (t) => {
      const execs = [exec(), exec()]
      await storeOn(client, day, [chunk(1, execs, { agent: 'hole' })])
      const before = { captured: 5, filtered: 0, unknownGaps: 0 }
      await storeOn(client, day, [chunk(6, execs, { agent: 'hole', before })])
      t.match(rowOf((await both(client)).cheap, 'hole'), { missingSeqs: 3, unaccounted: 3 })
    })

    await t.test('what went to another store before is named and not counted', async (t) => {
      const before = { captured: 500, filtered: 90, unknownGaps: 0 }
      await storeOn(client, day, [chunk(101, [exec()], { agent: 'moved', before })])
      const { cheap } = await both(client, [
        agentSays('moved', 0, {
          epochs: [{ epoch: 1, lastSeq: 101, captured: 503, filtered: 91 }],
        }),
      ])
      t.match(rowOf(cheap, 'moved'), {
        ...{ captured: 3, filtered: 1, stored: 1, inFlight: 1, unaccounted: 0 },
        ...{ elsewhere: 500, firstSeq: 101 },
      })
    })

    await t.test(
      'what two collectors stored counts once, and so does the cheap audit',
      async (t) => {
        const agent = 'double'
        await storeOn(client, day, [chunk(1, events, { agent })])
        const rest = { agent, before: { captured: 13, filtered: 0, unknownGaps: 0 } }
        await storeOn(client, day, [chunk(4, [...events.slice(3), exec(), exec()], rest)])
        const { cheap, deep } = await both(client)
        for (const rows of [cheap, deep])
          t.match(rowOf(rows, agent), {
            captured: 26,
            stored: 16,
            gaps: 10,
            unaccounted: 0,
            missingSeqs: 0,
          })
        t.equal(rowOf(deep, agent).deep?.duplicates, 4)
        t.notOk('deep' in rowOf(cheap, agent))
      },
    )

    await t.test(
      'an agent that is gone is taken at its last word, one that is here at its present one',
      async (t) => {
        await storeOn(client, day, [chunk(1, events, { agent: 'remembered' })])
        await writeAgent(client, agentSays('remembered', 31, { connected: false }))
        t.equal(rowOf((await both(client)).cheap, 'remembered').inFlight, 7)
        const { cheap } = await both(client, [agentSays('remembered', 34)])
        t.equal(rowOf(cheap, 'remembered').inFlight, 10)
        t.equal(cheap.filter(({ agent }) => agent === 'remembered').length, 1)
      },
    )

    await t.test('rows of an insert that is not acknowledged yet disturb nothing', async (t) => {
      await storeOn(client, day, [chunk(1, [exec()], { agent: 'running' })])
      await client.command({
        query: `INSERT INTO events (receive_day, agent, epoch, seq, kind) VALUES ('${day}', 'running', 1, 2, 'exec')`,
      })
      const { deep } = await both(client)
      t.match(rowOf(deep, 'running'), { stored: 1, unaccounted: 0, deep: { units: { exec: 1 } } })
    })

    await t.test('anybody can run the statements again', async (t) => {
      for (const deep of [false, true]) {
        const { query, rows } = await readAudit(client, { deep, agents: [] })
        const again = await rowsOf(client, query)
        t.ok(Array.isArray(again) && again.length >= rows.length, `deep: ${deep}`)
      }
    })
  }),
)

t.test('more epochs than fit are refused, not left out', async (t) => {
  const many = stubClient((statement) =>
    statement.startsWith(ledgerStatement) ? new Array(50_001).fill(['a', 1]) : [],
  )
  await t.rejects(readAudit(many.client, { deep: false, agents: [] }), { code: 'limit' })
})

t.test('a count that takes too long says so', async (t) => {
  const slow = stubClient((statement) => {
    if (statement.startsWith(ledgerStatement)) return [['a', 1, 'n', day, day, 1, 9, 9]]
    if (statement.includes('groupBitmap')) throw serverError(159, 'Timeout exceeded')
    return []
  })
  await t.rejects(readAudit(slow.client, { deep: true, agents: [] }), { code: 'limit' })
  t.match((await readAudit(slow.client, { deep: false, agents: [] })).rows, [{ agent: 'a' }])
})
