import fc from 'fast-check'
import t from 'tap'
import { toTimelineEvent } from '#collector/api/live-event.ts'
import {
  activityOf,
  capabilitiesOf,
  exampleActivity,
  fields,
} from '#collector/detection/activity.ts'
import { ProcessMemory } from '#collector/detection/processes.ts'
import { NameCache } from '#collector/names.ts'
import { anyEvent } from '#test/fixtures/arbitrary-events.ts'
import { chunkOf, exec, timelineBase } from '#test/fixtures/timeline-events.ts'

const noNames = new NameCache().get('node-1', 'x'.repeat(64))

/** Every declared field, of the declared type. */
const isWhole = (activity: object): boolean =>
  Object.entries(fields).every(([variable, declared]) =>
    Object.entries(declared).every(([name, { type }]) => {
      const value = (activity as Record<string, Record<string, unknown>>)[variable]?.[name]
      if (type === 'int') return typeof value === 'bigint'
      if (type === 'bool') return typeof value === 'boolean'
      return type === 'string' ? typeof value === 'string' : Array.isArray(value)
    }),
  )

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

t.test('capabilities by name', async (t) => {
  t.strictSame(capabilitiesOf('0x3'), ['CHOWN', 'DAC_OVERRIDE'])
  t.equal(capabilitiesOf('0x1ffffffffff').length, 41)
  t.strictSame([capabilitiesOf(''), capabilitiesOf('0xzz'), capabilitiesOf('7')], [[], [], []])
})

t.test('an example need only say what it is about', async (t) => {
  t.ok(isWhole(exampleActivity({})))
  t.match(
    exampleActivity({ process: { exe: '/bin/nc', args: ['nc', '-l'] }, connection: { port: 80 } }),
    {
      process: { name: 'nc', command: 'nc -l' },
      connection: { port: 80n },
    },
  )
})
