import t from 'tap'
import { ReviewCache, type ReviewCounts } from '#collector/identity/review-cache.ts'
import { KubeError } from '#collector/kube/kube-error.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'

const site = (options: { maxYes?: number; maxNo?: number; maxAsking?: number } = {}) => {
  const time = manualTime()
  const counts: ReviewCounts = { remembered: 0, asked: 0, failed: 0, graced: 0 }
  const cache = new ReviewCache<string>({
    clock: time.clock,
    isYes: (answer) => answer === 'yes',
    yesMs: 60_000,
    noMs: 10_000,
    graceMs: 600_000,
    counts,
    ...options,
  })
  const say = (secret: string, answer: string, expiresMs?: number) =>
    cache.look(secret, async () => answer, expiresMs)
  const fail = (secret: string, expiresMs?: number) =>
    cache.look(secret, () => Promise.reject(new KubeError('failed', 'it is ill')), expiresMs)
  const nowMs = () => time.clock.nowUs() / 1000
  return { time, counts, cache, say, fail, nowMs }
}

const known = (answer: string) => ({ kind: 'known', answer })

t.test('a yes is kept for its while, a no for a shorter one', async (t) => {
  const { time, say, counts } = site()
  t.strictSame(await say('a', 'yes'), known('yes'))
  t.strictSame(await say('b', 'no'), known('no'))
  await time.advance(9_999)
  t.strictSame(await say('a', 'other'), known('yes'))
  t.strictSame(await say('b', 'yes'), known('no'))
  await time.advance(1)
  t.strictSame(await say('b', 'yes'), known('yes'), 'a no may become a yes')
  await time.advance(50_000)
  t.strictSame(await say('a', 'no'), known('no'), 'and a yes a no')
  t.strictSame(counts, { remembered: 2, asked: 4, failed: 0, graced: 0 })
})

t.test('a yes is not used beyond its end', async (t) => {
  const { time, say, fail, nowMs } = site()
  const endMs = nowMs() + 5_000
  t.strictSame(await say('a', 'yes', endMs), known('yes'))
  await time.advance(4_999)
  t.strictSame(await say('a', 'no', endMs), known('yes'))
  await time.advance(1)
  t.match(await fail('a', endMs), { kind: 'unknown', wasYes: true }, 'nor by the grace')
  await time.advance(2_000)
  t.strictSame(await say('a', 'no', endMs), known('no'))
})

t.test('questions at once are one, and a failure is that of all', async (t) => {
  const { cache, counts } = site()
  let fail: (error: Error) => void = () => {}
  let asked = 0
  const ask = () => {
    asked += 1
    return new Promise<string>((_resolve, reject) => {
      fail = reject
    })
  }
  const looks = [1, 2, 3].map(() => cache.look('a', ask))
  fail(new KubeError('timeout', 'late'))
  const unknown = { kind: 'unknown', detail: 'late', wasYes: false }
  t.strictSame(await Promise.all(looks), [unknown, unknown, unknown])
  t.equal(asked, 1)
  t.match(counts, { asked: 1, remembered: 2, failed: 1 })
})

t.test(
  'while nobody can be asked, a yes goes on for the grace from when it was given',
  async (t) => {
    const { time, say, fail, counts } = site()
    await say('a', 'yes')
    await say('b', 'no')
    await time.advance(60_000)
    t.strictSame(await fail('a'), known('yes'))
    t.match(await fail('b'), { kind: 'unknown', wasYes: false }, 'a no does not become a yes')
    t.match(await fail('c'), { kind: 'unknown', detail: 'it is ill', wasYes: false })
    await time.advance(539_999)
    t.strictSame(await fail('a'), known('yes'))
    await time.advance(1)
    t.match(await fail('a'), { kind: 'unknown', wasYes: true })
    t.equal(counts.graced, 2)
    t.equal(counts.failed, 4, 'and is not asked twice within two seconds')
  },
)

t.test('what is no KubeError is told as little as possible', async (t) => {
  const { cache } = site()
  const looked = cache.look('a', () => Promise.reject(new Error('Bearer secret')))
  t.strictSame(await looked, { kind: 'unknown', detail: 'it could not be asked', wasYes: false })
})

t.test('many questions at once are bounded, and who is known goes on', async (t) => {
  const { cache, say, time } = site({ maxAsking: 2 })
  await say('known', 'yes')
  await time.advance(61_000)
  const never = () => new Promise<string>(() => {})
  cache.look('a', never)
  cache.look('b', never)
  t.strictSame(await cache.look('c', never), { kind: 'busy' })
  t.strictSame(await cache.look('known', never), known('yes'))
})

t.test('strangers drive out strangers, not who is known', async (t) => {
  const { cache, say, fail, time } = site({ maxYes: 2, maxNo: 3 })
  await say('known', 'yes')
  for (let stranger = 0; stranger < 100; stranger += 1) await say(`stranger ${stranger}`, 'no')
  t.equal(cache.size, 4)
  await time.advance(61_000)
  t.strictSame(await fail('known'), known('yes'))
})

t.test('no token is kept', async (t) => {
  const { cache, say } = site()
  await say('s3cr3t-token', 'yes')
  const { inspect } = await import('node:util')
  t.notMatch(inspect(cache, { depth: 20, showHidden: true }), /s3cr3t/)
})
