import fc from 'fast-check'
import t from 'tap'
import { addOccurrence, openFinding } from '#collector/detection/findings/occurrence.ts'
import { detectionTables } from '#collector/store/finding-table.ts'
import { type FindingQuery, readFindings, writeFindings } from '#collector/store/findings.ts'
import { occurrence } from '#test/fixtures/occurrences.ts'
import { hostileText } from './event-arbitraries.ts'
import { engineMissing, temporaryDirectory, withSchema } from './fixtures.ts'
import { stubClient } from './stub-client.ts'

const stored = (
  event: Parameters<typeof occurrence>[0],
  facts?: Parameters<typeof occurrence>[1],
  version = 1,
) => ({ ...openFinding(occurrence(event, facts)), version })

t.test('findings in the store', { skip: engineMissing }, (t) =>
  withSchema(temporaryDirectory(t), async (client) => {
    for (const query of detectionTables) await client.command({ query })
    const read = async (query: Partial<FindingQuery> = {}) =>
      (await readFindings(client, { limit: 100, ...query })).map(({ finding }) => finding)

    await t.test('whatever is in it comes back as it was', async (t) => {
      await fc.assert(
        fc.asyncProperty(hostileText, hostileText, fc.array(hostileText), async (a, b, list) => {
          const one = stored({ namespace: a }, { key: { [b]: a }, reason: b, text: list.join(' ') })
          await writeFindings(client, [one])
          const [found] = await readFindings(client, { ids: [one.finding.id], limit: 1 })
          t.strictSame(found, one)
        }),
        { numRuns: 30 },
      )
      await client.command({ query: 'TRUNCATE TABLE findings' })
    })

    await t.test('the newest version is what it is, whatever is written when', async (t) => {
      const first = stored({ seq: 1 })
      const second = { ...addOccurrence(first, occurrence({ seq: 2 })), version: 2 }
      await writeFindings(client, [second])
      await writeFindings(client, [first])
      await writeFindings(client, [second])
      t.match(await readFindings(client, { limit: 9 }), [{ finding: { count: 2 }, version: 2 }])
      await client.command({ query: 'TRUNCATE TABLE findings' })
    })

    await t.test('each field narrows, the latest come first', async (t) => {
      const at = (second: number) => `2026-07-01T10:00:0${second}.000000Z`
      await writeFindings(client, [
        stored({ time: at(1), workload: 'a' }, { severity: 'high' }),
        stored({ time: at(2), workload: 'b', namespace: 'shop' }, { rule: 'MF0002' }),
        stored({ time: at(3), workload: 'c', container: 'side' }, { severity: 'low' }),
      ])
      const names = async (query: Partial<FindingQuery>) =>
        (await read(query)).map(({ workload }) => workload).join('')
      t.equal(await names({}), 'cba')
      t.equal(await names({ limit: 2 }), 'cb')
      t.equal(await names({ namespace: 'shop' }), 'b')
      t.equal(await names({ workload: 'c' }), 'c')
      t.equal(await names({ container: 'web' }), 'ba')
      t.equal(await names({ rule: 'MF0001' }), 'ca')
      t.equal(await names({ severities: ['low', 'high'] }), 'ca')
      t.equal(await names({ severities: [] }), '')
      t.equal(await names({ states: ['open'] }), 'cba')
      t.equal(await names({ states: ['resolved'] }), '')
      const us = Date.parse(at(2)) * 1000
      t.equal(await names({ sinceUs: us }), 'cb')
      t.equal(await names({ untilUs: us }), 'a')
      t.equal(await names({ ids: [] }), '')
      t.equal(await names({ workload: "'; DROP TABLE findings; --" }), '')
    })
  }),
)

t.test('nothing to write is no question', async (t) => {
  const { client, statements } = stubClient()
  await writeFindings(client, [])
  t.strictSame(statements, [])
})
