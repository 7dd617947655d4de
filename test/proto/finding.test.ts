import t from 'tap'
import { findingActions, findingStates, maturities, severities } from '#proto/finding.ts'

t.test('severities rise, and nothing is named twice', async (t) => {
  t.strictSame(severities, ['low', 'medium', 'high', 'critical'])
  for (const names of [severities, maturities, findingStates, findingActions])
    t.equal(new Set<string>(names).size, names.length)
})
