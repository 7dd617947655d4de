import t from 'tap'
import { HandoverJoin, identityAt, joinNs, nearNs } from '#agent/sources/ebpf/handover-join.ts'
import { probeRecord } from '#test/fixtures/fake-ring.ts'

const T = 1e12

const exec = (pid: number, bootNs: number) => probeRecord({ kind: 0, pid, startNs: 1, bootNs })
type Made = ReturnType<typeof exec>

/** What of the new ring is told, beside what of the old one is. */
const joined = (old: readonly Made[], fresh: readonly Made[]): readonly boolean[] => {
  const join = new HandoverJoin(T)
  for (const { memory, bootNs } of old) join.note(identityAt(memory, 0), bootNs)
  return fresh.map(({ memory, bootNs }) => join.tells(memory, 0, bootNs))
}

t.test('an event is told once, wherever its two stamps are', async (t) => {
  const cases: readonly (readonly [string, number, number])[] = [
    ['both before', -2000, -1000],
    ['both after', 1000, 2000],
    ['the old one before, the new one at the instant', -1, 0],
    ['the new one before, the old one at the instant', 0, -1],
    ['across, a millisecond apart', -500_000, 500_000],
    ['across, the other way round', 500_000, -500_000],
    ['at the edge of the joining, one inside', -joinNs - 500, -joinNs + 500],
    ['far before', -1e9, -1e9 + 700],
    ['far after', 1e9, 1e9 + 700],
  ]
  for (const [name, old, fresh] of cases) {
    const isToldByOld = old < 0
    const [isToldByNew] = joined([exec(9, T + old)], [exec(9, T + fresh)])
    t.equal(Number(isToldByOld) + Number(isToldByNew), 1, name)
  }
})

t.test('what only the new probe saw goes by its stamp', async (t) => {
  t.strictSame(joined([], [exec(1, T - 1), exec(1, T)]), [false, true])
})

t.test('a process that executes twice near the instant is told twice, once each', async (t) => {
  const told = joined(
    [exec(3, T - 400_000), exec(3, T + 300_000)],
    [exec(3, T - 399_000), exec(3, T + 301_000)],
  )
  t.strictSame(told, [false, true])
  const across = joined(
    [exec(3, T - 400_000), exec(3, T - 300)],
    [exec(3, T - 399_000), exec(3, T + 300)],
  )
  t.strictSame(across, [false, false], 'the old one has told both')
  const detached = joined([exec(3, T - 400_000)], [exec(3, T - 399_000), exec(3, T + 600_000)])
  t.strictSame(detached, [false, true], 'the second one only the new probe saw')
})

t.test('other processes and kinds are no pair', async (t) => {
  const exit = probeRecord({ kind: 1, pid: 3, startNs: 1, bootNs: T + 1 })
  const other = probeRecord({ kind: 0, pid: 3, startNs: 2, bootNs: T + 1 })
  t.strictSame(joined([exec(3, T - 1)], [exit, other]), [true, true])
})

t.test('sockets and unknown kinds have no identity', async (t) => {
  for (const kind of [4, 5, 6, 7, 8, 99]) {
    const record = probeRecord({ kind, pid: 3, startNs: 1, bootNs: T - 1 })
    t.equal(identityAt(record.memory, 0), '')
    t.strictSame(joined([record], [probeRecord({ kind, pid: 3, startNs: 1, bootNs: T })]), [true])
  }
})

t.test('making and removing a cgroup are two things', async (t) => {
  const made = probeRecord({ kind: 3, cgroupId: 5, bootNs: T })
  const removed = probeRecord({ kind: 3, cgroupId: 5, flags: 1 << 7, bootNs: T })
  t.not(identityAt(made.memory, 0), identityAt(removed.memory, 0))
})

t.test('what is remembered is near, and bounded', async (t) => {
  const join = new HandoverJoin(T)
  join.note('exec 1 1', T - nearNs - 1)
  t.equal(join.noted, 0)
  for (let pid = 0; pid < 30_000; pid += 1) join.note(`exec ${pid} 1`, T)
  t.equal(join.noted, 20_000)
})
