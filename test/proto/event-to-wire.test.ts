import t from 'tap'
import { ChunkWriter } from '#proto/chunk-writer.ts'
import type { ExitEvent } from '#proto/event.ts'
import { eventToWire, expectedLifetimeUs, wallOffsetUs } from '#proto/event-to-wire.ts'
import { stormChunks } from '#test/fixtures/storm-events.ts'

const events = stormChunks({ chunks: 1, eventsPerChunk: 40 })[0]?.events ?? []
const exit = events.find((event): event is ExitEvent => event.kind === 'exit') as ExitEvent

t.test('in a steady clock the wall time costs nothing', async (t) => {
  const [first, second] = [events[0] as ExitEvent, events[1] as ExitEvent]
  const base = { bootNs: first.bootNs, wallOffsetUs: wallOffsetUs(first) }
  const message = eventToWire(new ChunkWriter(), { ...second, timeUs: second.timeUs }, base)
  t.ok(Math.abs(message.timeSkewUs) <= 1)
  t.equal(message.timeUs, null)
  t.equal(base.bootNs, second.bootNs, 'the base moves on')
})

t.test('a lifetime is sent as its difference from what the times let expect', async (t) => {
  const base = { bootNs: 0, wallOffsetUs: 0 }
  const expectedUs = expectedLifetimeUs(exit.bootNs, exit.process.startNs)
  const skewed = eventToWire(new ChunkWriter(), { ...exit, lifetimeUs: expectedUs + 3 }, base)
  t.match(skewed.exit, { lifetimeSkewUs: 3, lifetimeUs: null })
  const unknown = eventToWire(new ChunkWriter(), { ...exit, lifetimeUs: null }, base)
  t.match(unknown.exit, { lifetimeSkewUs: null, lifetimeUs: null })
})

t.test('numbers of no process are refused', async (t) => {
  const base = { bootNs: 0, wallOffsetUs: 0 }
  for (const bad of [
    { signal: 256 },
    { exitCode: 2 ** 31 },
    { exitCode: -(2 ** 31) - 1 },
    { userUs: -1 },
    { uid: 0.5 },
  ])
    t.throws(() => eventToWire(new ChunkWriter(), { ...exit, ...bad }, base), { code: 'range' })
})
