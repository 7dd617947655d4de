import t from 'tap'
import { type Log, silentLog } from '#base/log.ts'
import { StoreError } from '#collector/store/errors.ts'
import { withPatience } from '#collector/store/patience.ts'

const recordingLog = (): { readonly log: Log; readonly warnings: string[] } => {
  const warnings: string[] = []
  return { warnings, log: { ...silentLog, warn: (_facts, message) => warnings.push(message) } }
}

/** Fails so often, then gives 7. */
const failing = (times: number, error: Error) => {
  const calls = { count: 0 }
  const act = async () => {
    calls.count += 1
    if (calls.count <= times) throw error
    return 7
  }
  return { calls, act }
}

t.test('a store that does not answer is asked again', async (t) => {
  const { log, warnings } = recordingLog()
  const { act } = failing(2, new StoreError('unreachable', 'socket hang up'))
  t.equal(await withPatience(log, act), 7)
  t.strictSame(warnings, ['socket hang up; trying again', 'socket hang up; trying again'])
})

t.test('what no repetition cures is not repeated', async (t) => {
  for (const error of [new StoreError('newer_data', 'newer'), new Error('a fault of ours')]) {
    const { act, calls } = failing(9, error)
    await t.rejects(withPatience(silentLog, act), error)
    t.equal(calls.count, 1)
  }
})
