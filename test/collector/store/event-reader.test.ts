import t from 'tap'
import { containerKey } from '#collector/store/container-key.ts'
import { type Joined, timelineEvent } from '#collector/store/event-reader.ts'
import { eventRowReader } from '#collector/store/event-row.ts'
import { Holders } from '#collector/store/peers.ts'
import type { ContainerInfo } from '#proto/api.ts'
import { boot, containerId, t0 } from './fixtures.ts'

const nothing: Joined = {
  names: new Map(),
  hashes: new Map(),
  holders: new Holders(new Map()),
  apiServer: undefined,
}
const id = containerId('a')

const event = (cells: Readonly<Record<string, string | number>>, joined = nothing) => {
  const all = { node: 'n', boot, container_id: id, time_us: t0, ...cells }
  return timelineEvent(eventRowReader(Object.keys(all))(Object.values(all)), joined)
}

const info: ContainerInfo = {
  containerId: id,
  node: 'n',
  namespace: 'payments',
  pod: 'api-1',
  podUid: 'uid-1',
  container: 'api',
  workload: 'api',
  workloadType: 'deployment',
  image: 'registry/api:1',
  imageId: 'sha256:1',
  type: 'container',
  runtime: 'containerd',
  labels: {},
  podIps: [],
  hostIps: [],
  hostNetwork: false,
  serviceAccountToken: false,
  nameSource: 'kubelet',
  firstSeen: '',
  lastSeen: '',
  ended: false,
}
const joined: Joined = {
  ...nothing,
  names: new Map([[containerKey('n', id), info]]),
  holders: new Holders(
    new Map([
      [
        '10.0.0.7',
        [
          {
            kind: 'pod',
            namespace: 'data',
            workload: 'db',
            fromUs: t0 - 1_000,
            toUs: t0 + 1_000,
          },
        ],
      ],
    ]),
  ),
}

t.test('a container that nobody named has empty names, and the host is called so', async (t) => {
  t.match(event({ kind: 'exit' }), { namespace: '', pod: '', container: '', containerId: id })
  t.equal(event({ kind: 'exit', container_id: 'host' }).container, 'host')
  t.match(event({ kind: 'container', phase: 'ended' }), {
    type: 'unknown',
    image: '',
    phase: 'ended',
  })
})

t.test('names belong to a container of one node', async (t) => {
  t.match(event({ kind: 'exit' }, joined), {
    namespace: 'payments',
    pod: 'api-1',
    container: 'api',
  })
  t.match(event({ kind: 'exit', node: 'other' }, joined), { namespace: '', pod: '' })
  t.equal(event({ kind: 'exit' }, joined).podUid, 'uid-1')
  t.equal(
    event({ kind: 'exit', pod_uid: 'own' }, joined).podUid,
    'own',
    "the event's own comes first",
  )
  t.match(event({ kind: 'container' }, joined), { image: 'registry/api:1', runtime: 'containerd' })
})

t.test('an unknown number is null', async (t) => {
  for (const [kind, column, field] of [
    ['exit', 'exit_code', 'exitCode'],
    ['exit', 'lifetime_us', 'lifetimeUs'],
    ['connect', 'latency_us', 'latencyUs'],
    ['close', 'duration_us', 'durationUs'],
    ['dns', 'latency_us', 'latencyUs'],
    ['gap', 'lost', 'lost'],
  ] as const) {
    t.match(event({ kind, [column]: -1 }), { [field]: null }, `${field} of ${kind}`)
    t.match(event({ kind, [column]: 0 }), { [field]: 0 }, `${field} of ${kind} may be 0`)
  }
})

t.test('a gap says which kinds it may hide, or none', async (t) => {
  const hidden = event({ kind: 'gap', affects: 'exec,exit', gap_reason: 'ring_full', lost: 3 })
  t.match(hidden, { reason: 'ring_full', lost: 3, affects: ['exec', 'exit'] })
  t.strictSame((event({ kind: 'gap', affects: '' }) as { affects?: unknown }).affects, [])
})

