import type { ClickHouseClient } from '@clickhouse/client'
import t from 'tap'
import { addHold, readHolds, releaseHold } from '#collector/store/holds.ts'
import { engineMissing, rowsOf, temporaryDirectory, withSchema } from './fixtures.ts'
import {
  at,
  dayName,
  one,
  retentionOf,
  rowsByDay,
  soundLedger,
  storeDay,
  two,
} from './retention-fixture.ts'

const nowUs = at(23) + 3_600_000_000
const young = [22, 23].map((day) => [dayName(day), 14])

/** A client that is gone at its nth change, before or after the engine has made it. */
const goneAt = (client: ClickHouseClient, nth: number, isMade: boolean): ClickHouseClient => {
  let changes = 0
  const change =
    <Options, Result>(make: (options: Options) => Promise<Result>) =>
    async (options: Options): Promise<Result> => {
      changes += 1
      if (changes < nth) return make(options)
      if (changes === nth && isMade) await make(options)
      throw new Error('the collector is gone')
    }
  return Object.create(client, {
    command: { value: change(client.command.bind(client)) },
    exec: { value: change(client.exec.bind(client)) },
  }) as ClickHouseClient
}

const run = (client: ClickHouseClient) => retentionOf(client, nowUs).run()

t.test(
  'a collector that is gone at any step leaves a ledger that comes right',
  { skip: engineMissing },
  (t) =>
    withSchema(temporaryDirectory(t), async (client) => {
      const refill = async (): Promise<void> => {
        for (const table of ['events', 'coverage', 'acked', 'expired', 'thinned', 'holds'])
          await client.command({ query: `TRUNCATE TABLE ${table}` })
        for (const day of [18, 22, 23]) await storeDay(client, day)
      }
      const hold = (container: string) =>
        addHold(client, { reason: '', selection: { container } }, nowUs)

      /** Runs until nothing is left to interrupt; resolves with how often that was. */
      const interrupt = async (
        prepare: () => Promise<unknown>,
        check: (name: string) => Promise<void>,
        whenMade: readonly boolean[] = [false, true],
      ): Promise<number> => {
        for (let nth = 1; ; nth += 1) {
          let isThrough = false
          for (const isMade of whenMade) {
            await refill()
            await prepare()
            isThrough = await run(goneAt(client, nth, isMade)).then(
              () => true,
              () => false,
            )
            await check(`${isMade ? 'after' : 'before'} change ${nth}`)
          }
          if (isThrough) return nth - 1
        }
      }

      await t.test('while it drops a day', async (t) => {
        const times = await interrupt(
          async () => {},
          async (name) => {
            await run(client)
            t.same(await rowsByDay(client), young, name)
            t.match(await soundLedger(client), [{ stored: 6, expired: 3 }, { expired: 3 }], name)
          },
        )
        t.equal(times, 3, 'the record, events, coverage')
      })

      await t.test('while it thins a day', async (t) => {
        const times = await interrupt(
          () => hold(one),
          async (name) => {
            await run(client)
            t.same(await rowsByDay(client), [[dayName(18), 6], ...young], name)
            t.match(await soundLedger(client), [{ stored: 7, expired: 2 }, { expired: 2 }], name)
          },
        )
        t.equal(times, 5, 'what is held (twice), the record, events, the mark: all coverage stays')
      })

      await t.test(
        'what is left of a deletion still finds listed what it shall keep',
        async (t) => {
          const versions = async () =>
            (await rowsOf(client, 'SELECT DISTINCT version FROM held ORDER BY 1')) as number[][]
          await refill()
          await client.command({ query: 'TRUNCATE TABLE held' })
          await hold(one)
          await client.command({ query: 'SYSTEM STOP MERGES events' })
          // The deletion is ordered, and waits; then the collector is gone, and comes back until it has listed anew.
          await t.rejects(run(goneAt(client, 4, true)))
          const [first] = await versions()
          await t.rejects(run(goneAt(client, 2, true)))
          const both = await versions()
          t.equal(both.length, 2)
          t.strictSame(both[0], first)
          await client.command({ query: 'SYSTEM START MERGES events' })
          await run(client)
          t.same(await rowsByDay(client), [[dayName(18), 6], ...young])
          // The next that follows no cut off one makes room.
          await hold(two)
          await run(client)
          t.notOk((await versions()).some(([version]) => version === first?.[0]))
        },
      )

      await t.test('and other holds stand when the next begins', async (t) => {
        await interrupt(
          () => hold(one),
          async (name) => {
            for (const { id } of await readHolds(client)) await releaseHold(client, id)
            const { events } = await hold(two)
            await run(client)
            const [row] = await soundLedger(client)
            // What the first run has deleted already is gone; what it had only begun to is kept.
            t.match(row, { captured: 30, gaps: 21 }, name)
            t.equal((row?.stored ?? 0) + (row?.expired ?? 0), 9, name)
            t.ok([6, 8].includes(row?.stored ?? 0), `${name}: all of it or nothing, of ${events}`)
          },
          [true],
        )
      })
    }),
)
