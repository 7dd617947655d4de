import fc from 'fast-check'
import t from 'tap'
import { addAmount, beginAmounts } from '#collector/detection/statistics/intervals.ts'

/** What the intervals had after each amount of 1, and the history. */
const run = (indexes: readonly number[], maxEmpty = 100) => {
  const history: number[] = []
  const amounts = beginAmounts(indexes[0] ?? 0)
  const had = indexes.map((index) =>
    addAmount(amounts, index, 1, maxEmpty, (amount) => history.push(amount)),
  )
  return { had, history }
}

t.test('amounts by interval, empty ones too', async (t) => {
  t.strictSame(run([5, 5, 6, 9]), { had: [1, 2, 1, 1], history: [2, 1, 0, 0] })
  t.strictSame(run([5, 1_000_000], 3), { had: [1, 1], history: [1, 0, 0, 0] })
})

t.test('late ones are summed up beside, and are no history', async (t) => {
  t.strictSame(run([50, 49, 49, 50, 49, 51]), {
    had: [1, 1, 2, 2, 3, 1],
    history: [2],
  })
  t.strictSame(run([50, 10, 50, 10, 50, 11, 50]).had, [1, 1, 2, 2, 3, 1, 4], 'a backlog beside')
})

t.test('a backlog of hours beside fresh ones teaches nothing', async (t) => {
  const indexes = Array.from({ length: 100 }, (_, n) => [1_000, n]).flat()
  t.strictSame(run(indexes).history, [])
})

t.test('when only late ones come, the clock was wrong', async (t) => {
  const indexes = [1_000_000, ...Array.from({ length: 13 }, (_, n) => n)]
  t.strictSame(run(indexes).history, [1, 1])
})

t.test('nothing of the present is lost or told twice', async (_t) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 50 }), { minLength: 1 }), (steps) => {
      let index = 0
      const indexes = steps.map((step) => {
        index += step
        return index
      })
      const { had, history } = run(indexes, 1_000_000)
      const sum = history.reduce((total, one) => total + one, 0)
      return sum + (had.at(-1) ?? 0) === indexes.length
    }),
  )
})
