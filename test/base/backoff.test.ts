import fc from 'fast-check'
import t from 'tap'
import { Backoff } from '#base/backoff.ts'

/** Just below 1: the longest delay that can be drawn. */
const longest = (): number => 1 - Number.EPSILON

const draws = (backoff: Backoff, count: number): readonly number[] =>
  Array.from({ length: count }, () => backoff.nextDelayMs())

t.test(
  'the bound doubles up to its cap and stays there, also after days of failures',
  async (t) => {
    const backoff = new Backoff({ baseMs: 1_000, capMs: 30_000, random: longest })
    t.strictSame(draws(backoff, 7), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    for (let attempt = 7; attempt < 5_000; attempt += 1) backoff.nextDelayMs()
    t.equal(backoff.nextDelayMs(), 30_000)
    t.equal(backoff.attempts, 5_001)
  },
)

t.test('a reset begins again at the base', async (t) => {
  const backoff = new Backoff({ baseMs: 100, capMs: 1_000, random: longest })
  draws(backoff, 9)
  backoff.reset()
  t.equal(backoff.attempts, 0)
  t.equal(backoff.nextDelayMs(), 100)
})

t.test('no draw ends in a busy loop: the least delay is 1 ms', async (t) => {
  const backoff = new Backoff({ baseMs: 1_000, capMs: 30_000, random: () => 0 })
  t.strictSame(draws(backoff, 3), [1, 1, 1])
})

t.test(
  'every delay lies between 1 ms and the bound of its attempt, whatever is drawn',
  async () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
          minLength: 1,
          maxLength: 50,
        }),
        (baseMs, capMs, randoms) => {
          let next = 0
          const backoff = new Backoff({ baseMs, capMs, random: () => randoms[next++] ?? 0 })
          return draws(backoff, randoms.length).every((delayMs, attempt) => {
            const boundMs = Math.max(1, Math.min(capMs, baseMs * 2 ** attempt))
            return Number.isInteger(delayMs) && delayMs >= 1 && delayMs <= boundMs
          })
        },
      ),
    )
  },
)

t.test('a thousand agents do not return at the same moment', async (t) => {
  const delays = Array.from({ length: 1_000 }, () =>
    new Backoff({ baseMs: 30_000, capMs: 30_000 }).nextDelayMs(),
  )
  t.ok(new Set(delays).size > 900, 'hardly two alike')
  t.ok(Math.min(...delays) < 3_000, 'from the very beginning')
  t.ok(Math.max(...delays) > 27_000, 'to the very end of the bound')
})
