import fc from 'fast-check'
import t from 'tap'
import { rowCountKey } from '#collector/store/audit-rows.ts'
import { countRows } from '#collector/store/row-counts.ts'
import { tallyOf } from '#collector/store/tally.ts'
import { unitsOfAll } from '#proto/units.ts'
import { anyEvent } from './event-arbitraries.ts'
import {
  chunk,
  connect,
  engineMissing,
  exec,
  gap,
  storeOn,
  temporaryDirectory,
  withSchema,
} from './fixtures.ts'

const day = '2026-11-23'
const all = { from: 'events', where: '1' }

t.test('what counts in SQL is what counts on the wire', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    await t.test('of every kind of event, whatever is in it', async (t) => {
      let epoch = 0
      const events = fc
        .array(anyEvent, { minLength: 1, maxLength: 30 })
        .filter((some) => unitsOfAll(some) <= Number.MAX_SAFE_INTEGER)
      await fc.assert(
        fc.asyncProperty(events, async (some) => {
          epoch += 1
          await storeOn(client, day, [chunk(1, some, { epoch, agent: "a'\\\t" })])
          const counts = await countRows(client, { from: 'events', where: `epoch = ${epoch}` })
          const { duplicates, ...tally } = counts.get(rowCountKey("a'\\\t", epoch)) ?? {
            ...tallyOf([]),
            duplicates: 0,
          }
          const { units, lost, lostUnknown } = tally
          t.same({ units, lost, lostUnknown }, tallyOf(some))
          t.equal(duplicates, 0)
        }),
        { numRuns: 30 },
      )
    })

    await t.test('each number once, however often it was stored', async (t) => {
      const events = [exec(), connect({ count: 5 }), gap({ lost: 9 }), gap({ lost: null })]
      await storeOn(client, day, [chunk(11, events, { agent: 'twice' })])
      await storeOn(client, '2026-11-24', [
        chunk(12, [...events.slice(1), exec()], { agent: 'twice' }),
      ])
      await storeOn(client, day, [chunk(1, [exec()], { agent: 'once' })])
      const counts = await countRows(client, { ...all, where: "agent IN ('once', 'twice')" })
      t.match(counts.get(rowCountKey('twice', 1)), {
        ...{ units: { exec: 2, connect: 5 }, lost: { ring_full: 9 } },
        ...{ lostUnknown: { ring_full: 1 }, duplicates: 3 },
      })
      t.match(counts.get(rowCountKey('once', 1)), { units: { exec: 1 }, duplicates: 0 })
    })

    t.equal((await countRows(client, { ...all, where: '0' })).size, 0, 'nothing of nothing')
  }),
)
