import fc from 'fast-check'
import t from 'tap'
import { addHold, countHolds, maxHolds, readHolds, releaseHold } from '#collector/store/holds.ts'
import { hostileText } from './event-arbitraries.ts'
import {
  chunk,
  container,
  engineMissing,
  exec,
  storeOn,
  temporaryDirectory,
  withSchema,
} from './fixtures.ts'
import { at, dayName, one, retentionOf, storeDay, two } from './retention-fixture.ts'
import { stubClient } from './stub-client.ts'

const nowUs = at(23) + 123

t.test('holds', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    const add = (selection: Parameters<typeof addHold>[1]['selection']) =>
      addHold(client, { reason: 'r', selection }, nowUs)
    for (const day of [18, 19, 22, 23]) await storeDay(client, day)

    await t.test('each keeps what a timeline with its filters shows', async (t) => {
      // Of 4 days and 2 nodes: 2 names, 3 execs, 2 gaps each.
      for (const [selection, events] of [
        [{ node: 'n1' }, 28],
        [{ node: 'none' }, 0],
        [{ pod: 'one-x' }, 24],
        [{ pod: 'one-x', node: 'n2' }, 12],
        [{ namespace: 'payments', pod: 'two-x' }, 40],
        [{ container: two.slice(0, 12) }, 40],
        [{ since: '2026-11-19T00:00:00Z', until: '2026-11-20T00:00:00Z' }, 14],
        [{ container: one, since: '2026-11-23T00:00:00Z' }, 6],
      ] as const) {
        const hold = await add(selection)
        t.match(hold, { events, selection, reason: 'r' }, JSON.stringify(selection))
        t.match(hold.id, /^[0-9a-f]{8}$/)
        t.ok(await releaseHold(client, hold.id))
      }
      t.strictSame(await readHolds(client), [])
    })

    await t.test(
      'a gap belongs to a range by what it hides, even if it was told later',
      async (t) => {
        const seconds = '2026-11-18T10:00:00'
        const selection = {
          container: one,
          since: `${seconds}.000001Z`,
          until: `${seconds}.000003Z`,
        }
        t.equal((await add(selection)).events, 4, 'an exec and a gap of each node')
      },
    )

    await t.test('it is read back as it was made, and is gone when released', async (t) => {
      for (const { id } of await readHolds(client)) await releaseHold(client, id)
      await fc.assert(
        fc.asyncProperty(hostileText, hostileText, async (reason, pod) => {
          const selection = { pod: `p${pod}`, since: '2026-11-18T00:00:00Z' }
          const hold = await addHold(client, { reason, selection }, nowUs)
          t.strictSame(await countHolds(client, await readHolds(client)), [hold])
          t.ok(await releaseHold(client, hold.id))
          t.notOk(await releaseHold(client, hold.id), 'once')
        }),
        { numRuns: 5 },
      )
      t.notOk(await releaseHold(client, "no' such"))
    })

    await t.test('names that come later make it keep more', async (t) => {
      await add({ workload: 'late' })
      t.match(await countHolds(client, await readHolds(client)), [{ events: 0 }])
      const id = 'f'.repeat(64)
      await storeOn(client, dayName(23), [
        chunk(1, [exec({ containerId: id }), container({ containerId: id, workload: 'late' })], {
          ...{ agent: 'x', node: 'nx' },
        }),
      ])
      t.match(await countHolds(client, await readHolds(client)), [{ events: 2 }])
      for (const hold of await readHolds(client)) await releaseHold(client, hold.id)
    })

    await t.test('it says whether it came too late', async (t) => {
      await retentionOf(client, at(23) + 1).run()
      t.equal((await add({ pod: 'one-x' })).isLate, null)
      t.equal((await add({ pod: 'one-x', since: '2026-11-19T23:00:00Z' })).isLate, true)
      t.equal((await add({ pod: 'one-x', since: '2026-11-20T00:00:00Z' })).isLate, false)
    })
  }),
)

t.test('there is a limit, and it is said', async (t) => {
  const { client, statements } = stubClient((statement) =>
    statement.includes('FROM holds')
      ? Array.from({ length: maxHolds }, (_, id) => [`${id}`, 0, '', '{"pod":"x"}', 0])
      : [],
  )
  await t.rejects(addHold(client, { reason: '', selection: { pod: 'x' } }, nowUs), {
    code: 'bad_query',
    message: /release one first/,
  })
  t.notOk(statements.some((statement) => statement.startsWith('INSERT')))
})
