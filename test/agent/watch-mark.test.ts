import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { absence, parseWatchMark, readWatchMark, WatchMarkWriter } from '#agent/watch-mark.ts'

t.test('a mark is read back, and written only now and then', async (t) => {
  const dir = t.testdir()
  const time = { ms: 0 }
  const writer = new WatchMarkWriter({ dir, boot: 'b', monotonicMs: () => time.ms })
  t.equal(readWatchMark(dir), undefined, 'none yet')
  writer.covered(1)
  writer.covered(2)
  t.strictSame(readWatchMark(dir), { boot: 'b', watchedToUs: 1 })
  time.ms += 5000
  writer.covered(3)
  t.strictSame(readWatchMark(dir), { boot: 'b', watchedToUs: 3 })
  writer.covered(4, true)
  t.strictSame(readWatchMark(dir), { boot: 'b', watchedToUs: 4 }, 'the last one always')
})

t.test('damage is no mark', async (t) => {
  const dir = t.testdir({})
  for (const text of [
    '',
    '{',
    'null',
    '7',
    '{"boot":1,"watchedToUs":2}',
    '{"boot":"b","watchedToUs":1e99}',
  ]) {
    writeFileSync(join(dir, 'watched.json'), text)
    t.equal(readWatchMark(dir), undefined, text)
  }
  fc.assert(
    fc.property(fc.string(), (text) => parseWatchMark(text) === undefined || text.includes('boot')),
  )
})

t.test('a directory that cannot be written costs only the mark', async (t) => {
  const writer = new WatchMarkWriter({ dir: '/proc', boot: 'b', monotonicMs: () => 0 })
  writer.covered(1)
  t.equal(writer.failures, 1)
})

t.test('the hole between two agents', async (t) => {
  const dir = t.testdir()
  t.equal(absence(dir, 9), undefined, 'nothing is known before the first agent')
  new WatchMarkWriter({ dir, boot: 'b', monotonicMs: () => 0 }).covered(5)
  t.strictSame(absence(dir, 9), { fromUs: 5, toUs: 9 })
  t.equal(absence(dir, 5), undefined, 'none when one followed the other')
  t.equal(absence(dir, 4), undefined, 'none when the clock went back')
})
