import t from 'tap'
import {
  baselineActions,
  baselineCoverages,
  baselineStates,
  itemKinds,
  itemScopes,
} from '#proto/baseline.ts'

t.test('nothing is named twice', async (t) => {
  for (const names of [baselineActions, baselineCoverages, baselineStates, itemKinds, itemScopes])
    t.equal(new Set<string>(names).size, names.length)
})
