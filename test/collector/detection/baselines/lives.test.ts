import t from 'tap'
import { dayUs } from '#collector/detection/baselines/limits.ts'
import { Lives } from '#collector/detection/baselines/lives.ts'

const life = (fromUs = 0, more = {}) => ({ node: 'n', fromUs, isWhole: true, image: 'a', ...more })

t.test('a life from start to end counts once', async (t) => {
  const lives = new Lives(10)
  t.ok(lives.seen('c', life()))
  t.notOk(lives.seen('c', life()))
  t.equal(lives.complete(), 0)
  t.ok(lives.ended('c'))
  t.notOk(lives.ended('c'))
  t.equal(lives.complete(), 1)
})

t.test('a life that was met in the middle, or had a gap, does not count at its end', async (t) => {
  const lives = new Lives(10)
  lives.seen('c', life(0, { isWhole: false }))
  lives.ended('c')
  lives.seen('d', life())
  t.ok(lives.gap(() => true, 5))
  lives.ended('d')
  t.equal(lives.complete(), 0)
})

t.test('a gap of before a life began takes nothing of it', async (t) => {
  const lives = new Lives(10)
  lives.seen('c', life(10))
  t.notOk(lives.gap(() => true, 10))
  t.notOk(lives.gap(() => false, 20))
  lives.ended('c')
  t.equal(lives.complete(), 1)
})

t.test('of a life that goes on each full day counts, and then not its end', async (t) => {
  const lives = new Lives(10)
  lives.seen('c', life())
  t.notOk(lives.pass(dayUs - 1))
  t.ok(lives.pass(dayUs * 2 + 5))
  t.notOk(lives.pass(dayUs * 2 + 6))
  lives.ended('c')
  t.equal(lives.complete(), 2)
})

t.test('after a gap days are counted from there', async (t) => {
  const lives = new Lives(10)
  lives.seen('c', life())
  lives.gap(() => true, dayUs / 2)
  lives.pass(dayUs)
  t.equal(lives.complete(), 0)
  lives.pass(dayUs * 1.5)
  t.equal(lives.complete(), 1)
})

t.test('lives are counted by image, kept, and bounded', async (t) => {
  const lives = new Lives(2)
  for (const [id, image] of [
    ['c', 'a'],
    ['d', 'b'],
    ['e', 'b'],
  ] as const)
    lives.seen(id, life(0, { image }))
  for (const id of 'cde') lives.ended(id)
  t.equal(lives.complete('a'), 0, 'the oldest had to go')
  t.equal(lives.complete('b'), 2)
  lives.seen('f', life())
  const again = new Lives(2, lives.running, lives.counts)
  t.equal(again.complete(), 2)
  again.ended('f')
  t.equal(again.complete('a'), 1)
})
