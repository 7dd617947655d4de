import t from 'tap'
import { Progress } from '#collector/detection/progress.ts'

const at = (seq: number, epoch = 1) => ({ agent: 'node-1', epoch, seq })

t.test('a store of before detection is no news', async (t) => {
  const progress = new Progress()
  progress.begin([], [at(100), at(7, 2)])
  t.equal(progress.behind, 0)
  t.strictSame(
    [progress.seqOf(at(0)), progress.seqOf(at(0, 2)), progress.seqOf(at(0, 3))],
    [100, 7, 0],
  )
  t.strictSame(progress.unwritten, [at(100), at(7, 2)], 'and it is written down')
})

t.test('what was stored meanwhile is behind', async (t) => {
  const progress = new Progress()
  progress.begin([at(50), at(7, 2)], [at(100), at(7, 2), at(3, 3)])
  t.equal(progress.behind, 2)
  t.strictSame(progress.next, at(100))
  t.strictSame([progress.isBehind(at(0)), progress.isBehind(at(0, 2))], [true, false])
  t.equal(progress.seqOf(at(0)), 50)
  t.strictSame(progress.unwritten, [])
})

t.test('an epoch is caught up with, unless more was stored meanwhile', async (t) => {
  const progress = new Progress()
  progress.fallBehind(at(100))
  const target = progress.next ?? at(0)
  progress.moveTo(at(100))
  progress.fallBehind(at(120))
  progress.caughtUp(target)
  t.strictSame(progress.next, at(120))
  progress.caughtUp(progress.next ?? at(0))
  t.equal(progress.next, undefined)
  t.equal(progress.behind, 0)
})

t.test('a place never goes back, and is written until it moves on', async (t) => {
  const progress = new Progress()
  progress.moveTo(at(10))
  progress.moveTo(at(5))
  t.equal(progress.seqOf(at(0)), 10)
  const { unwritten } = progress
  progress.moveTo(at(11))
  progress.written(unwritten)
  t.strictSame(progress.unwritten, [at(11)], 'what moved on meanwhile is written again')
  progress.written(progress.unwritten)
  t.strictSame(progress.unwritten, [])
})
