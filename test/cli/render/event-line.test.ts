import t from 'tap'
import { eventLine } from '#cli/render/event-line.ts'
import { coloured, plain } from '#cli/render/paint.ts'
import { accept, close, connect, dns, listen } from '#test/fixtures/socket-events.ts'
import { exec, exit, gap, processInfo } from '#test/fixtures/timeline-events.ts'

const style = { paint: plain, width: Number.POSITIVE_INFINITY }

t.test('one event, one line', async (t) => {
  t.equal(
    eventLine(exec({ argv: ['sh', '-c', 'a\nb'], uid: 7, euid: 7 }), style),
    "15:02:11.123  payments/api-7d9f/web  exec 100  sh -c $'a\\nb'  [uid 7]",
  )
  t.equal(
    eventLine(exit({}, { exitCode: 1 }), style),
    '15:02:11.123  payments/api-7d9f/web  exit 100  1 after 1.2ms  /bin/true',
  )
  t.equal(
    eventLine(
      exit({}, { exitCode: null, signal: 9, signalName: 'SIGKILL', lifetimeUs: null }),
      style,
    ),
    '15:02:11.123  payments/api-7d9f/web  exit 100  SIGKILL  /bin/true',
  )
  t.match(eventLine(gap(), style), /gap: 120 events lost/)
})

t.test('a socket’s line names the process: it stands alone', async (t) => {
  const shown = [
    connect({ latencyUs: 90, outcome: 'refused' }),
    close({ ongoing: true, closedBy: 'unknown' }),
    close({ durationUs: 90e6 }),
    dns(),
    listen({ snapshot: true, process: processInfo({ exe: '' }) }),
    accept({ process: null }),
  ].map((event) => eventLine(event, style).slice(37))
  t.strictSame(shown, [
    'connect 100 psql  → 10.1.2.3:5432 (db.payments.svc) refused after 90µs',
    'close 100 psql  → 10.1.2.3:5432 (db.payments.svc) ↑1.2 kB ↓88.0 kB, still open after 25.0s',
    'close 100 psql  → 10.1.2.3:5432 (db.payments.svc) ↑1.2 kB ↓88.0 kB, closed by peer after 1m30s  [part of its bytes]',
    'dns 100 psql  ? A db.payments.svc → 10.1.2.3 (1.2ms, server 10.96.0.10)',
    'listen 100  listening on 0.0.0.0:8080  [open before]',
    'accept  ← 10.0.0.9:41234 on port 8080 accepted',
  ])
  const hostile = eventLine(connect({ process: processInfo({ exe: '/x/\x1b[2Jy' }) }), style)
  t.match(hostile, 'connect 100 \\x1b[2Jy  →')
})

t.test('it fits the terminal, and bad ends are coloured', async (t) => {
  t.equal(eventLine(exec({ argv: ['x'.repeat(500)] }), { paint: plain, width: 80 }).length, 80)
  t.match(eventLine(exit({}, { exitCode: 1 }), { ...style, paint: coloured }), '\x1b[31mexit 100')
  const failed = connect({ outcome: 'timeout' })
  t.match(eventLine(failed, { ...style, paint: coloured }), '\x1b[31mconnect 100')
  t.notMatch(eventLine(connect(), { ...style, paint: coloured }), '\x1b[31m')
  t.equal(eventLine(connect(), { paint: plain, width: 90 }).length, 90)
})
