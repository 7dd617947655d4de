import t from 'tap'
import { EngineWatch } from '#collector/store/engine/engine-watch.ts'
import { VirtualTime } from '#test/simulation/virtual-time.ts'

t.test('silence is told, its end too, and a long one is a hang, once', async (t) => {
  const time = new VirtualTime()
  const restore = time.install(() => 0)
  try {
    const told: number[] = []
    let hangs = 0
    let isWell = true
    const watch = new EngineWatch({
      ping: async () => {
        if (!isWell) throw new Error('no answer')
      },
      silent: (ms) => told.push(ms),
      hung: () => {
        hangs += 1
      },
      intervalMs: 1_000,
      hungMs: 5_000,
      monotonicMs: () => time.nowMs,
    })
    await time.runUntil(3_500)
    t.strictSame(told, [], 'nothing to tell while it answers')
    isWell = false
    await time.runUntil(5_500)
    isWell = true
    await time.runUntil(7_500)
    t.strictSame(told, [1_000, 2_000, 0])
    isWell = false
    await time.runUntil(60_000)
    t.equal(hangs, 1)
    t.equal(told.at(-1), 5_000, 'and then it is no longer asked')
    watch.stop()
  } finally {
    restore()
  }
})
