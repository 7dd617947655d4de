import t from 'tap'
import { unknownAttribution } from '#agent/containers/cgroup-attribution.ts'
import { type CgroupEntry, CgroupTable } from '#agent/containers/cgroup-table.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'

const entry = (id: number, hierarchy = 0): CgroupEntry => ({
  key: { hierarchy, id },
  path: `/${id}`,
  attribution: unknownAttribution,
  rank: 0,
  probesLeft: 0,
  removedMs: undefined,
})

const scene = (entriesMax = 3) => {
  const time = manualTime()
  const forgotten: number[] = []
  const table = new CgroupTable({
    clock: time.clock,
    entriesMax,
    graceMs: 1000,
    onForgotten: ({ key }) => forgotten.push(key.id),
  })
  return { time, table, forgotten }
}

t.test('without room the removed go first, then the oldest of the living', (t) => {
  const { table, forgotten } = scene()
  const second = entry(2)
  for (const one of [entry(1), second, entry(3)]) table.add(one)
  table.remove(second)
  table.add(entry(4))
  table.add(entry(5))
  t.same(forgotten, [2, 1])
  t.match(table, { size: 3, evicted: 2 })
  t.end()
})

t.test('an entry in place of another is not one more', (t) => {
  const { table, forgotten } = scene()
  table.add(entry(1))
  table.add(entry(1))
  t.equal(table.size, 1)
  t.same(forgotten, [1])
  t.equal(table.evicted, 0)
  t.end()
})

t.test('a second removal does not prolong the grace period', async (t) => {
  const { time, table } = scene()
  const one = entry(1)
  table.add(one)
  table.remove(one)
  await time.advance(600)
  table.remove(one)
  await time.advance(600)
  table.expire()
  t.equal(table.size, 0)
})

t.test('what is absent from one hierarchy says nothing of another', (t) => {
  const { table } = scene()
  for (const one of [entry(1), entry(2), entry(1, 4)]) table.add(one)
  table.removeAbsent(0, new Set([2]))
  t.not(table.find({ hierarchy: 0, id: 1 })?.removedMs, undefined)
  t.equal(table.find({ hierarchy: 0, id: 2 })?.removedMs, undefined)
  t.equal(table.find({ hierarchy: 4, id: 1 })?.removedMs, undefined)
  table.removeAbsent(9, new Set())
  t.end()
})
