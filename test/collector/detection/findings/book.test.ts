import t from 'tap'
import { FindingBook, type FindingStore } from '#collector/detection/findings/book.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { FindingQuery, StoredFinding } from '#collector/store/findings.ts'
import type { Finding } from '#proto/finding.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'
import { occurrence } from '#test/fixtures/occurrences.ts'

class MemoryFindings implements FindingStore {
  readonly rows = new Map<string, StoredFinding>()
  readonly asked: FindingQuery[] = []
  writes = 0
  failure: Error | undefined

  async findings(query: FindingQuery): Promise<readonly StoredFinding[]> {
    this.#fail()
    this.asked.push(query)
    return (query.ids ?? []).flatMap((id) => this.rows.get(id) ?? [])
  }

  async writeFindings(findings: readonly StoredFinding[]): Promise<void> {
    this.#fail()
    if (findings.length > 0) this.writes += 1
    for (const one of findings) {
      const before = this.rows.get(one.finding.id)
      if (one.version > (before?.version ?? 0)) this.rows.set(one.finding.id, one)
    }
  }

  #fail(): void {
    if (this.failure !== undefined) throw this.failure
  }

  get all(): readonly Finding[] {
    return [...this.rows.values()].map(({ finding }) => finding)
  }
}

const setUp = (store = new MemoryFindings()) => {
  const time = manualTime()
  const told: [string, boolean][] = []
  const book = new FindingBook({
    store,
    clock: time.clock,
    onChanged: ({ id }, isNew) => told.push([id, isNew]),
  })
  return { store, time, told, book }
}

t.test('a burst of one attack is one finding, one read and one write', async (t) => {
  const { store, book, told } = setUp()
  for (let seq = 1; seq <= 200; seq += 1) t.ok(book.report(occurrence({ seq })))
  t.equal(book.stats.pending, 200)
  await book.flush()
  t.match(store.all, [{ count: 200, state: 'open' }])
  t.equal(store.writes, 1)
  t.equal(store.asked.length, 1)
  t.strictSame(
    told.map(([, isNew]) => isNew),
    [true],
  )
  t.strictSame(book.stats, { pending: 0, refused: 0, occurrences: 200 })
  await book.flush()
  t.equal(store.writes, 1, 'nothing to say, nothing written')
})

t.test('what is in the store already goes on there, by whichever process', async (t) => {
  const { store, book } = setUp()
  book.report(occurrence({ seq: 1 }))
  await book.flush()
  const { book: next, told } = setUp(store)
  next.report(occurrence({ seq: 1 }))
  next.report(occurrence({ seq: 2 }))
  await next.flush()
  t.match(store.all, [{ count: 2 }], 'the event that both evaluated counts once')
  t.strictSame(
    told.map(([, isNew]) => isNew),
    [false],
  )
})

t.test('a clock that was set back does not hide what came later', async (t) => {
  const { store, book, time } = setUp()
  await time.advance(3_600_000)
  book.report(occurrence({ seq: 1 }))
  await book.flush()
  const { book: next } = setUp(store)
  next.report(occurrence({ seq: 2 }))
  await next.flush()
  t.match(store.all, [{ count: 2 }])
})

t.test('while the store fails everything waits, and is written once it works', async (t) => {
  const { store, book, told } = setUp()
  store.failure = new StoreError('unreachable', 'down')
  book.report(occurrence({ seq: 1 }))
  await t.rejects(book.flush(), { code: 'unreachable' })
  book.report(occurrence({ seq: 2 }))
  await t.rejects(book.flush(), { code: 'unreachable' })
  t.strictSame(told, [])
  store.failure = undefined
  await book.flush()
  t.match(store.all, [{ count: 2 }])
})

t.test('when there is no room, whoever reports is told to wait', async (t) => {
  const { store, book } = setUp()
  let taken = 0
  while (book.report(occurrence({ seq: taken + 1 }))) taken += 1
  t.ok(taken > 100 && taken < 100_000)
  t.match(book.stats, { pending: taken, refused: 1 })
  await book.flush()
  t.ok(book.report(occurrence({ seq: taken + 1 })))
  await book.flush()
  t.match(store.all, [{ count: taken + 1 }])
})

t.test('what is reported while a write runs is not lost', async (t) => {
  const { store, book } = setUp()
  book.report(occurrence({ seq: 1 }))
  const first = book.flush()
  book.report(occurrence({ seq: 2 }))
  book.report(occurrence({ seq: 1 }, { key: { exe: '/bin/other' } }))
  await first
  await book.flush()
  t.strictSame(store.all.map(({ count }) => count).sort(), [1, 2])
})

t.test('people decide, and what they said stays with the finding', async (t) => {
  const { store, book } = setUp()
  book.report(occurrence({ seq: 1 }))
  await book.flush()
  const { id } = store.all[0] as Finding
  const say = (action: 'acknowledged' | 'resolved' | 'reopened' | 'commented', comment: string) =>
    book.decide({ id, action, author: 'ada', comment })
  t.match(await say('acknowledged', 'known job'), { state: 'acknowledged' })
  t.match(await say('commented', 'asked the team'), { state: 'acknowledged' })
  t.match(await say('resolved', 'fixed'), { state: 'resolved' })
  book.report(occurrence({ seq: 2 }))
  await book.flush()
  t.match(store.all, [{ state: 'open', count: 2 }])
  t.strictSame(
    store.all[0]?.changes.map(({ author, action, comment }) => [author, action, comment]),
    [
      ['ada', 'acknowledged', 'known job'],
      ['ada', 'commented', 'asked the team'],
      ['ada', 'resolved', 'fixed'],
      ['mayfly', 'reopened', 'seen again'],
    ],
  )
  t.equal(
    await book.decide({ id: 'ffff', action: 'resolved', author: 'ada', comment: '' }),
    undefined,
  )
})
