import t from 'tap'
import {
  commandLine,
  describeEvent,
  execFlags,
  exitStatus,
  flagText,
  isBadExit,
  placeOf,
} from '#cli/render/event-parts.ts'
import { accept, close, connect, dns, listen } from '#test/fixtures/socket-events.ts'
import { containerStarted, exec, exit, gap, processInfo } from '#test/fixtures/timeline-events.ts'

t.test('flags name what is remarkable and nothing else', async (t) => {
  t.strictSame(execFlags(exec()), [])
  t.strictSame(
    execFlags(
      exec({
        uid: 1000,
        euid: 0,
        entry: 'exec',
        runtime: true,
        fileOrigin: 'memfd',
        stdioSockets: ['stdin', 'stdout'],
        tty: 'pts/3',
        argvRedacted: 2,
        argvTruncated: true,
        argvBytes: 1_048_576,
        snapshot: true,
      }),
    ),
    [
      'uid 1000',
      'euid 0',
      'exec',
      'runtime',
      'memfd',
      'socket on stdin, stdout',
      'pts/3',
      '2 redacted',
      'truncated of 1,048,576 bytes',
      'ran before',
    ],
  )
  t.strictSame(execFlags(exec({ fileOrigin: 'dropped' })), ['dropped file'])
  t.strictSame(execFlags(exec({ fileOrigin: 'image' })), [])
  t.strictSame(execFlags(exec({ uid: null })), [])
})

t.test('ends', async (t) => {
  t.equal(exitStatus(exit()), '0')
  t.equal(exitStatus(exit({}, { exitCode: 127 })), '127')
  t.equal(exitStatus(exit({}, { exitCode: null })), '?')
  t.equal(
    exitStatus(exit({}, { exitCode: null, signal: 11, signalName: 'SIGSEGV', coreDumped: true })),
    'SIGSEGV core',
  )
  t.equal(exitStatus(exit({}, { exitCode: null, signal: 99 })), 'signal 99')
  t.notOk(isBadExit(exit()))
  t.ok(isBadExit(exit({}, { exitCode: 1 })))
})

t.test('a process without arguments shows its executable', async (t) => {
  t.equal(commandLine(processInfo({ argv: [], exe: '/x\n' })), '(/x\\x0a)')
})

t.test('containers and holes in words; only a hole is bad', async (t) => {
  const nothing = { flags: [], lifeUs: null }
  t.strictSame(describeEvent(containerStarted({ image: 'a\x07' })), {
    ...nothing,
    text: 'container started image a\\x07',
    isBad: false,
  })
  t.strictSame(describeEvent(gap({ lost: null })), {
    ...nothing,
    text: 'gap: an unknown number of events lost (ring_full) 15:02:11.123–15:02:12.000, may miss exec, exit',
    isBad: true,
  })
})

t.test('sockets and names asked go to those who know the words', async (t) => {
  t.match(describeEvent(connect({ outcome: 'reset' })), { text: /^→ .* reset/, isBad: true })
  t.match(describeEvent(accept()), { text: /^← .* accepted$/ })
  t.match(describeEvent(close()), { text: /^→ .*closed by peer$/, lifeUs: 25_000_000 })
  t.match(describeEvent(listen()), { text: 'listening on 0.0.0.0:8080' })
  t.match(describeEvent(dns()), { text: /^\? A db/ })
})

t.test('flags stand in brackets', async (t) => {
  t.equal(flagText([]), '')
  t.equal(flagText(['a', 'b']), '  [a, b]')
})

t.test('where it happened: names, else the id, else the node', async (t) => {
  t.equal(placeOf(exec()), 'payments/api-7d9f/web')
  t.equal(placeOf(exec({}, { namespace: '', pod: '', container: '' })), '3f2a1b000000')
  t.equal(placeOf(gap({ namespace: '', pod: '', container: '' })), 'node-1')
})
