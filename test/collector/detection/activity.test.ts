import fc from 'fast-check'
import t from 'tap'
import { toTimelineEvent } from '#collector/api/live-event.ts'
import { activityOf } from '#collector/detection/activity.ts'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { ProcessMemory } from '#collector/detection/processes.ts'
import { NameCache } from '#collector/names.ts'
import type { PeerKind } from '#proto/api.ts'
import { isWhole } from '#test/fixtures/activities.ts'
import { anyEvent } from '#test/fixtures/arbitrary-events.ts'
import { chunkOf, exec, timelineBase } from '#test/fixtures/timeline-events.ts'

const noNames = new NameCache().get('node-1', 'x'.repeat(64))

t.test('whatever an agent sends has every field, of its type', async () => {
  const memory = new ProcessMemory()
  fc.assert(
    fc.property(anyEvent, (event) => {
      const shown = toTimelineEvent(chunkOf(event), 0, noNames)
      if (shown === null) return true
      memory.learn(shown)
      return isWhole(activityOf(shown, memory, noNames, false))
    }),
  )
})

t.test('an execution with its line, within its container', async (t) => {
  const memory = new ProcessMemory()
  const events = [
    exec({ pid: 1, id: 'b-1', exe: '/usr/sbin/nginx', argv: ['nginx'] }),
    exec({
      pid: 7,
      id: 'b-7',
      parentId: 'b-1',
      exe: '/bin/sh',
      argv: ['sh', '-c', 'id'],
      capabilities: '0x200000',
    }),
  ]
  for (const event of events) memory.learn(event)
  const activity = activityOf(events[1] ?? exec(), memory, { ...noNames, image: 'web:1' }, true)
  t.match(activity, {
    event: { kind: 'exec', late: true },
    process: { name: 'sh', command: 'sh -c id', capabilities: ['SYS_ADMIN'] },
    parent: { name: 'nginx' },
    container: { image: 'web:1' },
    workload: { name: 'api', namespace: 'payments' },
  })
  t.equal(activity.ancestors.length, 1)
})

t.test('a connection has the program of its process, and the port that is served', async (t) => {
  const memory = new ProcessMemory()
  memory.learn(exec({ id: 'b-1', exe: '/bin/sh', argv: ['sh', '-c', 'x'] }))
  const process = { id: 'b-1', parentId: null, pid: 1, parentPid: null, uid: null, exe: '/bin/sh' }
  const shared = {
    ...timelineBase,
    process,
    transport: 'tcp',
    socket: 1,
    count: 1,
    snapshot: false,
  }
  const ends = {
    local: { address: '10.0.0.1', port: 80 },
    peer: { address: '203.0.113.9', port: 4444, name: '', workload: '' },
  }
  const connect = activityOf(
    { ...shared, ...ends, kind: 'connect', outcome: 'established' },
    memory,
    noNames,
    false,
  )
  t.match(connect, {
    process: { command: 'sh -c x' },
    connection: { port: 4444n, address: '203.0.113.9' },
  })
  t.equal(connect.connection.kind, 'external')
  const kindOf = (address: string, kind?: PeerKind) =>
    activityOf(
      {
        ...{ ...shared, ...ends, kind: 'connect', outcome: 'refused' },
        peer: { ...ends.peer, address, ...(kind && { kind }) },
      },
      memory,
      noNames,
      false,
    ).connection.kind
  t.equal(kindOf('10.0.0.8'), 'private')
  t.equal(kindOf('10.0.0.8', 'pod'), 'private', 'who had the address is no matter')
  t.equal(kindOf('10.96.0.1', 'api-server'), 'api-server')
  t.equal(kindOf('127.0.0.1', 'loopback'), 'loopback')
  const accept = activityOf({ ...shared, ...ends, kind: 'accept' }, memory, noNames, false)
  t.match(accept.connection, { port: 80n })
})

t.test('long texts and many arguments are cut', async (t) => {
  const argv = Array.from({ length: 500 }, () => 'x'.repeat(5_000))
  const activity = activityOf(
    exec({ argv, exe: 'y'.repeat(9_000) }),
    new ProcessMemory(),
    noNames,
    false,
  )
  t.equal(activity.process.args.length, 64)
  t.ok(activity.process.args.every(({ length }) => length === 1_024))
  t.equal(activity.process.command.length, 4_096)
  t.equal(activity.process.exe.length, 1_024)
})

t.test('what runs, by path and arguments', async (t) => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    ['/bin/busybox', ['nc', '-l'], 'nc'],
    ['/bin/busybox', ['/bin/nc', '-l'], 'nc'],
    ['/bin/busybox', ['busybox', 'wget', 'x'], 'wget'],
    ['/bin/busybox', ['busybox'], 'busybox'],
    ['/bin/busybox', ['-sh'], 'sh'],
    ['/bin/busybox', [], 'busybox'],
    ['/bin/busybox', [''], 'busybox'],
    ['/usr/bin/python3.11', ['python3'], 'python'],
    ['/usr/sbin/php-fpm8.2', [], 'php-fpm'],
    ['/usr/bin/x86_64-linux-gnu-gcc-12', [], 'gcc'],
    ['/usr/bin/gcc-12', [], 'gcc'],
    ['/usr/bin/base64', [], 'base64'],
    ['/usr/bin/7z', [], '7z'],
    ['/opt/helper', ['nc', '-l'], 'helper'],
    ['', [], ''],
  ]
  for (const [exe, args, program] of cases) {
    const { process } = exampleActivity({ process: { exe, args } })
    t.equal(process.program, program, `${exe} ${args.join(' ')}`)
    t.equal(process.calledAs, args[0] ?? '')
    const event = exec({ exe, argv: args })
    const seen = activityOf(event, new ProcessMemory(), noNames, false)
    t.equal(seen.process.program, program, 'and of an event')
  }
})
