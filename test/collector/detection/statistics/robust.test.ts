import t from 'tap'
import {
  madOf,
  medianOf,
  modifiedZLimit,
  quartilesOf,
} from '#collector/detection/statistics/robust.ts'

t.test('medians and deviations of RITA’s tests', async (t) => {
  const cases: readonly (readonly [readonly number[], number])[] = [
    [[1, 2, 2, 3, 3, 3, 4, 5, 5], 1],
    [[11, 12, 12, 14, 15, 16], 1.5],
    [[1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500], 1250],
    [[], 0],
    [[7], 0],
  ]
  for (const [values, mad] of cases) t.equal(madOf(values), mad, JSON.stringify(values))
  t.equal(medianOf([]), 0)
  t.equal(medianOf([1, 2]), 1.5)
})

t.test('quartiles of RITA’s tests', async (t) => {
  t.strictSame(quartilesOf([1, 2, 25, 42, 90, 299, 500, 1500, 4975]), {
    q1: 13.5,
    q2: 90,
    q3: 1000,
  })
  t.strictSame(quartilesOf([1, 3, 41, 50, 5000, 98654, 524885, 965842]), {
    q1: 22,
    q2: 2525,
    q3: 311769.5,
  })
})

t.test('the limit is where the modified z is the score', async (t) => {
  // Median 5, MAD 2: 5 + 3.5 * 2 / 0.6745.
  t.equal(modifiedZLimit([1, 3, 5, 7, 9], 3.5).toFixed(4), '15.3781')
  // Median 0, MAD 0, mean absolute deviation 10 / 5: 3.5 * 1.253314 * 2.
  t.equal(modifiedZLimit([0, 0, 0, 0, 10], 3.5).toFixed(4), '8.7732')
  t.equal(modifiedZLimit([4, 4, 4], 3.5), 4)
  t.equal(modifiedZLimit([], 3.5), 0)
})
