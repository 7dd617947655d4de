import t from 'tap'
import { TokenBucket } from '#collector/identity/token-bucket.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'

t.test('a burst at once, then as many as time gives', async (t) => {
  const time = manualTime()
  const bucket = new TokenBucket(time.clock, { perSecond: 2, burst: 3 })
  const taken = (times: number) => Array.from({ length: times }, () => bucket.take())
  t.strictSame(taken(4), [true, true, true, false])
  await time.advance(499)
  t.strictSame(taken(1), [false])
  await time.advance(1)
  t.strictSame(taken(2), [true, false])
  await time.advance(3_600_000)
  t.strictSame(taken(4), [true, true, true, false], 'a long quiet gives no more than a burst')
})
