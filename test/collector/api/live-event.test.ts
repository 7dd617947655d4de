import t from 'tap'
import { toTimelineEvent } from '#collector/api/live-event.ts'
import { NameCache } from '#collector/names.ts'
import type { Event } from '#proto/event.ts'
import {
  wireAccept,
  wireClose,
  wireConnect,
  wireDns,
  wireListen,
} from '#test/fixtures/socket-events.ts'
import {
  chunkOf,
  containerId,
  wireContainer,
  wireExec,
  wireExit,
} from '#test/fixtures/timeline-events.ts'

const names = new NameCache()
names.learnFrom('node-1', [wireContainer()])
const show = (event: Event) =>
  toTimelineEvent(chunkOf(wireExec(), event), 1, names.get('node-1', event.containerId))

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

t.test('gaps and containers keep their fields', async (t) => {
  const base = { timeUs: 1e15, bootNs: 1, source: 'ebpf', containerId: '', podUid: '' } as const
  t.match(
    show({
      ...base,
      kind: 'gap',
      reason: 'blind',
      lost: null,
      replaces: 1,
      fromUs: 1e15,
      toUs: 2e15,
      affects: ['exec'],
    }),
    { kind: 'gap', lost: null, from: '2001-09-09T01:46:40.000000Z', affects: ['exec'] },
  )
  t.match(show(wireContainer()), { kind: 'container', phase: 'named', image: 'registry/api:1' })
})

t.test('connections and names asked keep every field', async (t) => {
  const local = { address: '10.244.1.17', port: 45_678 }
  const peer = { address: '10.0.0.1', port: 443 }
  const process = { id: 'b00tb00tb00t-100-1u5hvr4', pid: 100, parentId: null, uid: null, exe: '/x' }
  const shared = { transport: 'tcp', socket: 5, local, snapshot: false } as const
  const named = { ...peer, name: 'db', workload: '' }
  const opened = { outcome: 'refused', latencyUs: 7, maxLatencyUs: 9 } as const
  const closed = {
    ongoing: true,
    direction: 'inbound',
    sentBytes: 1,
    receivedBytes: 2,
    sentPackets: 3,
    receivedPackets: 4,
    durationUs: 9,
    minDurationUs: 8,
    maxDurationUs: null,
    closedBy: 'peer',
  } as const
  const wire = { ...shared, peer, peerName: 'db', count: 2, exe: '/x' }
  const api = { ...shared, process, peer: named, count: 2 }
  t.match(show(wireConnect({ ...wire, ...opened })), { ...api, kind: 'connect', ...opened })
  t.match(show(wireAccept({ ...wire, snapshot: true })), { ...api, kind: 'accept', snapshot: true })
  t.match(show(wireClose({ ...wire, ...closed })), { ...api, kind: 'close', ...closed })
  t.match(show(wireListen({ local, phase: 'stopped' })), { local, phase: 'stopped', count: 1 })
  const { process: _, ...nobody } = wireListen({ exe: '' })
  t.match(show(nobody), { kind: 'listen', process: null })
  const dns = { name: 'a.b', type: 'A', rcode: '', answers: [], latencyUs: null, count: 3 }
  t.match(show(wireDns({ ...dns, peer, exe: '/x' })), { kind: 'dns', ...dns, peer, process })
})

t.test('a peer’s kind is told where nobody has to be asked who had the address', async (t) => {
  const apiServer = { address: '10.96.0.1', port: 443 }
  const kindOf = (event: Event) => {
    const shown = toTimelineEvent(chunkOf(event), 0, names.get('node-1', ''), apiServer)
    if (shown === null || !('peer' in shown)) throw new Error('no peer')
    return shown.peer && 'kind' in shown.peer ? shown.peer.kind : undefined
  }
  t.equal(kindOf(wireConnect({ peer: apiServer })), 'api-server')
  t.equal(kindOf(wireClose({ peer: apiServer, direction: 'outbound' })), 'api-server')
  t.equal(kindOf(wireClose({ peer: apiServer, direction: 'inbound' })), undefined)
  t.equal(kindOf(wireAccept({ peer: apiServer })), undefined)
  t.equal(kindOf(wireConnect({ peer: { ...apiServer, port: 80 } })), undefined)
  t.equal(kindOf(wireConnect({ peer: { address: '127.0.0.1', port: 80 } })), 'loopback')
  t.equal(kindOf(wireConnect({ peer: { address: '8.8.8.8', port: 443 } })), undefined)
  t.equal(kindOf(wireConnect({ peer: { address: '', port: 0 } })), undefined)
})

t.test('what is no event is not shown', async (t) => {
  const base = { timeUs: 1, bootNs: 1, source: 'ebpf', containerId: '', podUid: '' } as const
  t.equal(show({ ...base, kind: 'coverage', fromUs: 1, toUs: 2, complete: [] }), null)
  t.equal(toTimelineEvent(chunkOf(), 5, names.get('node-1', '')), null)
})
