import t from 'tap'
import { detectionStream } from '../../bench/detection-stream.ts'

const stream = (seed: number, hostileShare = 0) =>
  detectionStream({ events: 5_000, seed, hostileShare })
const eventsOf = ({ chunks }: ReturnType<typeof stream>) => chunks.flatMap(({ events }) => events)

t.test('the same seed gives the same stream, another one another', async (t) => {
  // As texts: the difference of two streams is nothing to look at.
  const [first, again, other] = [1, 1, 2].map((seed) => JSON.stringify(stream(seed)))
  t.ok(first === again)
  t.ok(first !== other)
})

t.test('numbers follow each other, and every event is of a container that is named', async (t) => {
  const { chunks, containers } = stream(1)
  const named = new Set(containers.map(({ containerId }) => containerId))
  let next = 1
  for (const { firstSeq, events } of chunks) {
    t.equal(firstSeq, next)
    next += events.length
    t.ok(events.every(({ containerId }) => named.has(containerId)))
  }
  t.equal(next, 5_001)
})

t.test('the mix is what it is said to be', async (t) => {
  const events = eventsOf(stream(1))
  const shareOf = (kind: string) =>
    events.filter((event) => event.kind === kind).length / events.length
  for (const [kind, share] of [
    ['exec', 0.4],
    ['exit', 0.25],
    ['connect', 0.15],
    ['close', 0.08],
    ['accept', 0.02],
    ['dns', 0.1],
  ] as const)
    t.ok(Math.abs(shareOf(kind) - share) < 0.03, `${kind} ${shareOf(kind)}`)
})

t.test('attacks come as often as asked', async (t) => {
  const attacks = (share: number) =>
    eventsOf(stream(1, share)).filter(
      (event) => event.kind === 'exec' && event.exe === '/usr/bin/xmrig',
    ).length
  t.equal(attacks(0), 0)
  t.ok(attacks(0.5) > 100)
})
