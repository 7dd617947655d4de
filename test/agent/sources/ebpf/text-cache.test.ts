import fc from 'fast-check'
import t from 'tap'
import { TextCache } from '#agent/sources/ebpf/text-cache.ts'

t.test('the cache never changes an answer', async (t) => {
  const make = (bytes: Buffer): string => bytes.toString('latin1')
  const cache = new TextCache(make, 16)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(3), (raw, skip) => {
      const bytes = Buffer.from(raw)
      const start = Math.min(skip, bytes.length)
      return cache.get(bytes, start, bytes.length) === make(bytes.subarray(start))
    }),
    { numRuns: 2000 },
  )
  t.ok(cache.size <= 16)
})

t.test('the same bytes are decoded once', async (t) => {
  let made = 0
  const cache = new TextCache((bytes) => {
    made += 1
    return `${bytes} ${made}`
  }, 16)
  const bytes = Buffer.from('xx/bin/sh')
  t.equal(cache.get(bytes, 2, 9), '/bin/sh 1')
  bytes.write('yy')
  t.equal(cache.get(bytes, 2, 9), '/bin/sh 1')
})

t.test('what the cache holds does not follow the memory it was read from', async (t) => {
  const cache = new TextCache((bytes) => bytes.toString(), 16)
  const bytes = Buffer.from('before')
  cache.get(bytes, 0, 6)
  bytes.write('after!')
  t.equal(cache.get(bytes, 0, 6), 'after!')
})

t.test('a long text is made each time and not kept', async (t) => {
  const cache = new TextCache((bytes) => String(bytes.length), 16)
  t.equal(cache.get(Buffer.alloc(2000), 0, 2000), '2000')
  t.equal(cache.size, 0)
})
