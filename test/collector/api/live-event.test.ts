import t from 'tap'
import { toTimelineEvent } from '#collector/api/live-event.ts'
import { NameCache } from '#collector/names.ts'
import type { Event } from '#proto/event.ts'
import {
  chunkOf,
  containerId,
  wireContainer,
  wireExec,
  wireExit,
} from '#test/fixtures/timeline-events.ts'

const names = new NameCache()
names.learnFrom([wireContainer()])
const show = (event: Event) =>
  toTimelineEvent(chunkOf(wireExec(), event), 1, names.get(event.containerId))

t.test('an exec shows as the API does, with its place in the sequence', async (t) => {
  const parent = { pid: 7, startNs: 1_000 }
  const event = wireExec({
    parent,
    creator: { pid: 8, startNs: 2_000 },
    capabilities: 2 ** 40 + 1,
    stdioSockets: 5,
    loginUid: 1000,
    script: '/a.sh',
    interpreter: '/bin/sh',
  })
  t.match(show(event), {
    kind: 'exec',
    time: '2026-07-01T15:02:11.123456Z',
    namespace: 'payments',
    workload: 'api',
    pod: 'api-7d9f',
    container: 'web',
    containerId,
    agent: 'node-1',
    seq: 2,
    process: {
      id: 'b00tb00tb00t-100-1u5hvr4',
      pid: 100,
      parentPid: 7,
      parentId: 'b00tb00tb00t-7-rs',
      creatorId: 'b00tb00tb00t-8-1jk',
      capabilities: '0x10000000001',
      stdioSockets: ['stdin', 'stderr'],
      loginUid: 1000,
      script: '/a.sh',
      interpreter: '/bin/sh',
    },
  })
})

t.test('a creator that is the parent is not told twice, an unknown parent is null', async (t) => {
  const parent = { pid: 7, startNs: 1_000 }
  const same = show(wireExec({ parent, creator: { ...parent } }))
  t.notOk(same && 'process' in same && same.process && 'creatorId' in same.process)
  t.match(show(wireExec()), { process: { parentId: null, parentPid: null } })
})

t.test('an exit shows code or signal', async (t) => {
  t.match(show(wireExit({ exitCode: 3 })), { exitCode: 3, signal: 0, signalName: null })
  t.match(show(wireExit({ exitCode: null, signal: 9 })), { exitCode: null, signalName: 'SIGKILL' })
})

t.test('gaps, containers, connections and names asked keep their fields', async (t) => {
  const base = { timeUs: 1e15, bootNs: 1, source: 'ebpf', containerId: '', podUid: '' } as const
  const end = { address: '10.0.0.1', port: 443 }
  t.match(
    show({
      ...base,
      kind: 'gap',
      reason: 'blind',
      lost: null,
      fromUs: 1e15,
      toUs: 2e15,
      affects: ['exec'],
    }),
    { kind: 'gap', lost: null, from: '2001-09-09T01:46:40.000000Z', affects: ['exec'] },
  )
  t.match(show(wireContainer()), { kind: 'container', phase: 'named', image: 'registry/api:1' })
  const connection = {
    ...base,
    transport: 'tcp',
    socket: 5,
    local: end,
    peer: end,
    peerName: 'db',
    count: 2,
    exe: '/bin/x',
    process: { pid: 1, startNs: 1 },
  } as const
  t.match(show({ ...connection, kind: 'connect', outcome: 'refused', latencyUs: null }), {
    peer: { ...end, name: 'db' },
    outcome: 'refused',
    process: { pid: 1, exe: '/bin/x' },
  })
  t.match(show({ ...connection, kind: 'accept' }), { kind: 'accept', count: 2 })
  const closed = {
    ongoing: false,
    direction: 'inbound',
    sentBytes: 1,
    receivedBytes: 2,
    closedBy: 'peer',
  } as const
  const durations = { durationUs: 9, minDurationUs: null, maxDurationUs: null }
  t.match(show({ ...connection, kind: 'close', ...closed, ...durations }), {
    ...closed,
    durationUs: 9,
  })
  t.match(
    show({ ...base, kind: 'listen', transport: 'tcp', local: end, exe: '', phase: 'started' }),
    { kind: 'listen', process: null, phase: 'started' },
  )
  const dns = { name: 'a.b', type: 'A', rcode: '', answers: [], latencyUs: null, count: 1 }
  t.match(show({ ...base, kind: 'dns', exe: '', peer: end, ...dns }), { kind: 'dns', ...dns })
})

t.test('what is no event is not shown', async (t) => {
  const base = { timeUs: 1, bootNs: 1, source: 'ebpf', containerId: '', podUid: '' } as const
  t.equal(show({ ...base, kind: 'coverage', fromUs: 1, toUs: 2, complete: [] }), null)
  t.equal(toTimelineEvent(chunkOf(), 5, names.get('')), null)
})
