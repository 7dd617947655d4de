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
  writer.covered(1, 1_000)
  writer.covered(2, 2_000)
  t.strictSame(readWatchMark(dir), { boot: 'b', watchedToUs: 1, watchedToNs: 1_000 })
  time.ms += 5000
  writer.covered(3, 3_000)
  t.strictSame(readWatchMark(dir), { boot: 'b', watchedToUs: 3, watchedToNs: 3_000 })
  writer.covered(4, 4_000, true)
  t.strictSame(
    readWatchMark(dir),
    { boot: 'b', watchedToUs: 4, watchedToNs: 4_000 },
    'the last one always',
  )
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
  writer.covered(1, 1_000)
  t.equal(writer.failures, 1)
})

t.test('the hole between two agents', async (t) => {
  const dir = t.testdir()
  const now = { boot: 'b', watchedFromUs: 9, watchedFromNs: 9_000 }
  t.equal(absence(dir, now), undefined, 'nothing is known before the first agent')
  new WatchMarkWriter({ dir, boot: 'b', monotonicMs: () => 0 }).covered(5, 5_000)
  t.strictSame(absence(dir, now), { fromUs: 5, toUs: 9 })
  t.equal(
    absence(dir, { boot: 'b', watchedFromUs: 5, watchedFromNs: 5_000 }),
    undefined,
    'none when one followed the other',
  )
  t.strictSame(
    absence(dir, { boot: 'b', watchedFromUs: 4, watchedFromNs: 9_000 }),
    { fromUs: 4, toUs: 4 },
    'a clock that was set back hides none: when it was, nobody can say',
  )
  t.equal(
    absence(dir, { boot: 'b', watchedFromUs: 9, watchedFromNs: 4_000 }),
    undefined,
    'a clock that was set ahead makes none',
  )
  t.strictSame(
    absence(dir, { boot: 'c', watchedFromUs: 4, watchedFromNs: 50 }),
    { fromUs: 4, toUs: 4 },
    'nobody watches while a machine starts, whatever its clock says',
  )
  writeFileSync(join(dir, 'watched.json'), '{"boot":"b","watchedToUs":5}')
  t.strictSame(absence(dir, now), { fromUs: 5, toUs: 9 }, 'a mark of an earlier version')
})
