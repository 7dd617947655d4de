import type { ClickHouseClient } from '@clickhouse/client'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import { readDurable, repairAcked } from '#collector/store/durable.ts'
import { Inserter } from '#collector/store/inserter.ts'
import type { AgentChunk } from '#collector/store/store.ts'
import {
  chunk,
  coverageFact,
  engineMissing,
  exec,
  exit,
  fixedClock,
  gap,
  rowsOf,
  storeOn,
  t0,
  temporaryDirectory,
  totalsAfter,
  withSchema,
} from './fixtures.ts'

const day = '2026-11-23'
const start = { captured: 1_000, filtered: 100, unknownGaps: 2 }

/** What the ledger says of an agent, and in how many rows. */
const acked = (client: ClickHouseClient, agent: string) =>
  rowsOf(
    client,
    `SELECT min(first_seq), max(last_seq), sum(numbers), max(captured), max(filtered), sumMap(units), sumMap(lost)
     FROM acked WHERE agent = '${agent}'`,
  )

/** An insert that is cut off before its last statement, as by a crash. */
const insertWithoutEntry = async (
  client: ClickHouseClient,
  chunks: readonly AgentChunk[],
): Promise<void> => {
  const closing = new AbortController()
  const cut = Object.create(client, {
    exec: {
      value: async (options: { query: string }) => {
        if (!options.query.startsWith('INSERT INTO acked')) return client.exec(options)
        closing.abort()
        throw new Error('the collector is gone')
      },
    },
  }) as ClickHouseClient
  const inserter = new Inserter({
    client: cut,
    clock: fixedClock(),
    log: silentLog,
    takenThrough: () => '',
    closed: closing.signal,
  })
  await inserter.insert(chunks).catch(() => {})
}

t.test('how far an epoch is durable', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    await t.test('nothing is known of an epoch that never was', async (t) => {
      t.strictSame(await readDurable(client, "no'body", 1), {
        seq: 0,
        totals: { captured: 0, filtered: 0, unknownGaps: 0 },
      })
    })

    await t.test('a crash between rows and entry costs nothing, facts included', async (t) => {
      const agent = "cut'\\\n"
      const first = [gap({ replaces: 5, lost: 9 }), exec(), exit()]
      const before = { ...start }
      const between = totalsAfter(before, first)
      // Filtered events and a loss that nobody owns up to: only the agent's own totals tell of them.
      const after = { captured: between.captured + 50, filtered: 130, unknownGaps: 3 }
      const chunks = [
        chunk(15, first, { agent, before }),
        chunk(18, [exec(), coverageFact()], { agent, before: between, after }),
      ]
      await insertWithoutEntry(client, chunks)
      await insertWithoutEntry(client, [chunk(1, [coverageFact()], { agent: 'facts' })])
      t.same(await rowsOf(client, 'SELECT count() FROM acked'), [[0]], 'it was cut off')
      t.strictSame(await readDurable(client, agent, 1), { seq: 19, totals: after })
      t.strictSame(await readDurable(client, agent, 1), { seq: 19, totals: after }, 'again')
      t.equal((await readDurable(client, 'facts', 1)).seq, 0, 'facts alone are sent again')
      t.same(
        await rowsOf(
          client,
          'SELECT first_seq, last_seq, numbers, captured_before, units FROM acked',
        ),
        [[11, 19, 9, 1_000, { exec: 2, exit: 1 }]],
      )
      t.equal(await repairAcked(client, {}), 0)
    })

    await t.test('what is there without an entry is found for all agents at once', async (t) => {
      await storeOn(client, day, [chunk(1, [exec()], { agent: 'well' })])
      for (const agent of ['gone-1', 'gone-2']) {
        await storeOn(client, day, [chunk(1, [exec()], { agent })])
        await insertWithoutEntry(client, [
          chunk(2, [exec(), exec()], { agent }),
          chunk(9, [exec()], { agent }),
        ])
      }
      t.equal(await repairAcked(client, { rows: `receive_day < '${day}'` }), 0, 'another day’s')
      t.equal(await repairAcked(client, {}), 4, 'two ranges of two agents')
      for (const agent of ['gone-1', 'gone-2'])
        t.same(await acked(client, agent), [[1, 9, 4, 2, 0, { exec: 4 }, {}]])
      t.equal(await repairAcked(client, {}), 0)
    })

    await t.test('the whole of `acked` can be made again from the rows', async (t) => {
      const before = await acked(client, 'gone-1')
      await client.command({ query: 'TRUNCATE TABLE acked' })
      t.ok((await repairAcked(client, {})) > 0)
      t.same(await acked(client, 'gone-1'), before)
    })

    for (const [name, advanceUs] of [
      ['an answer that is lost', 0],
      ['an answer that is lost over midnight', 86_400_000_000],
    ] as const) {
      await t.test(`${name} does not count twice`, async (t) => {
        const agent = name
        const clock = fixedClock(t0)
        const lost = new Set<string>()
        const forgetful = Object.create(client, {
          exec: {
            value: async (options: { query: string }) => {
              const answer = await client.exec(options)
              answer.stream.resume()
              if (lost.has(options.query)) return answer
              lost.add(options.query)
              clock.nowUsValue += advanceUs
              // As long after as merges take to make other parts of it.
              await client.command({ query: 'OPTIMIZE TABLE acked FINAL' })
              throw new Error('socket hang up')
            },
          },
        }) as ClickHouseClient
        const closed = new AbortController().signal
        const inserter = new Inserter({
          client: forgetful,
          clock,
          log: silentLog,
          takenThrough: () => '',
          closed,
        })
        await inserter.insert([chunk(1, [exec(), gap({ lost: 4 })], { agent })])
        await inserter.insert([
          chunk(3, [exec()], { agent, before: { captured: 5, filtered: 0, unknownGaps: 0 } }),
        ])
        t.equal(inserter.insertsRetried, 4)
        const expected = [[1, 3, 3, 6, 0, { exec: 2 }, { ring_full: 4 }]]
        t.same(await acked(client, agent), expected)
        await client.command({ query: 'OPTIMIZE TABLE acked FINAL' })
        t.same(await acked(client, agent), expected, 'after merges')
        const rows = `SELECT count() FROM acked WHERE agent = '${agent}'`
        t.same(await rowsOf(client, rows), [[1]], 'which leave one row')
        t.same(await rowsOf(client, rows.replace('acked', 'events')), [[3]])
      })
    }
  }),
)
