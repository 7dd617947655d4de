import t from 'tap'
import { ChunkReader, fileFromWire, wallTime } from '#proto/chunk-reader.ts'
import type { Wire } from '#proto/codec.ts'

const reader = (tables: Partial<Wire['Chunk']> = {}) =>
  new ChunkReader({
    strings: ['a'],
    processes: [],
    namespaces: [],
    credentials: [],
    programs: [],
    ...tables,
  } as unknown as Wire['Chunk'])

t.test('a reference outside its table is refused, in each table', async (t) => {
  t.equal(reader().text(0), '')
  t.equal(reader().text(1), 'a')
  t.throws(() => reader().text(2), {
    code: 'reference',
    message: 'string: no entry 2 in a table of 1',
  })
  t.equal(reader().process(0), undefined)
  for (const ref of [0, 1, 2 ** 32 - 1]) {
    t.throws(() => reader().ownProcess(ref), { code: 'reference' })
    t.throws(() => reader().namespaceSet(ref), { code: 'reference' })
    t.throws(() => reader().credentials(ref), { code: 'reference' })
    t.throws(() => reader().program(ref), { code: 'reference' })
  }
})

t.test('differences that leave the range are refused', async (t) => {
  const below = { pidDelta: -1, startDeltaNs: 0, startNs: null }
  t.throws(() => reader({ processes: [below] }), { code: 'range' })
  const before = { pidDelta: 1, startDeltaNs: -1, startNs: null }
  t.throws(() => reader({ processes: [before] }), { code: 'range' })
  const chunk = reader()
  t.equal(chunk.nsPid(5), 5)
  t.equal(chunk.nsPid(-2), 3)
  t.throws(() => chunk.nsPid(-4), { code: 'range' })
})

t.test('times and files are held to their ranges', async (t) => {
  t.throws(() => wallTime(-1, 'timeUs'), { code: 'range' })
  t.throws(() => fileFromWire({ device: 1, inode: 1, ctimeUs: 2 ** 60 }), { code: 'range' })
})
