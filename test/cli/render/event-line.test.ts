import t from 'tap'
import { eventLine } from '#cli/render/event-line.ts'
import { coloured, plain } from '#cli/render/paint.ts'
import { exec, exit, gap } from '#test/fixtures/timeline-events.ts'

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

t.test('it fits the terminal, and bad ends are coloured', async (t) => {
  t.equal(eventLine(exec({ argv: ['x'.repeat(500)] }), { paint: plain, width: 80 }).length, 80)
  t.match(eventLine(exit({}, { exitCode: 1 }), { ...style, paint: coloured }), '\x1b[31mexit 100')
})
