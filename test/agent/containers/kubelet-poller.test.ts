import t from 'tap'
import type { PodLister } from '#agent/containers/kubelet-client.ts'
import { KubeletError } from '#agent/containers/kubelet-error.ts'
import { type Demand, KubeletPoller } from '#agent/containers/kubelet-poller.ts'
import type { PodList } from '#agent/containers/pods.ts'
import type { Log } from '#base/log.ts'
import { type ManualTime, manualTime, settle } from '#test/fixtures/manual-time.ts'

interface Scene {
  readonly time: ManualTime
  readonly poller: KubeletPoller
  /** When the kubelet was asked. */
  readonly asks: number[]
  readonly lists: PodList[]
  readonly logged: string[]
  demand: Demand
  failure: KubeletError | undefined
  sizeBytes: number
}

/** A poller whose random delays are always the longest, so that the bound itself is seen. */
const scene = (): Scene => {
  const time = manualTime()
  const logged: string[] = []
  const log: Log = {
    debug: () => {},
    info: (_facts, message) => logged.push(`info ${message}`),
    warn: (_facts, message) => logged.push(`warn ${message}`),
    error: (_facts, message) => logged.push(`error ${message}`),
  }
  const kubelet: PodLister = {
    listPods: async () => {
      state.asks.push(time.nowMs)
      if (state.failure !== undefined) throw state.failure
      return { items: [], sizeBytes: state.sizeBytes }
    },
  }
  const state: Scene = {
    time,
    asks: [],
    lists: [],
    logged,
    demand: 'none',
    failure: undefined,
    sizeBytes: 1000,
    poller: new KubeletPoller({
      kubelet,
      clock: time.clock,
      log,
      demand: () => state.demand,
      onPods: (list) => state.lists.push(list),
      schedule: time.schedule,
      random: () => 0.999_999,
    }),
  }
  return state
}

t.test('with nothing to learn the list is asked for once a minute', async (t) => {
  const s = scene()
  s.poller.start()
  await s.time.advance(180_000)
  t.same(s.asks, [0, 60_000, 120_000, 180_000])
  t.equal(s.lists.length, 4)
})

t.test('while something is young the list is asked for every second', async (t) => {
  const s = scene()
  s.demand = 'young'
  s.poller.start()
  await s.time.advance(5000)
  t.same(s.asks, [0, 1000, 2000, 3000, 4000, 5000])
})

t.test(
  'a new container asks at once when the last ask was long ago, and never within a second of it',
  async (t) => {
    const s = scene()
    s.poller.start()
    await s.time.advance(10_000)
    s.demand = 'young'
    s.poller.poke()
    await s.time.advance(0)
    t.same(s.asks, [0, 10_000])
    s.poller.poke()
    s.poller.poke()
    await s.time.advance(500)
    t.equal(s.asks.length, 2)
    await s.time.advance(500)
    t.equal(s.asks.length, 3)
  },
)

t.test('what stays unknown is asked for ever more rarely, at most every 30 seconds', async (t) => {
  const s = scene()
  s.demand = 'waiting'
  s.poller.start()
  await s.time.advance(150_000)
  const gaps = s.asks.slice(1).map((at, index) => Math.round((at - (s.asks[index] ?? 0)) / 1000))
  t.same(gaps, [1, 2, 4, 8, 16, 30, 30, 30])
})

t.test(
  'a failing kubelet is asked ever more rarely, whatever is wanted, and told of once',
  async (t) => {
    const s = scene()
    s.demand = 'young'
    s.failure = new KubeletError('refused', 'nothing listens')
    s.poller.start()
    await s.time.advance(3000)
    for (let poke = 0; poke < 100; poke += 1) s.poller.poke()
    await s.time.advance(87_000)
    const gaps = s.asks.slice(1).map((at, index) => Math.round((at - (s.asks[index] ?? 0)) / 1000))
    t.same(gaps, [1, 2, 4, 8, 16, 30])
    t.same(s.logged, ['warn nothing listens'])
    t.match(s.poller.status, {
      state: 'failing',
      failures: 7,
      asks: 7,
      lastError: { code: 'refused' },
    })
  },
)

t.test('another failure is told of, and so is the end of it', async (t) => {
  const s = scene()
  s.failure = new KubeletError('refused', 'nothing listens')
  s.poller.start()
  await s.time.advance(0)
  s.failure = new KubeletError('forbidden', 'no rights')
  await s.time.advance(2000)
  s.failure = undefined
  await s.time.advance(30_000)
  t.match(s.logged, ['warn nothing listens', 'warn no rights', /^info the kubelet answers/])
  t.match(s.poller.status, { state: 'ok', lastError: { code: 'forbidden' } })
})

t.test('a list of 8 MiB is asked for every four seconds at most', async (t) => {
  const s = scene()
  s.sizeBytes = 8 << 20
  s.demand = 'young'
  s.poller.start()
  await s.time.advance(8500)
  t.same(s.asks, [0, 4096, 8192])
})

t.test('closed, it asks no more, and an answer that comes too late is dropped', async (t) => {
  const s = scene()
  s.poller.start()
  const advanced = s.time.advance(0)
  s.poller.close()
  await advanced
  await settle()
  await s.time.advance(300_000)
  t.ok(s.asks.length <= 1)
  t.equal(s.lists.length, 0)
  t.same(s.time.pendingMs, [])
})
