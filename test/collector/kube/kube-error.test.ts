import t from 'tap'
import { KubeError } from '#collector/kube/kube-error.ts'

t.test('it says what went wrong, and keeps the cause for the log', async (t) => {
  const cause = new Error('inner')
  const error = new KubeError('timeout', 'it does not answer in time', cause)
  t.match(error, { name: 'KubeError', code: 'timeout', cause })
  t.ok(error instanceof Error)
})
