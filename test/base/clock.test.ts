import fc from 'fast-check'
import t from 'tap'
import { followWallClock, systemClock } from '#base/clock.ts'

const wallStartMs = 1_795_460_000_000

/** Two clocks that a test moves: the wall clock shows whole milliseconds, as Date.now does. */
const manualClocks = () => {
  let [passedMs, setMs] = [0, 0]
  const clock = followWallClock(
    () => Math.floor(wallStartMs + passedMs + setMs),
    () => 5_000 + passedMs,
  )
  return {
    clock,
    pass: (ms: number) => {
      passedMs += ms
    },
    set: (byMs: number) => {
      setMs += byMs
    },
    trueUs: () => (wallStartMs + passedMs + setMs) * 1000,
  }
}

t.test('wall time goes on by microseconds between two ticks of the wall clock', async (t) => {
  const { clock, pass } = manualClocks()
  const beforeUs = clock.nowUs()
  pass(0.25)
  t.equal(clock.nowUs() - beforeUs, 250)
  pass(0.5)
  t.equal(clock.nowUs() - beforeUs, 750)
})

for (const [what, byMs] of [
  ['forward by an hour, as at the first answer of a time server', 3_600_000],
  ['back by a minute', -60_000],
  ['forward by as little as 50 ms', 50],
] as const)
  t.test(`a wall clock that is set ${what} is followed at once`, async (t) => {
    const { clock, pass, set, trueUs } = manualClocks()
    pass(100)
    clock.nowUs()
    const beforeMs = clock.monotonicMs()
    set(byMs)
    t.equal(clock.nowUs(), trueUs())
    t.equal(clock.monotonicMs(), beforeMs, 'and intervals do not notice')
  })

t.test('however clocks move, wall time is off by no more than what counts as a step', async () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          passMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
          setMs: fc.integer({ min: -1_000_000, max: 1_000_000 }),
        }),
      ),
      (moves) => {
        const { clock, pass, set, trueUs } = manualClocks()
        return moves.every(({ passMs, setMs }) => {
          pass(passMs)
          set(setMs)
          return Math.abs(clock.nowUs() - trueUs()) <= 22_000
        })
      },
    ),
  )
})

t.test('the real one counts whole microseconds, and does not go back within a test', async (t) => {
  const readings = Array.from({ length: 1_000 }, () => systemClock)
  for (const read of ['nowUs', 'monotonicMs'] as const) {
    const times = readings.map((clock) => clock[read]())
    t.strictSame(
      times,
      times.toSorted((a, b) => a - b),
    )
    t.ok(new Set(times).size > 1, `${read} moves`)
  }
  t.ok(Number.isSafeInteger(systemClock.nowUs()))
})
