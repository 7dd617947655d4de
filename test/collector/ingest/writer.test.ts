import t from 'tap'
import { silentLog } from '#base/log.ts'
import { type WriteItem, type WriteOwner, Writer } from '#collector/ingest/writer.ts'
import { StoreError } from '#collector/store/errors.ts'
import { MemoryStore } from '#test/fixtures/memory-store.ts'
import { eventId, namedEvent } from '#test/fixtures/named-events.ts'
import { until } from '#test/fixtures/until.ts'

class Owner implements WriteOwner {
  readonly agent: string
  readonly epoch = 1
  readonly isBacklog: boolean
  readonly durableSeqs: number[] = []
  readonly failures: string[] = []

  constructor(agent: string, isBacklog = false) {
    this.agent = agent
    this.isBacklog = isBacklog
  }

  durable(item: WriteItem): void {
    this.durableSeqs.push(item.lastSeq)
  }

  poisoned(item: WriteItem): WriteItem {
    return {
      ...item,
      chunks: item.chunks.map((chunk) => ({ ...chunk, events: [namedEvent('gap')] })),
    }
  }

  failed(reason: string): void {
    this.failures.push(reason)
  }
}

const item = (owner: Owner, seq: number, id = `${seq}`): WriteItem => ({
  owner,
  chunks: [
    {
      agent: owner.agent,
      node: 'n',
      epoch: 1,
      boot: 'b',
      ringId: 0,
      ringPosition: 0,
      firstSeq: seq,
      events: [namedEvent(id)],
      before: { captured: seq - 1, filtered: 0, unknownGaps: 0 },
      after: { captured: seq, filtered: 0, unknownGaps: 0 },
    },
  ],
  firstSeq: seq,
  lastSeq: seq,
  bytes: 10,
  payload: Buffer.alloc(0),
})

t.test('items are inserted together, in order, and told when durable', async (t) => {
  const store = new MemoryStore()
  const writer = new Writer({ store, log: silentLog, lingerMs: 60_000 })
  const [a, b] = [new Owner('a'), new Owner('b')]
  for (const next of [item(a, 1), item(b, 1), item(a, 2)]) writer.add(next)
  t.equal(writer.bytes, 30)
  await writer.flush()
  t.equal(store.inserts, 1)
  t.strictSame([a.durableSeqs, b.durableSeqs], [[1, 2], [1]])
  t.equal(writer.bytes, 0)
})

t.test('enough rows do not wait, and an insert takes no more than that', async (t) => {
  const store = new MemoryStore()
  const writer = new Writer({ store, log: silentLog, lingerMs: 60_000, insertRows: 3 })
  const owner = new Owner('a')
  for (let seq = 1; seq <= 7; seq += 1) writer.add(item(owner, seq))
  await until('six are durable', () => owner.durableSeqs.length >= 6)
  t.ok(store.largestInsert <= 3)
  await writer.flush()
  t.strictSame(owner.durableSeqs, [1, 2, 3, 4, 5, 6, 7])
})

t.test('what is discarded is not inserted; what is on its way is waited for', async (t) => {
  const store = new MemoryStore()
  store.insertMs = 50
  const writer = new Writer({ store, log: silentLog, lingerMs: 1 })
  const owner = new Owner('a')
  writer.add(item(owner, 1))
  await until('it is on its way', () => store.inserts === 1)
  writer.add(item(owner, 2))
  writer.discard(owner)
  await writer.whenWritten('a', 1)
  t.strictSame(owner.durableSeqs, [1])
  await writer.flush()
  t.equal(store.rows.length, 1)
  t.equal(writer.bytes, 0)
})

t.test('a store that fails tells each owner once; nothing is durable', async (t) => {
  const store = new MemoryStore()
  store.rejectNext.push(new StoreError('closed', 'the store was closed'))
  const writer = new Writer({ store, log: silentLog, lingerMs: 1 })
  const [a, b] = [new Owner('a'), new Owner('b')]
  for (const next of [item(a, 1), item(a, 2), item(b, 1)]) writer.add(next)
  await writer.flush()
  t.strictSame([a.failures, b.failures], [['the store was closed'], ['the store was closed']])
  t.strictSame([...a.durableSeqs, ...b.durableSeqs], [])
})

t.test('of many, only the item that the store refuses is replaced', async (t) => {
  const store = new MemoryStore()
  store.refuses = (event) => event.kind === 'exec' && event.exe === 'bad'
  const writer = new Writer({ store, log: silentLog, lingerMs: 1 })
  const owner = new Owner('a')
  for (const next of [item(owner, 1), item(owner, 2, 'bad'), item(owner, 3)]) writer.add(next)
  await writer.flush()
  t.strictSame(
    store.rows.map(({ event }) => event.kind === 'exec' && event.exe),
    ['1', 'gap', '3'],
  )
  t.strictSame(owner.durableSeqs, [1, 2, 3])
})

t.test('when even the replacement is refused, the owner is told', async (t) => {
  const store = new MemoryStore()
  store.refuses = () => true
  const writer = new Writer({ store, log: silentLog, lingerMs: 1 })
  const owner = new Owner('a')
  writer.add(item(owner, 1))
  await writer.flush()
  t.strictSame(owner.failures, ['a value that no column takes'])
})

t.test('nothing of an owner is stored behind what could not be stored', async (t) => {
  const store = new MemoryStore()
  // The second, and the gap in its place.
  store.refuses = (event) => ['bad', 'gap'].includes(eventId(event))
  const writer = new Writer({ store, log: silentLog, lingerMs: 1 })
  const [a, b] = [new Owner('a'), new Owner('b')]
  for (const next of [item(a, 1), item(a, 2, 'bad'), item(b, 1), item(a, 3)]) writer.add(next)
  await writer.flush()
  t.strictSame([a.failures.length, b.failures.length], [1, 0])
  t.strictSame(
    store.rows.map(({ agent, seq }) => `${agent} ${seq}`),
    ['a 1', 'b 1'],
  )
  t.strictSame([a.durableSeqs, b.durableSeqs], [[1], [1]])
})

t.test('fresh items go before those of a backlog, which still get their share', async (t) => {
  const store = new MemoryStore()
  store.isDown = true
  const writer = new Writer({ store, log: silentLog, lingerMs: 1, insertRows: 4 })
  const [old, fresh] = [new Owner('old', true), new Owner('fresh')]
  writer.add(item(fresh, 1))
  await until('the first insert waits', () => store.inserts === 1)
  for (let seq = 1; seq <= 6; seq += 1) writer.add(item(old, seq, `old${seq}`))
  for (let seq = 2; seq <= 8; seq += 1) writer.add(item(fresh, seq, `fresh${seq}`))
  store.isDown = false
  await writer.flush()
  const order = store.rows.map(({ event }) => eventId(event))
  t.strictSame(order.slice(1, 9), [
    ...['fresh2', 'fresh3', 'fresh4', 'old1'],
    ...['fresh5', 'fresh6', 'fresh7', 'old2'],
  ])
  t.strictSame(
    order.filter((id) => id.startsWith('old')),
    ['old1', 'old2', 'old3', 'old4', 'old5', 'old6'],
    'each owner in order',
  )
  t.equal(writer.bytes, 0)
})
