import t from 'tap'
import { kubePlace } from '#collector/kube/kube-place.ts'

t.test('the place that flags name', async (t) => {
  const flags = { kubeApiUrl: 'https://10.0.0.1:6443/', kubeCaFile: 'ca', kubeTokenFile: 'token' }
  t.strictSame(kubePlace(flags), { url: 'https://10.0.0.1:6443', caFile: 'ca', tokenFile: 'token' })
})

t.test('outside a cluster, without flags, it says what to give', async (t) => {
  const none = { kubeApiUrl: undefined, kubeCaFile: undefined, kubeTokenFile: undefined }
  t.throws(() => kubePlace(none), {
    code: 'missing',
    message: /--kube-api-url.*not run in a cluster/s,
  })
})
