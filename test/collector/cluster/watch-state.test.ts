import t from 'tap'
import { restartReasons, watchStates } from '#collector/cluster/watch-state.ts'

t.test('names of states and reasons are label values', async (t) => {
  for (const name of [...watchStates, ...restartReasons]) t.match(name, /^[a-z]+$/)
  t.equal(new Set(restartReasons).size, restartReasons.length)
})
