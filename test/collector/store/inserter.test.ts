import fc from 'fast-check'
import t from 'tap'
import { silentLog } from '#base/log.ts'
import {
  dayOf,
  Inserter,
  maxRowsPerBlock,
  planInsert,
  receiveDayAt,
  splitChunks,
} from '#collector/store/inserter.ts'
import { anyEvent } from './event-arbitraries.ts'
import { chunk, container, coverageFact, exec, fileFact, fixedClock, t0 } from './fixtures.ts'
import { type Answer, serverError, stubClient } from './stub-client.ts'

const day = '2026-11-23'

const open = (answer?: Answer, closed = new AbortController().signal) => {
  const { client, statements } = stubClient(answer)
  const clock = fixedClock()
  return {
    clock,
    statements,
    inserter: new Inserter({ client, clock, log: silentLog, takenThrough: () => '', closed }),
  }
}

t.test(
  'no event makes a blank line, which the engine would take for the end of the data',
  async () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 5 }), (events) =>
        planInsert([chunk(1, events)], day).every(({ body, rows }) => {
          const lines = body.toString().split('\n')
          return (
            lines.length === rows + 1 && lines.at(-1) === '' && !lines.slice(0, -1).includes('')
          )
        }),
      ),
    )
  },
)

t.test(
  'the same chunks and day are the same bytes under the same token; another day is not',
  async (t) => {
    const plan = (when: string) => planInsert([chunk(1, [exec(), container()])], when)
    t.strictSame(plan(day), plan(day))
    t.not(plan('2026-11-24').at(-1)?.query, plan(day).at(-1)?.query)
  },
)

t.test('`acked` comes last, events before it, and empty tables are left out', async (t) => {
  const all = [exec(), coverageFact(), fileFact(), container()]
  const tables = (events: Parameters<typeof chunk>[1]) =>
    planInsert([chunk(1, events)], day).map(({ table }) => table)
  t.strictSame(tables(all), ['containers', 'files', 'coverage', 'events', 'acked'])
  t.strictSame(tables([fileFact()]), ['files', 'acked'])
  t.strictSame(tables([]), [])
  const events = planInsert([chunk(1, all)], day).find(({ table }) => table === 'events')
  const seqs = events?.body
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[11])
  t.strictSame(seqs, ['1', '4'], 'the numbers of facts are not given to others')
})

t.test('blocks have a limit, and a chunk is never split', async (t) => {
  const of = (count: number) =>
    chunk(
      1,
      Array.from({ length: count }, () => exec()),
    )
  const sizes = (...counts: number[]) => splitChunks(counts.map(of)).map((part) => part.length)
  t.strictSame(sizes(), [])
  t.strictSame(sizes(maxRowsPerBlock + 1, 1), [1, 1], 'one that is too large stays whole')
  t.strictSame(sizes(1, maxRowsPerBlock - 1, 1), [2, 1])
})

t.test('the day is that of UTC', async (t) => {
  t.equal(dayOf(t0 - (t0 % 86_400_000_000) - 1), '2026-11-22')
  t.equal(dayOf(t0), day)
})

t.test('a retry sends the same bytes, also when the day has changed meanwhile', async (t) => {
  let during: string | undefined
  const made = open(() => {
    if (made.statements.length === 1) {
      made.clock.nowUsValue += 86_400_000_000
      throw serverError(243, 'Cannot reserve 1 MiB, not enough space')
    }
    during ??= made.inserter.failure
    return []
  })
  await made.inserter.insert([chunk(1, [exec()])])
  t.match(during, /^the disk of the data directory is full, free some space: .*not enough/)
  t.equal(made.statements.length, 3, 'events twice, acked once')
  t.equal(made.statements[0], made.statements[1])
  t.equal(made.inserter.failure, undefined)
  t.equal(made.inserter.insertsRetried, 1)
  t.equal(made.inserter.rowsInserted, 1)
})

t.test('a store that takes a statement and does not answer is told of', async (t) => {
  let early: string | undefined = 'not asked'
  let late: string | undefined
  const made = open(() => {
    if (made.statements.length === 1) {
      early = made.inserter.failure
      made.clock.nowMsValue += 12_000
      late = made.inserter.failure
    }
    return []
  })
  await made.inserter.insert([chunk(1, [exec()])])
  t.equal(early, undefined)
  t.equal(late, 'the store has not answered an insert for 12 s')
  t.equal(made.inserter.failure, undefined, 'it has')
})

t.test(
  'what is refused is not tried again, is not acknowledged, and holds up nobody',
  async (t) => {
    const { inserter, statements } = open((statement) => {
      if (statement.includes('poison')) throw serverError(27, 'Cannot parse input')
      return []
    })
    const refused = inserter.insert([chunk(1, [exec({ exe: 'poison' })])])
    const next = inserter.insert([chunk(2, [exec()])])
    await t.rejects(refused, { code: 'rejected', message: /^cannot insert into events/ })
    await next
    await inserter.idle()
    t.strictSame(
      statements.map((one) => one.split(' ')[2]),
      ['events', 'events', 'acked'],
    )
    t.equal(inserter.rowsInserted, 1)
    t.equal(inserter.insertsRetried, 0)
  },
)

t.test('closing ends the wait for a server that does not come back', async (t) => {
  const closing = new AbortController()
  const { inserter } = open(() => {
    closing.abort()
    throw new Error('connect ECONNREFUSED')
  }, closing.signal)
  await t.rejects(inserter.insert([chunk(1, [exec()])]), { code: 'closed' })
  await inserter.idle()
})

t.test('rows are received today, but not on a day that retention has taken', async (t) => {
  const at = (text: string) => Date.parse(text) * 1000
  const cases: readonly (readonly [string, string, string])[] = [
    ['2026-11-23T00:00:00Z', '', '2026-11-23'],
    ['2026-11-23T23:59:59Z', '2026-11-22', '2026-11-23'],
    ['2026-11-23T12:00:00Z', '2026-11-23', '2026-11-24'],
    ['2026-11-20T12:00:00Z', '2026-12-31', '2027-01-01'],
  ]
  for (const [now, taken, received] of cases) t.equal(receiveDayAt(at(now), taken), received)
})
