import fc from 'fast-check'
import t from 'tap'
import { Followed, Told, Windows } from '#collector/detection/statistics/windows.ts'

t.test('whatever keys and times come, no more is kept than may be', async (_t) => {
  const key = fc.string({ maxLength: 5 })
  const time = fc.oneof(
    fc.double(),
    fc.integer({ min: 0, max: 100 }),
    fc.constant(Number.MAX_SAFE_INTEGER),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(key, time)), (events) => {
      const followed = new Followed<{ n: number }>(3)
      const windows = new Windows<{ n: number }>({ lengthUs: 10, max: 3 })
      for (const [key, timeUs] of events) {
        followed.of(key, () => ({ n: 0 })).n += 1
        windows.of(key, timeUs, () => ({ n: 0 })).n += 1
        if (followed.size > 3 || windows.size > 3) return false
      }
      const distinct = new Set(events.map(([key]) => key)).size
      return followed.evicted >= distinct - 3 && windows.evicted <= events.length
    }),
  )
})

t.test('millions of keys leave the latest', async (t) => {
  const windows = new Windows<{ n: number }>({ lengthUs: 10, max: 100 })
  for (let key = 0; key < 1_000_000; key += 1) windows.of(`k${key}`, 5, () => ({ n: 0 }))
  t.equal(windows.size, 100)
  t.equal(windows.evicted, 999_900)
})

t.test('an event counts in the window of its own time, whenever it comes', async (t) => {
  const windows = new Windows<{ n: number }>({ lengthUs: 10, max: 10 })
  const count = (timeUs: number) => {
    const one = windows.of('a', timeUs, () => ({ n: 0 }))
    one.n += 1
    return one.n
  }
  t.strictSame([100, 109, 110, 109, 20, 119, 29, -1].map(count), [1, 2, 1, 3, 1, 2, 2, 1])
})

t.test('what ended long before its room was needed is no loss', async (t) => {
  const windows = new Windows<{ n: number }>({ lengthUs: 10, max: 1 })
  const follow = (timeUs: number) => windows.of('a', timeUs, () => ({ n: 0 }))
  follow(100)
  follow(130)
  t.equal(windows.evicted, 0)
  follow(140)
  t.equal(windows.evicted, 1, 'the window of just before may have been unfinished')
  follow(20)
  t.equal(windows.evicted, 2, 'a backlog took the room of what is now')
})

t.test('told once per key and window', async (t) => {
  const told = new Told({ lengthUs: 10, max: 2 })
  t.strictSame(
    [
      told.isNews('a', 100),
      told.isNews('a', 109),
      told.isNews('b', 100),
      told.isNews('a', 5),
      told.isNews('a', 6),
    ],
    [true, false, true, true, false],
  )
  t.equal(told.evicted, 1)
})

t.test('what is deleted on purpose is no eviction', async (t) => {
  const followed = new Followed<{ n: number }>(2)
  followed.of('a', () => ({ n: 1 }))
  followed.of('b', () => ({ n: 2 }))
  followed.delete('a')
  followed.set('b', { n: 3 })
  t.strictSame([followed.keys(), followed.get('b')?.n, followed.get('a')], [['b'], 3, undefined])
  t.equal(followed.evicted, 0)
})
