import fc from 'fast-check'
import t from 'tap'
import { Ring } from '#agent/sources/ebpf/ring.ts'
import { FakeRing as FakeKernel, fakeRingPageBytes as pageBytes } from '#test/fixtures/fake-ring.ts'

const collect = (ring: Ring, limit = 1 << 20) => {
  const records: string[] = []
  const more = ring.read((memory, at, size) => {
    records.push(memory.bytes.toString('latin1', at, at + size))
  }, limit)
  return { records, more }
}
const text = (value: string): Uint8Array => Buffer.from(value)
const busy = 0x80000000
const discarded = 0x40000000

t.test('a record that is still being written stops the reader, until it is done', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  kernel.put(text('one'))
  const at = kernel.put(text('two'), busy) ?? 0
  kernel.put(text('three'))
  t.strictSame(collect(ring), { records: ['one'], more: false })
  kernel.finish(at)
  t.strictSame(collect(ring), { records: ['two', 'three'], more: false })
})

t.test('a discarded record is passed over', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  kernel.put(text('gone'), discarded)
  kernel.put(text('here'))
  t.strictSame(collect(ring).records, ['here'])
})

t.test('the limit of bytes stops between records and says that more wait', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  for (const name of ['a', 'b', 'c']) kernel.put(text(name))
  t.strictSame(collect(ring, 2), { records: ['a', 'b'], more: true })
  t.strictSame(collect(ring, 2), { records: ['c'], more: false })
  kernel.put(text('long'))
  kernel.put(text('d'))
  t.strictSame(collect(ring, 2), { records: ['long'], more: true }, 'one always comes')
})

t.test('nothing is given back before commit', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  kernel.put(text('one'))
  collect(ring)
  t.equal(kernel.consumed, 0)
  t.strictSame(ring.backlog, { unreadBytes: 0, heldBytes: 16 })
  t.strictSame(collect(new Ring(kernel.memory())).records, ['one'], 'another reader sees it again')
  ring.commit()
  t.equal(kernel.consumed, ring.position)
  t.strictSame(collect(new Ring(kernel.memory())).records, [])
})

t.test('records of any size survive the wrap, in order', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: 20, maxLength: 60 }),
      (sizes) => {
        const kernel = new FakeKernel()
        const ring = new Ring(kernel.memory())
        const put: string[] = []
        const got: string[] = []
        for (const [index, size] of sizes.entries()) {
          const record = String(index).padEnd(size, String.fromCharCode(97 + (index % 26)))
          if (kernel.put(text(record)) === undefined) {
            got.push(...collect(ring).records)
            ring.commit()
            kernel.put(text(record))
          }
          put.push(record)
        }
        got.push(...collect(ring).records)
        return put.length === got.length && put.every((record, index) => record === got[index])
      },
    ),
    { numRuns: 50 },
  )
  t.pass()
})

t.test('skipTo moves only to a boundary that is in the ring', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  for (const name of ['a', 'b', 'c']) kernel.put(text(name))
  t.notOk(ring.skipTo(20), 'inside a record')
  t.notOk(ring.skipTo(4000), 'beyond the last one')
  t.ok(ring.skipTo(32))
  t.strictSame(collect(ring).records, ['c'])
})

t.test(
  'a length that leads out of the ring is counted, and reading goes on after it',
  async (t) => {
    const kernel = new FakeKernel()
    const ring = new Ring(kernel.memory())
    const at = kernel.put(text('bad')) ?? 0
    new DataView(kernel.producer, pageBytes).setUint32(at, 0x3fffffff, true)
    t.strictSame(collect(ring), { records: [], more: false })
    t.equal(ring.corruptions, 1)
    kernel.put(text('good'))
    t.strictSame(collect(ring).records, ['good'])
  },
)

t.test('a scan shows what was not given back, read or not, and moves nothing', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  for (const name of ['a', 'b', 'c']) kernel.put(text(name))
  collect(ring, 1)
  ring.commit()
  const scanned = (): string[] => {
    const records: string[] = []
    ring.scan((memory, at, size) => records.push(memory.bytes.toString('latin1', at, at + size)))
    return records
  }
  collect(ring, 1)
  t.strictSame(scanned(), ['b', 'c'])
  t.strictSame(collect(ring).records, ['c'], 'reading goes on where it was')
  t.strictSame(scanned(), ['b', 'c'])
})

t.test('what lies before a position can be given back alone', async (t) => {
  const kernel = new FakeKernel()
  const ring = new Ring(kernel.memory())
  for (const name of ['a', 'b', 'c']) kernel.put(text(name))
  const starts: number[] = []
  ring.read(() => starts.push(ring.position), 1000)
  t.strictSame(starts, [0, 16, 32], 'a reader sees where its record begins')
  ring.commit(starts[1])
  t.equal(kernel.consumed, 16)
  t.strictSame(collect(new Ring(kernel.memory())).records, ['b', 'c'])
})
