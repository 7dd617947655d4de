import t from 'tap'
import { Holders, readHolders } from '#collector/store/peers.ts'
import type { ContainerEvent } from '#proto/event.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  openTestStore,
  t0,
  temporaryDirectory,
  withEngine,
} from './fixtures.ts'

const life = (workload: string, fromUs: number, toUs: number, namespace = 'shop') => ({
  namespace,
  workload,
  fromUs,
  toUs,
})
const address = '10.0.0.5'
const holders = (...lives: readonly ReturnType<typeof life>[]) =>
  new Holders(new Map([[address, lives]]))
const at = (timeUs: number) => ({ address, timeUs })
const pod = (workload: string, namespace = 'shop') => ({ kind: 'pod', namespace, workload })
const never = Number.POSITIVE_INFINITY

t.test('an address belongs to the pod that had it at that time', async (t) => {
  const two = holders(life('old', 10, 20), life('new', 30, never))
  t.strictSame(two.at(at(9)), { kind: 'unknown' })
  t.strictSame(two.at(at(10)), pod('old'))
  t.strictSame(two.at(at(20)), pod('old'))
  t.strictSame(two.at(at(25)), { kind: 'unknown' }, 'nobody had it')
  t.strictSame(two.at(at(31)), pod('new'))
  t.strictSame(two.at({ address: '10.0.0.6', timeUs: 15 }), { kind: 'unknown' })
})

t.test('several workloads at once mean none of them', async (t) => {
  t.strictSame(holders(life('a', 0, 9), life('b', 0, 9)).at(at(5)), { kind: 'shared' })
  t.strictSame(holders(life('a', 0, 9), life('a', 0, 9, 'other')).at(at(5)), { kind: 'shared' })
  t.strictSame(holders(life('a', 0, 9), life('a', 3, 9)).at(at(5)), pod('a'), 'two containers')
  t.strictSame(holders(life('', 0, 9), life('a', 3, 9)).at(at(5)), pod('a'), 'one without names')
  t.strictSame(holders(life('', 0, 9)).at(at(5)), pod(''), 'a pod nobody named yet')
})

t.test('over a stretch of time only who had it all along is meant', async (t) => {
  const two = holders(life('old', 10, 20), life('new', 30, never))
  t.strictSame(two.throughout([at(10), at(20)]), pod('old'))
  t.strictSame(two.throughout([at(15), at(25)]), pod('old'), 'its end is told late')
  t.strictSame(two.throughout([at(15), at(35)]), { kind: 'unknown' })
  t.strictSame(two.throughout([at(25)]), { kind: 'unknown' })
  t.strictSame(two.throughout([]), { kind: 'unknown' })
})

t.test('lives are read from what agents told', { skip: engineMissing }, async (t) => {
  const dataDir = temporaryDirectory(t)
  const store = await openTestStore(dataDir)
  const word = (letter: string, change: Partial<ContainerEvent>) =>
    container({ containerId: containerId(letter), podIps: [], workload: '', ...change })
  const ip = '10.5.0.1'
  await store.insert([
    chunk(1, [
      word('1', { timeUs: t0, nameSource: 'cgroup' }),
      word('1', { timeUs: t0 + 50, phase: 'named', workload: 'early', podIps: [ip, 'fd00::5'] }),
      word('1', { timeUs: t0 + 100, phase: 'ended', nameSource: 'cgroup' }),
      word('2', { timeUs: t0 + 200, workload: 'late', podIps: [ip] }),
      word('3', { timeUs: t0, workload: 'elsewhere', podIps: ['10.5.0.2', "'"] }),
    ]),
  ])
  await store.close()
  await withEngine(dataDir, async (client) => {
    const times = [t0, t0 + 100, t0 + 150, t0 + 1e9]
    const asked = times.map((timeUs) => ({ address: ip, timeUs }))
    const found = await readHolders(client, [
      ...asked,
      { address: 'fd00::5', timeUs: t0 },
      { address: "'", timeUs: t0 },
      { address: '', timeUs: t0 },
    ])
    t.strictSame(
      asked.map((one) => found.at(one)),
      [
        pod('early', 'payments'),
        pod('early', 'payments'),
        { kind: 'unknown' },
        pod('late', 'payments'),
      ],
      'the address was told after the start, and holds for the whole life',
    )
    t.match(found.at({ address: 'fd00::5', timeUs: t0 }), { workload: 'early' })
    t.match(found.at({ address: "'", timeUs: t0 }), { workload: 'elsewhere' })
    t.strictSame((await readHolders(client, [])).at(at(t0)), { kind: 'unknown' })
  })
})
