import t from 'tap'
import {
  commandLine,
  describeEvent,
  execFlags,
  exitStatus,
  isBadExit,
  placeOf,
} from '#cli/render/event-parts.ts'
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

t.test('everything else in words', async (t) => {
  const base = containerStarted()
  t.equal(describeEvent(base), 'container started image registry/api:1')
  t.equal(
    describeEvent(gap({ lost: null })),
    'gap: an unknown number of events lost (ring_full) 15:02:11.123–15:02:12.000, may miss exec, exit',
  )
  const end = { address: '::1', port: 53 }
  const { phase: _p, image: _i, imageId: _d, type: _t, runtime: _r, ...shared } = base
  const connection = { ...shared, process: null, transport: 'tcp', socket: 1, local: end, count: 3 }
  t.equal(
    describeEvent({
      ...connection,
      kind: 'connect',
      peer: { ...end, name: 'db\x07', workload: '' },
      outcome: 'refused',
    }),
    'connect [::1]:53 (db\\x07) refused ×3',
  )
  t.equal(
    describeEvent({ ...connection, kind: 'listen', phase: 'started' }),
    'listen started tcp [::1]:53',
  )
  const dns = {
    ...shared,
    process: null,
    peer: end,
    name: 'a.b',
    type: 'A',
    latencyUs: null,
    count: 1,
  }
  t.equal(describeEvent({ ...dns, kind: 'dns', rcode: '', answers: [] }), 'dns A a.b unanswered')
})

t.test('where it happened: names, else the id, else the node', async (t) => {
  t.equal(placeOf(exec()), 'payments/api-7d9f/web')
  t.equal(placeOf(exec({}, { namespace: '', pod: '', container: '' })), '3f2a1b000000')
  t.equal(placeOf(gap({ namespace: '', pod: '', container: '' })), 'node-1')
})
