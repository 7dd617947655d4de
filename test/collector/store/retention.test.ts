import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { readDurable } from '#collector/store/durable.ts'
import { overdueDays } from '#collector/store/retention.ts'
import {
  chunk,
  engineMissing,
  exec,
  rowsOf,
  storeOn,
  temporaryDirectory,
  withSchema,
} from './fixtures.ts'
import {
  at,
  dayName,
  dayUs,
  retentionOf,
  rowsByDay,
  soundLedger,
  storeDay,
} from './retention-fixture.ts'
import { serverError, stubClient } from './stub-client.ts'

t.test('which days are over', async (t) => {
  const days = (...numbers: number[]) => numbers.map(dayName)
  for (const [name, stored, nowUs, retentionDays, expected] of [
    ['nothing is stored', [], at(23), 7, []],
    ['the day on which they are that old', days(20, 21, 22, 23), at(23), 2, days(20, 21)],
    ['whatever the order, each once', days(23, 20, 22, 20, 21), at(23), 2, days(20, 21)],
    ['younger ones stay', days(20, 21, 22, 23), at(23), 7, []],
    ['the clock is set back', days(20, 21, 22, 23), at(10), 2, []],
    [
      'the clock jumps ahead: one day less for the one that it adds',
      [...days(20, 21, 22), '2031-01-01'],
      at(22) + 1_500 * dayUs,
      2,
      days(20, 21),
    ],
    [
      'the clock jumps ahead, and nothing has come yet',
      days(20, 21, 22),
      at(22) + 1_500 * dayUs,
      2,
      days(20),
    ],
    ['few days with rows: the newest stay, however old', days(10, 11, 12), at(23), 3, []],
  ] as const) {
    t.strictSame(overdueDays(stored, nowUs, retentionDays), expected, name)
  }
})

t.test('retention without holds', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    for (const day of [18, 19, 20, 21, 22, 23]) await storeDay(client, day)

    await t.test('what is over goes, is recorded, and stays known as acknowledged', async (t) => {
      const before = await soundLedger(client)
      t.match(before, [{ stored: 18, gaps: 42, expired: 0 }, { stored: 18 }])
      await retentionOf(client, at(23) + 1).run()
      t.same(
        await rowsByDay(client),
        [21, 22, 23].map((day) => [dayName(day), 14]),
      )
      t.same(
        await rowsByDay(client, 'coverage'),
        [21, 22, 23].map((day) => [dayName(day), 2]),
      )
      t.match(await soundLedger(client), [
        {
          ...{ captured: 60, stored: 9, expired: 9, gaps: 42, gapsByReason: { ring_full: 42 } },
          ...{ lostUnknown: { ring_full: 6 }, lastSeq: 48, missingSeqs: 0, firstDay: dayName(18) },
        },
        { stored: 9, expired: 9 },
      ])
      t.equal((await readDurable(client, 'agent-n1', 1)).seq, 48)
    })

    await t.test('a run that finds nothing to do changes nothing', async (t) => {
      const before = await rowsOf(client, 'SELECT * FROM expired ORDER BY ALL')
      await retentionOf(client, at(23) + 1).run()
      t.same(await rowsOf(client, 'SELECT * FROM expired ORDER BY ALL'), before)
    })

    await t.test(
      'a shorter retention takes more at the next run, a longer one nothing back',
      async (t) => {
        await retentionOf(client, at(23) + 3_600_000_000, 1).run()
        t.same(await rowsByDay(client), [[dayName(23), 14]])
        await retentionOf(client, at(23), 30).run()
        t.match(await soundLedger(client), [
          { stored: 3, expired: 15 },
          { stored: 3, expired: 15 },
        ])
      },
    )

    await t.test('what a collector received with its clock set back is not old', async (t) => {
      for (const day of [24, 25]) await storeDay(client, day)
      await storeDay(client, 11, at(25))
      await retentionOf(client, at(25) + 3_600_000_000, 2).run()
      t.same(
        await rowsByDay(client),
        [11, 24, 25].map((day) => [dayName(day), 14]),
      )
      await retentionOf(client, at(27) + 2 * 3_600_000_000, 2).run()
      t.same(
        await rowsByDay(client),
        [24, 25].map((day) => [dayName(day), 14]),
        'until it is',
      )
      t.match(await soundLedger(client), [{ stored: 6, expired: 21 }, { expired: 21 }])
    })

    await t.test('events from the future keep nothing back', async (t) => {
      await storeDay(client, 12, at(25) + 400 * dayUs)
      await retentionOf(client, at(27) + 2 * 3_600_000_000, 2).run()
      t.same(
        await rowsByDay(client),
        [24, 25].map((day) => [dayName(day), 14]),
      )
      await soundLedger(client)
    })

    await t.test('numbers that were stored twice on a day expire once', async (t) => {
      for (let copy = 0; copy < 2; copy += 1)
        await storeOn(client, dayName(13), [
          chunk(1 + copy, [exec({ timeUs: at(13) }), exec({ timeUs: at(13) })], {
            ...{ agent: 'double', before: { captured: copy, filtered: 0, unknownGaps: 0 } },
          }),
        ])
      await retentionOf(client, at(27) + 2 * 3_600_000_000, 2).run()
      t.match(await rowsOf(client, "SELECT units FROM expired WHERE agent = 'double'"), [
        [{ exec: 3 }],
      ])
    })
  }),
)

t.test('what must not see a day being taken waits, and retention waits for it', async (t) => {
  const order: string[] = []
  const stub = stubClient((statement) => {
    if (!statement.includes('system.parts')) return []
    order.push('retention')
    return []
  })
  const retention = retentionOf(stub.client, at(23))
  const audit = retention.undisturbed(async () => {
    await sleep(20)
    order.push('audit')
  })
  const run = retention.run()
  const late = retention.undisturbed(async () => order.push('late'))
  await Promise.all([audit, run, late])
  t.strictSame(order, ['audit', 'retention', 'late'])
})

t.test('a run that fails says why, and holds up nobody', async (t) => {
  const { client } = stubClient(() => {
    throw serverError(159, 'Timeout exceeded')
  })
  const retention = retentionOf(client, at(23))
  await t.rejects(retention.run(), { code: 'limit' })
  t.equal(await retention.undisturbed(async () => 'well'), 'well')
  await t.rejects(retention.run(), { code: 'limit' }, 'the next run tries again')
})
