import t from 'tap'
import { median, pairedDifference, pairedRatio, quantile } from '../../bench/statistics.ts'

t.test('equal pairs have the ratio one and no width', async (t) => {
  t.strictSame(
    pairedRatio([
      [5, 5],
      [7, 7],
    ]),
    { mean: 1, low: 1, high: 1, pairs: 2 },
  )
})

t.test('the interval of a known sample', async (t) => {
  // ln ratios 0.00, 0.02, 0.04: mean 0.02, standard deviation 0.02, t(2) 4.303.
  const { mean, low, high } = pairedRatio([
    [1, 1],
    [Math.exp(0.02), 1],
    [Math.exp(0.04), 1],
  ])
  const half = (4.303 * 0.02) / Math.sqrt(3)
  t.ok(Math.abs(mean - Math.exp(0.02)) < 1e-9)
  t.ok(Math.abs(low - Math.exp(0.02 - half)) < 1e-9)
  t.ok(Math.abs(high - Math.exp(0.02 + half)) < 1e-9)
})

t.test('the interval of known differences', async (t) => {
  // Differences 1, 2, 3: mean 2, standard deviation 1, t(2) 4.303.
  const { mean, low, high } = pairedDifference([
    [11, 10],
    [4, 2],
    [3, 0],
  ])
  const half = 4.303 / Math.sqrt(3)
  t.equal(mean, 2)
  t.ok(Math.abs(low - (2 - half)) < 1e-9)
  t.ok(Math.abs(high - (2 + half)) < 1e-9)
})

t.test('one pair has no interval', async (t) => {
  t.throws(() => pairedRatio([[1, 1]]), RangeError)
  t.throws(() => pairedDifference([[1, 1]]), RangeError)
  t.throws(() => pairedDifference([]), RangeError)
})

t.test('quantiles by nearest rank', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  t.strictSame(
    [0.01, 0.5, 0.99, 1].map((share) => quantile(hundred, share)),
    [1, 50, 99, 100],
  )
  t.equal(quantile([7], 0.99), 7)
  t.ok(Number.isNaN(quantile([], 0.5)))
})

t.test('medians', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.ok(Number.isNaN(median([])))
})
