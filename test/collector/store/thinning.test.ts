import type { ClickHouseClient } from '@clickhouse/client'
import t from 'tap'
import { readCoverage } from '#collector/store/coverage-reads.ts'
import { addHold, readHolds, releaseHold } from '#collector/store/holds.ts'
import { prune } from '#collector/store/prune.ts'
import { readEvents } from '#collector/store/timeline.ts'
import type { HoldSelection } from '#proto/api.ts'
import {
  chunk,
  container,
  engineMissing,
  exec,
  fileFact,
  rowsOf,
  storeOn,
  temporaryDirectory,
  withSchema,
} from './fixtures.ts'
import {
  at,
  dayName,
  dayUs,
  one,
  retentionOf,
  rowsByDay,
  soundLedger,
  storeDay,
  two,
} from './retention-fixture.ts'

const nowUs = at(23) + 3_600_000_000
const days = [18, 19, 22, 23] as const

const hold = async (client: ClickHouseClient, selection: HoldSelection): Promise<string> =>
  (await addHold(client, { reason: 'test', selection }, nowUs)).id

const releaseAll = async (client: ClickHouseClient): Promise<void> => {
  for (const { id } of await readHolds(client)) await releaseHold(client, id)
}

/** Begins anew with four days of two nodes. */
const refill = async (client: ClickHouseClient): Promise<void> => {
  for (const table of [
    'events',
    'coverage',
    'containers',
    'acked',
    'expired',
    'thinned',
    'holds',
    'held',
  ])
    await client.command({ query: `TRUNCATE TABLE ${table}` })
  for (const day of days) await storeDay(client, day)
}

const run = (client: ClickHouseClient) => retentionOf(client, nowUs).run()

const mutations = async (client: ClickHouseClient): Promise<number> =>
  Number(
    (
      (await rowsOf(
        client,
        "SELECT count() FROM system.mutations WHERE table IN ('events', 'coverage')",
      )) as number[][]
    )[0]?.[0],
  )

t.test('retention with holds', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    await t.test('what a hold selects stays, with what a timeline shows beside it', async (t) => {
      await refill(client)
      const untilUs = at(19) - dayUs / 2
      const query = { container: one, untilUs, limit: 100 }
      const before = await readEvents(client, query, undefined)
      const covered = await readCoverage(client, query)
      t.ok(before.events.some(({ kind, containerId }) => kind === 'gap' && containerId === ''))
      t.match(covered, [{ source: 'ebpf', gaps: 1 }, { source: 'none' }, {}, {}])
      await hold(client, { pod: 'one-x', until: '2026-11-19T00:00:00Z' })
      await run(client)
      // Of each node: a name, an exec, a gap of the node.
      const rows = [[dayName(18), 6], ...[22, 23].map((day) => [dayName(day), 14])]
      t.same(await rowsByDay(client), rows)
      t.same(
        await rowsByDay(client, 'coverage'),
        [18, 22, 23].map((day) => [dayName(day), 2]),
      )
      t.same(await readEvents(client, query, undefined), before)
      t.same(await readCoverage(client, query), covered)
      t.match(await soundLedger(client), [
        { captured: 40, stored: 7, expired: 5, gaps: 28, lostUnknown: { ring_full: 4 } },
        { stored: 7, expired: 5 },
      ])
    })

    await t.test('a run that has nothing more to take rewrites nothing', async (t) => {
      const before = await mutations(client)
      const recorded = await rowsOf(client, 'SELECT * FROM expired ORDER BY ALL')
      await run(client)
      t.equal(await mutations(client), before)
      t.same(await rowsOf(client, 'SELECT * FROM expired ORDER BY ALL'), recorded)
    })

    await t.test('names and hashes of what is held stay', async (t) => {
      const id = 'c'.repeat(64)
      const events = [
        container({ containerId: id, pod: 'job', timeUs: at(18) }),
        container({ containerId: id, pod: 'job', timeUs: at(18) + 9, phase: 'ended' }),
        exec({ containerId: id, timeUs: at(18) }),
        fileFact({ timeUs: at(18) }),
      ]
      const agent = 'agent-job'
      await storeOn(client, dayName(17), [
        chunk(1, events, { agent, node: 'n3', boot: 'job-boot' }),
      ])
      await hold(client, { pod: 'job' })
      await run(client)
      await prune(client, nowUs + 60 * dayUs, 2)
      const { events: left } = await readEvents(client, { container: id, limit: 10 }, undefined)
      t.match(left, [{ pod: 'job' }, { pod: 'job' }, { pod: 'job' }])
      t.same(await rowsOf(client, "SELECT count() FROM files WHERE boot = 'job-boot'"), [[1]])
    })

    await t.test('a released hold keeps nothing at the next run', async (t) => {
      await releaseAll(client)
      await run(client)
      t.same(
        await rowsByDay(client),
        [22, 23].map((day) => [dayName(day), 14]),
      )
      t.same(
        await rowsByDay(client, 'coverage'),
        [22, 23].map((day) => [dayName(day), 2]),
      )
      t.match(await soundLedger(client), [
        { agent: 'agent-n1', stored: 6, expired: 6, gaps: 28 },
        { agent: 'agent-n2', stored: 6, expired: 6 },
        { agent: 'agent-job', stored: 0, expired: 1 },
      ])
    })

    await t.test('holds by node, by time alone, and two at once', async (t) => {
      for (const [selections, rows, coverage] of [
        [[{ node: 'n1' }], [7, 7], [1, 1]],
        [[{ until: '2026-11-19T00:00:00Z' }], [14], [2]],
        [
          // What a gap of day 19 hides lies on that day; the coverage is that of the asked range on the nodes concerned.
          [
            {
              container: two,
              node: 'n2',
              since: '2026-11-19T00:00:00Z',
              until: '2026-11-20T00:00:00Z',
            },
            { node: 'n1', until: '2026-11-19T00:00:00Z' },
          ],
          [7, 5],
          [1, 1],
        ],
        [[{ pod: 'nobody' }], [], []],
      ] as const) {
        await refill(client)
        for (const selection of selections) await hold(client, selection)
        await run(client)
        const name = JSON.stringify(selections)
        const young = (count: number) => [22, 23].map((day) => [dayName(day), count])
        const old = (counts: readonly number[]) =>
          counts.map((count, day) => [dayName(18 + day), count])
        t.same(await rowsByDay(client), [...old(rows), ...young(14)], name)
        t.same(await rowsByDay(client, 'coverage'), [...old(coverage), ...young(2)], name)
        await soundLedger(client)
      }
    })

    await t.test('cheap reads know of what was deleted', async (t) => {
      await refill(client)
      await hold(client, { container: one, until: '2026-11-21T00:00:00Z' })
      await run(client)
      t.same(
        await rowsOf(
          client,
          `SELECT container_id, count() FROM (SELECT container_id, node, min(time_us), max(time_us) FROM events WHERE receive_day < '${dayName(22)}' GROUP BY container_id, node) GROUP BY container_id ORDER BY container_id`,
        ),
        [
          ['', 2],
          [one, 2],
        ],
      )
      t.same(
        await rowsOf(client, `SELECT min(time_us) FROM events WHERE container_id = '${two}'`),
        [[at(22)]],
      )
      t.same(
        await rowsOf(
          client,
          "SELECT max(seq) FROM events WHERE agent = 'agent-n1' GROUP BY agent, epoch",
        ),
        [[31]],
      )
    })
  }),
)
