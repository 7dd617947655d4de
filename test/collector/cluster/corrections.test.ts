import t from 'tap'
import { Corrections, maxWaiting } from '#collector/cluster/corrections.ts'
import type { CorrectedNames } from '#collector/store/corrected-names.ts'

const container = (facts: Partial<CorrectedNames> = {}): CorrectedNames => ({
  node: 'n1',
  containerId: 'c1',
  podUid: 'p1',
  timeUs: 1,
  namespace: 'shop',
  pod: 'import-20261125-x7k2p',
  container: 'main',
  workload: 'import',
  workloadType: 'cronjob',
  image: '',
  imageId: '',
  type: 'container',
  runtime: '',
  labels: { 'job-name': 'import-20261125' },
  podIps: [],
  hostIps: [],
  hostNetwork: false,
  serviceAccountToken: false,
  ...facts,
})

const site = () => {
  const state = { isKnown: false, isFailing: false, written: [] as CorrectedNames[], told: 0 }
  const corrections = new Corrections({
    find: (_kind, namespace, name) =>
      state.isKnown
        ? { metadata: { name, namespace, resourceVersion: '1' }, controller: undefined }
        : undefined,
    write: async (containers) => {
      if (state.isFailing) throw new Error('down')
      state.written.push(...containers)
    },
    onCorrected: () => {
      state.told += 1
    },
  })
  return { state, corrections }
}

t.test('names before the controller, and after it', async (t) => {
  const { state, corrections } = site()
  corrections.named(container())
  t.equal(corrections.waiting, 1)
  state.isKnown = true
  corrections.owner('Job', 'shop', 'import-20261125')
  t.equal(corrections.waiting, 0)
  corrections.named(container({ containerId: 'c2' }))
  await corrections.flush()
  t.match(state.written, [
    { containerId: 'c1', workload: 'import-20261125', workloadType: 'job' },
    { containerId: 'c2', workload: 'import-20261125', workloadType: 'job' },
  ])
  t.equal(state.told, 2)
})

t.test('a guess that is right is left alone', async (t) => {
  const { state, corrections } = site()
  state.isKnown = true
  corrections.named(container({ workload: 'import-20261125', workloadType: 'job' }))
  corrections.named(container({ labels: {}, pod: 'db-0' }))
  await corrections.flush()
  t.strictSame([state.written, state.told], [[], 0])
})

t.test('while the store fails corrections wait', async (t) => {
  const { state, corrections } = site()
  state.isKnown = true
  state.isFailing = true
  corrections.named(container())
  await t.rejects(corrections.flush())
  corrections.named(container({ containerId: 'c2' }))
  state.isFailing = false
  await corrections.flush()
  t.strictSame(
    state.written.map(({ containerId }) => containerId),
    ['c1', 'c2'],
  )
})

t.test(
  'those whose controller never comes are bounded, and named twice they wait once',
  async (t) => {
    const { corrections } = site()
    corrections.named(container())
    corrections.named(container())
    t.equal(corrections.waiting, 1)
    for (let index = 0; index < maxWaiting + 10; index += 1) {
      const pod = `job-${index}-x7k2p`
      corrections.named(container({ pod, labels: { 'job-name': `job-${index}` } }))
    }
    t.equal(corrections.waiting, maxWaiting)
    t.equal(corrections.forgotten, 11)
  },
)