t.test('each kind of connection has its own fields', async (t) => {
  const cells = { peer_address: '10.0.0.7', peer_port: 5432, count: 2, pid: 7, start_ns: 1 }
  const peer = { address: '10.0.0.7', port: 5432, workload: 'db', namespace: 'data', kind: 'pod' }
  const connect = event({ ...cells, kind: 'connect', outcome: 'refused' }, joined)
  t.match(connect, { peer, count: 2, outcome: 'refused', process: { pid: 7 } })
  t.notOk('sentBytes' in connect)
  t.match(event({ ...cells, kind: 'accept' }), { peer: { workload: '' }, count: 2 })
  t.match(event({ ...cells, kind: 'close', flags: 256, sent_bytes: 9 }, joined), {
    peer,
    ongoing: true,
    sentBytes: 9,
  })
  const listen = event({ kind: 'listen', phase: 'started', local_port: 80 })
  t.match(listen, { phase: 'started', count: 1, local: { port: 80 }, process: null })
  t.notOk('peer' in listen)
})

t.test('a peer is who had the address when the connection was opened', async (t) => {
  const cells = { peer_address: '10.0.0.7', peer_port: 5432, count: 1, kind: 'close' }
  const late = { ...cells, time_us: t0 + 5_000 }
  t.match(event(late, joined), { peer: { workload: '', kind: 'private' } })
  t.match(event({ ...late, duration_us: 4_500 }, joined), { peer: { workload: 'db' } })
  t.match(event({ ...late, count: 2, duration_us: 4_500 }, joined), { peer: { workload: '' } })
  t.match(event({ ...late, count: 2, max_duration_us: 4_500 }, joined), {
    peer: { workload: 'db' },
  })
  t.match(event({ ...cells, duration_us: 9_000 }, joined), { peer: { workload: 'db' } }, 'or later')
  t.match(event({ ...cells, duration_us: -1 }, joined), { peer: { workload: 'db' } })
})

t.test('port 53 means DNS at the side that serves only', async (t) => {
  const cells = { peer_address: '198.51.100.1', peer_port: 53, count: 1 }
  t.match(event({ ...cells, kind: 'connect' }), { peer: { kind: 'dns' } })
  t.match(event({ ...cells, kind: 'close', direction: 'outbound' }), { peer: { kind: 'dns' } })
  t.match(event({ ...cells, kind: 'accept' }), { peer: { kind: 'external', port: 53 } })
  t.match(event({ ...cells, kind: 'close', direction: 'inbound' }), { peer: { kind: 'external' } })
})

t.test('a peer is the node that had the address, or the API server at its place', async (t) => {
  const address = '192.0.2.11'
  const node = {
    kind: 'node',
    node: 'node-2',
    fromUs: t0,
    toUs: Number.POSITIVE_INFINITY,
  } as const
  const known: Joined = {
    ...nothing,
    holders: new Holders(new Map([[address, [node]]])),
    apiServer: { address, port: 6443 },
  }
  const cells = { peer_address: address, count: 1, kind: 'connect' }
  const at = (more: object) => event({ ...cells, ...more }, known)
  t.match(at({ peer_port: 10250 }), { peer: { kind: 'node', node: 'node-2', workload: '' } })
  t.match(at({ peer_port: 6443 }), { peer: { kind: 'api-server', node: 'node-2' } })
  const inbound = { kind: 'close', direction: 'inbound', peer_port: 6443 }
  t.match(at(inbound), { peer: { kind: 'node' } }, 'its own port is a coincidence')
  const before = at({ peer_port: 10250, time_us: t0 - 1 })
  t.match(before, { peer: { kind: 'external' } })
  t.notOk('node' in ('peer' in before ? (before.peer ?? {}) : {}))
})

t.test('the answers of a name are a list', async (t) => {
  t.match(event({ kind: 'dns', dns_name: 'db', dns_answers: '10.0.0.1\x0010.0.0.2\0' }), {
    name: 'db',
    answers: ['10.0.0.1', '10.0.0.2'],
  })
  t.match(event({ kind: 'exec', exe: '/bin/sh' }), {
    process: { exe: '/bin/sh' },
    time: /^2026-11-23T10:00:00\.000000Z$/,
  })
})
