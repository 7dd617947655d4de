import t from 'tap'
import { ChunkWriter, exactDelta, fileToWire, wallTime } from '#proto/chunk-writer.ts'
import type { ExecEvent } from '#proto/event.ts'
import { limits, ranges } from '#proto/limits.ts'
import { stormChunks } from '#test/fixtures/storm-events.ts'

t.test('each text stands in the table once, the empty one never', async (t) => {
  const writer = new ChunkWriter()
  t.strictSame(
    ['a', '', 'b', 'a', ''].map((text) => writer.text(text)),
    [1, 0, 2, 1, 0],
  )
  t.strictSame(writer.strings, ['a', 'b'])
  t.throws(() => writer.text('é'.repeat(limits.stringBytes)), { code: 'limit' })
})

t.test('a pid that was reused within the chunk is another process', async (t) => {
  const writer = new ChunkWriter()
  const keys = [
    { pid: 7, startNs: 100 },
    { pid: 7, startNs: 200 },
    { pid: 7, startNs: 100 },
    undefined,
  ]
  t.strictSame(
    keys.map((key) => writer.process(key)),
    [1, 2, 1, 0],
  )
  t.strictSame(writer.processes, [
    { pidDelta: 7, startDeltaNs: 100, startNs: null },
    { pidDelta: 0, startDeltaNs: 100, startNs: null },
  ])
})

t.test('what execs have in common goes on the wire once', async (t) => {
  const writer = new ChunkWriter()
  const execs = stormChunks({ chunks: 1, eventsPerChunk: 200 })[0]?.events.filter(
    (event): event is ExecEvent => event.kind === 'exec',
  ) as ExecEvent[]
  for (const event of execs) {
    writer.programOf(event)
    writer.credentialsOf(event)
    writer.namespaceSet(event.namespaces)
  }
  t.equal(writer.programs.length, 5)
  t.equal(writer.credentials.length, 1)
  t.equal(writer.namespaces.length, 4)
})

t.test('a difference is used only where it is exact in both directions', async (t) => {
  t.equal(exactDelta(10, 3), 7)
  t.equal(exactDelta(2 ** 60 + 2 ** 9, 2 ** 60), 2 ** 9)
  t.equal(exactDelta(2 ** 60, 3), undefined)
  t.equal(exactDelta(0.5, 0), undefined)
  t.equal(exactDelta(Number.NaN, 0), undefined)
})

t.test('times and files are held to their ranges', async (t) => {
  t.equal(wallTime(5, 'timeUs'), 5)
  for (const bad of [-1, 0.5, 2 ** 53, Number.NaN])
    t.throws(() => wallTime(bad, 'timeUs'), { code: 'range' })
  t.strictSame(fileToWire({ device: 1, inode: Number.NaN, ctimeUs: 2 ** 60 }), {
    device: 1,
    inode: 0,
    ctimeUs: ranges.exact,
  })
})
