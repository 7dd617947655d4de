import t from 'tap'
import { plain } from '#cli/render/paint.ts'
import { formatBytes, statusLines } from '#cli/render/status.ts'
import type { AgentInfo, StatusAnswer } from '#proto/api.ts'
import { agentInfo } from '#test/fixtures/agent-info.ts'
import { emptyQuarantine } from '#test/fixtures/api-server.ts'
import { coverage } from '#test/fixtures/timeline-events.ts'

const status: StatusAnswer = {
  version: '1.0',
  startedAt: '2026-07-01T00:00:00.000000Z',
  store: {
    state: 'failing',
    detail: 'engine restarts',
    engineRestarts: 2,
    rowsInserted: 12_345,
    insertsRetried: 1,
    sizeBytes: 1_400_000_000,
  },
  quarantine: emptyQuarantine,
  agents: { known: 2, connected: 1 },
  tails: 0,
}
const agent = agentInfo({
  sources: [
    { name: 'ebpf', state: 'failed', detail: 'libbpf.so.1 is missing:\x1b[2J apt install libbpf1' },
    { name: 'procfs', state: 'running', detail: '' },
  ],
  ...{ captured: 1_000, filtered: 20, lost: 3, lastSeq: 980, ackedSeq: 970 },
})

t.test('everything at a glance', async (t) => {
  const away = { ...agent, agent: 'b', sources: [], connected: false, lastSeq: 5, ackedSeq: 9 }
  t.strictSame(
    [...statusLines(status, [agent, away], [coverage()], plain)],
    [
      'collector  mayfly 1.0 · since 2026-07-01T00:00:00Z · 1 of 2 agents connected',
      'store      failing · 1.4 GB · 12,345 rows since the collector started · 1 inserts retried · 2 engine restarts · engine restarts',
      'agent      node-1  connected · mayfly 1.0 · kernel 6.1',
      '  ebpf     failed · libbpf.so.1 is missing:\\x1b[2J apt install libbpf1',
      '  procfs   running',
      '  events   1,000 captured · 20 filtered · 3 lost · 10 on their way',
      'agent      node-1 (b)  away since 2026-07-01T00:00:00Z · mayfly 1.0 · kernel 6.1',
      '  events   1,000 captured · 20 filtered · 3 lost · 0 on their way',
      'coverage of the last 15 minutes',
      '  node-1  ebpf, complete for exec, exit · 15:02:11–15:09:33 · no gap',
    ],
  )
})

t.test('of a large fleet what is wrong comes first, and the rest is one line each', async (t) => {
  const sources = [{ name: 'ebpf', state: 'running', detail: '' }] as const
  const named = (index: number, facts: Partial<AgentInfo> = {}): AgentInfo => ({
    ...{ ...agent, sources, lost: 0 },
    ...{ agent: `node-${index}`, node: `node-${index}` },
    ...facts,
  })
  const agents = Array.from({ length: 50 }, (_, index) => named(index + 10))
  agents[20] = named(30, { connected: false })
  agents[30] = named(40, { lost: 7 })
  agents[40] = named(50, { kernelUnaccounted: 1 })
  const whole = agents.map(({ node }) => coverage({ node }))
  const sampled = coverage({ node: 'node-30', mode: 'sampled', source: 'procfs' })
  const lines = [...statusLines(status, agents, [...whole, sampled], plain)].slice(2)
  t.match(lines[0], /^agent {6}node-30 {2}away since/)
  t.match(lines.filter((line) => /^agent/.test(line)).slice(0, 4), [
    /node-30/,
    /node-40/,
    /node-50/,
    /node-10 /,
  ])
  t.equal(lines.filter((line) => line.startsWith('agent')).length, 50)
  t.ok(lines.length < 65, `${lines.length} lines`)
  t.match(lines.slice(-3), [
    'coverage of the last 15 minutes',
    /^ {2}node-30 {2}procfs, sampled/,
    '  50 nodes complete, no gap',
  ])
})

t.test('why the fleet is not known', async (t) => {
  t.match([...statusLines(status, [], [], plain, 'the store\x1b is away')].slice(2), [
    /^agents {5}not known: the store\\x1b is away$/,
  ])
})

t.test('quarantine shows where something is to be looked at, and only then', async (t) => {
  const shown = (facts: Partial<StatusAnswer['quarantine']>): readonly string[] =>
    [
      ...statusLines({ ...status, quarantine: { ...emptyQuarantine, ...facts } }, [], [], plain),
    ].slice(2, -1)
  t.strictSame(shown({}), [])
  const onDisk = { files: 3, bytes: 1_400_000, directory: '/data/quar\x1b[2Jantine' }
  t.strictSame(shown({ batches: 1, events: 14, ...onDisk, last: 'agent a\nb: not a chunk' }), [
    'quarantine 1 batch with 14 events since the collector started · 3 files, 1.4 MB in /data/quar\\x1b[2Jantine',
    '  last     agent a\\x0ab: not a chunk',
  ])
  t.match(shown({ batches: 2, events: 1 }), [/^quarantine 2 batches with 1 event since.*started$/])
  t.match(shown(onDisk), [/^quarantine 0 batches .* · 3 files/])
})

t.test('without an agent it says what to do', async (t) => {
  t.match([...statusLines(status, [], [], plain)].at(-1), /none: nothing is watched; start one/)
})

t.test('sizes', async (t) => {
  t.equal(formatBytes(0), '0 B')
  t.equal(formatBytes(999), '999 B')
  t.equal(formatBytes(1_000), '1.0 kB')
  t.equal(formatBytes(2.5e15), '2500.0 TB')
})
