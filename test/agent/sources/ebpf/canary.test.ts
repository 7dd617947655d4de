import t from 'tap'
import { type BlindRange, Canary } from '#agent/sources/ebpf/canary.ts'

const openStage = () => {
  const stage = { nowMs: 1000, launched: [] as string[], blind: [] as BlindRange[] }
  const canary = new Canary({
    monotonicMs: () => stage.nowMs,
    onBlind: (range) => stage.blind.push(range),
    intervalMs: 60_000,
    boundMs: 10_000,
    launch: (nonce) => stage.launched.push(nonce),
  })
  const tickAt = (nowMs: number): void => {
    stage.nowMs = nowMs
    canary.tick()
  }
  const last = (): string => stage.launched.at(-1) ?? ''
  return { stage, canary, tickAt, last }
}

t.test('one flies at once, the next after the interval', async (t) => {
  const { stage, canary, tickAt, last } = openStage()
  tickAt(1000)
  t.equal(stage.launched.length, 1)
  t.ok(canary.isCanary(['/bin/true', last()]))
  tickAt(60_999)
  t.equal(stage.launched.length, 1)
  tickAt(61_000)
  t.equal(stage.launched.length, 2)
})

t.test(
  'what is missed is reported until one is seen again, without holes or overlaps',
  async (t) => {
    const { stage, canary, tickAt, last } = openStage()
    tickAt(1000)
    canary.isCanary([last()])
    tickAt(61_000)
    tickAt(71_001)
    t.ok(canary.blind)
    tickAt(81_002)
    stage.nowMs = 82_000
    t.ok(canary.isCanary([last()]))
    t.notOk(canary.blind)
    t.equal(canary.ageMs, 0)
    t.strictSame(stage.blind, [
      { fromMs: 1000, toMs: 71_001 },
      { fromMs: 71_001, toMs: 81_002 },
      { fromMs: 81_002, toMs: 81_002 },
    ])
  },
)

t.test('a probe that is blind from the start grows old, too', async (t) => {
  const { canary, tickAt } = openStage()
  for (let nowMs = 1_000; nowMs <= 601_000; nowMs += 1_000) tickAt(nowMs)
  t.ok(canary.blind)
  t.equal(canary.ageMs, 600_000, 'since it was made')
})

t.test('nobody hides behind the nonce', async (t) => {
  const { canary, tickAt, last } = openStage()
  tickAt(1000)
  t.notOk(canary.isCanary(['sh', 'mayfly-canary-0123456789abcdef']), 'a guess')
  t.notOk(canary.isCanary([]))
  t.ok(canary.isCanary(['/bin/true', last()]))
  t.notOk(canary.isCanary(['sh', last()]), 'a second use')
})

t.test('one that comes late is still no event, once', async (t) => {
  const { canary, tickAt, last } = openStage()
  tickAt(1000)
  const late = last()
  tickAt(11_001)
  t.ok(canary.isCanary([late]))
  t.ok(canary.blind, 'but it proves nothing about now')
  t.notOk(canary.isCanary([late]))
})

t.test('a canary that cannot start says nothing about the probe', async (t) => {
  let nowMs = 0
  const canary = new Canary({
    monotonicMs: () => nowMs,
    onBlind: () => t.fail('not blind'),
    launch: () => {
      throw new Error('EAGAIN')
    },
  })
  canary.tick()
  nowMs = 50_000
  canary.tick()
  t.equal(canary.launchFailures, 1)
})
