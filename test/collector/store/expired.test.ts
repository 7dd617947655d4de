import t from 'tap'
import { nextVersion, recordExpiry } from '#collector/store/expired.ts'
import { countRows } from '#collector/store/row-counts.ts'
import { engineMissing, rowsOf, temporaryDirectory, withSchema } from './fixtures.ts'
import { dayName, one, storeDay } from './retention-fixture.ts'

const day = dayName(18)

t.test(
  'what a day had stays what it had, whatever has gone of it since',
  { skip: engineMissing },
  (t) =>
    withSchema(temporaryDirectory(t), async (client) => {
      const recorded = () =>
        rowsOf(
          client,
          `SELECT units, lost, lost_unknown, kept_units, kept_lost, kept_lost_unknown FROM expired FINAL
         WHERE receive_day = '${day}' AND agent = 'agent-n1'`,
        )
      const had = [{ exec: 3 }, { ring_full: 7 }, { ring_full: 1 }]
      const keep = async (where: string): Promise<void> =>
        recordExpiry(
          client,
          day,
          await countRows(client, {
            from: 'events',
            where: `receive_day = '${day}' AND (${where})`,
          }),
          await nextVersion(client),
        )

      t.equal(await nextVersion(client), 1)
      await keep('1')
      t.same(await recorded(), [], 'a day without rows has nothing to record')

      for (const dayOfMonth of [18, 19]) await storeDay(client, dayOfMonth)
      const container = `container_id = '${one}'`
      for (const times of ['once', 'again']) {
        await keep(container)
        t.same(await recorded(), [[...had, { exec: 1 }, {}, {}]], times)
      }
      t.equal(await nextVersion(client), 3)
      await client.command({
        query: `ALTER TABLE events DELETE WHERE NOT (${container}) SETTINGS mutations_sync=2`,
      })
      await keep(container)
      t.same(await recorded(), [[...had, { exec: 1 }, {}, {}]], 'when the others are gone')
      await keep('0')
      t.same(await recorded(), [[...had, {}, {}, {}]], 'and when nothing is to stay')
      t.same(await rowsOf(client, 'SELECT DISTINCT receive_day FROM expired'), [[day]])
    }),
)
