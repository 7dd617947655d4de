import t from 'tap'
import { readValue } from '#agent/sources/procfs/proc-file.ts'
import { findVanished, sameStart } from '#agent/sources/procfs/reconcile.ts'
import { readStat } from '#agent/sources/procfs/stat.ts'

t.test('a tick and its nanoseconds are one start', async (t) => {
  t.ok(sameStart(2_719_370_000_000, 2_719_370_000_000))
  t.ok(sameStart(2_719_370_000_000, 2_719_379_999_999))
  t.notOk(sameStart(2_719_370_000_000, 2_719_390_000_000))
  t.notOk(sameStart(2_719_370_000_000, 2_719_350_000_000))
})

t.test('free pids, zombies and new owners of a pid have vanished', async (t) => {
  const startNs = readValue(readStat('/proc', process.pid))?.startNs ?? 0
  const alive = [
    { pid: process.pid, startNs },
    { pid: process.pid, startNs: startNs + 9_999_999 },
  ]
  const gone = [
    { pid: process.pid, startNs: startNs - 30_000_000 },
    { pid: 2 ** 30, startNs },
  ]
  t.strictSame(findVanished('/proc', [...alive, ...gone]), gone)
})

t.test('what cannot be looked at counts as running', async (t) => {
  const zombie = `9 (x) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 ${'0 '.repeat(31)}`
  const root = t.testdir({ 7: { stat: 'garbage' }, 8: { stat: {} }, 9: { stat: zombie } })
  const key = (pid: number) => ({ pid, startNs: 50_000_000 })
  t.strictSame(findVanished(root, [key(7), key(8), key(9)]), [key(9)])
})
