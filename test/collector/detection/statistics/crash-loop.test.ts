import t from 'tap'
import { CrashLoop } from '#collector/detection/statistics/crash-loop.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import type { TimelineExit } from '#proto/api.ts'
import { exit } from '#test/fixtures/timeline-events.ts'
import { hitsOf, hourUs, minuteUs, secondUs, type Timed, times } from './events.ts'

const crash = (n: number, facts: Partial<TimelineExit> = {}, process = {}): TimelineExit =>
  exit(
    { pid: n, nsPid: 1, exe: '/app/server', ...process },
    { containerId: `c${n}`, pod: `api-${n}`, exitCode: 1, lifetimeUs: 2 * secondUs, ...facts },
  )

const loop = (events: readonly Timed[]) => hitsOf(new CrashLoop(defaultParameters), events)
const crashes = (
  count: number,
  facts: Partial<TimelineExit> = {},
  process = {},
  stepUs = secondUs,
) => times(count, (n): Timed => [crash(n, facts, process), n * stepUs])

t.test('three failures of a workload within ten minutes', async (t) => {
  t.strictSame(loop(crashes(2)), [])
  t.strictSame(loop(crashes(50)), [
    {
      at: 2,
      key: { exe: '/app/server' },
      reason:
        '/app/server ended 3 times within 10 min, each time within 60 s of its start, last with exit code 1',
    },
  ])
  const killed = loop(crashes(3, { exitCode: null, signal: 11, signalName: 'SIGSEGV' }))
  t.match(killed[0]?.reason, /last with signal SIGSEGV$/)
})

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['well done', crashes(9, { exitCode: 0 })],
  ['unknown how', crashes(9, { exitCode: null })],
  ['asked to end', crashes(9, { exitCode: null, signal: 15 })],
  ['asked to end, as a shell says it', crashes(9, { exitCode: 143 })],
  ['after a minute of work', crashes(9, { lifetimeUs: 61 * secondUs })],
  ['who knows when it began', crashes(9, { lifetimeUs: null })],
  ['not the first process', crashes(9, {}, { nsPid: 7 })],
  ['who knows which process', crashes(9, {}, { nsPid: undefined })],
  ['what the runtime does', crashes(9, {}, { runtime: true })],
  ['each of another workload', times(9, (n) => [crash(n, { workload: `w${n}` }), n])],
  ['each of another executable', times(9, (n) => [crash(n, {}, { exe: `/bin/${n}` }), n])],
  ['one in ten minutes', crashes(9, {}, {}, 10 * minuteUs)],
]

t.test('what is no crash loop', async (t) => {
  for (const [name, events] of quiet) t.strictSame(loop(events), [], name)
})

t.test('before the workload is known, the pod is it', async (t) => {
  const unnamed = { workload: '', pod: '', container: '' }
  t.equal(loop(crashes(3, { ...unnamed, podUid: 'uid' })).length, 1)
  t.equal(loop(crashes(3, unnamed)).length, 0)
})

t.test('told once per window; disorder and a backlog beside disturb nothing', async (t) => {
  t.equal(loop([...crashes(9).toReversed(), ...crashes(9)]).length, 1)
  const beside = crashes(3).flatMap((one, n): readonly Timed[] => [one, [crash(n), -9 * hourUs]])
  t.equal(loop(beside).length, 2)
})

t.test('memory is bounded', async (t) => {
  const statistic = new CrashLoop(defaultParameters)
  hitsOf(
    statistic,
    times(6_000, (n) => [crash(n, {}, { exe: `/bin/${n}${'x'.repeat(4_000)}` }), 0]),
  )
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
})
