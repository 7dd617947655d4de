import t from 'tap'
import type { CgroupAttribution } from '#agent/containers/cgroup-attribution.ts'
import type {
  AcceptRecord,
  CgroupKey,
  CloseRecord,
  ConnectRecord,
  DnsRecord,
  ListenRecord,
} from '#agent/sources/record.ts'
import { EndedProcesses } from '#agent/tracker/ended-processes.ts'
import { type LiveProcess, ProcessTable } from '#agent/tracker/process-table.ts'
import { SocketEvents } from '#agent/tracker/socket-events.ts'
import type { Event } from '#proto/event.ts'

const container = 'c'.repeat(64)
const containerCgroup: CgroupKey = { hierarchy: 0, id: 42 }
const hostCgroup: CgroupKey = { hierarchy: 0, id: 1 }
const process = { pid: 7, startNs: 70 }

const attribution = (containerId: string): CgroupAttribution => ({
  containerId,
  podUid: containerId === 'host' ? '' : 'pod-1',
  path: '/x',
  runtime: '',
  sandbox: false,
  own: true,
  known: true,
})

const live = (change: Partial<LiveProcess> = {}): LiveProcess => ({
  key: process,
  parent: undefined,
  creator: undefined,
  ancestor: undefined,
  containerId: container,
  podUid: 'pod-1',
  exe: '/bin/app',
  entry: 'child',
  runtime: false,
  executed: true,
  nsPid: 1,
  uid: 0,
  mountNamespace: 1,
  missing: 0,
  ...change,
})

const make = (shows: (containerId: string) => boolean = () => true) => {
  const events: Event[] = []
  const seen: string[] = []
  const processes = new ProcessTable({ processesMax: 10 })
  const ended = new EndedProcesses()
  const sockets = new SocketEvents({
    processes,
    ended,
    attribute: (cgroups) => attribution(cgroups.some(({ id }) => id === 42) ? container : 'host'),
    base: (bootNs, { containerId, podUid }) => ({
      timeUs: bootNs / 1000,
      bootNs,
      source: 'ebpf',
      containerId,
      podUid,
    }),
    seen: ({ containerId }) => seen.push(containerId),
    shows,
    push: (event) => events.push(event),
  })
  return { sockets, events, seen, processes, ended }
}

const facts = {
  bootNs: 5_000_000,
  process,
  cgroups: [containerCgroup],
  transport: 'tcp',
  socket: 9,
  local: { address: '10.0.0.1', port: 40_000 },
  peer: { address: '10.0.0.2', port: 443 },
  netNamespace: 1,
  snapshot: false,
} as const

const connect = (change: Partial<ConnectRecord> = {}): ConnectRecord => ({
  kind: 'connect',
  ...facts,
  outcome: 'established',
  latencyNs: 1_500_400,
  ...change,
})
const close = (change: Partial<CloseRecord> = {}): CloseRecord => ({
  kind: 'close',
  ...facts,
  ongoing: false,
  direction: 'outbound',
  sentBytes: 100,
  receivedBytes: 50,
  toldSentBytes: 0,
  toldReceivedBytes: 0,
  sentPackets: null,
  receivedPackets: null,
  openedNs: 1_000_000,
  closedBy: 'peer',
  ...change,
})
const accept = (change: Partial<AcceptRecord> = {}): AcceptRecord => ({
  kind: 'accept',
  ...facts,
  ...change,
})
const listen = (change: Partial<ListenRecord> = {}): ListenRecord => ({
  kind: 'listen',
  bootNs: 1,
  process,
  cgroups: [containerCgroup],
  transport: 'tcp',
  local: { address: '0.0.0.0', port: 8080 },
  netNamespace: 1,
  snapshot: false,
  phase: 'started',
  ...change,
})

/** A query or reply for an A record of `name`, with one answer where it is a reply. */
const message = (name: string, reply: boolean, id = 1): Buffer => {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  const question = Buffer.concat([...labels, Buffer.from([0, 0, 1, 0, 1])])
  const header = Buffer.from([0, id, reply ? 0x81 : 0x01, 0x80, 0, 1, 0, reply ? 1 : 0, 0, 0, 0, 0])
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 2])
  return Buffer.concat([header, question, ...(reply ? [answer] : [])])
}
const dns = (
  direction: DnsRecord['direction'],
  name: string,
  change: Partial<DnsRecord> = {},
): DnsRecord => {
  const bytes = message(name, direction === 'reply')
  return {
    kind: 'dns',
    ...facts,
    transport: 'udp',
    peer: { address: '10.96.0.10', port: 53 },
    direction,
    message: bytes,
    messageBytes: bytes.length,
    ...change,
  }
}

t.test('a connect has its program, container and latency', async (t) => {
  const { sockets, events, processes, seen } = make()
  processes.set(live())
  sockets.record(connect())
  t.strictSame(events, [
    {
      kind: 'connect',
      timeUs: 5_000,
      bootNs: 5_000_000,
      source: 'ebpf',
      containerId: container,
      podUid: 'pod-1',
      process,
      transport: 'tcp',
      socket: 9,
      local: facts.local,
      peer: facts.peer,
      peerName: '',
      count: 1,
      exe: '/bin/app',
      snapshot: false,
      outcome: 'established',
      latencyUs: 1_500,
      maxLatencyUs: 1_500,
    },
  ])
  t.strictSame(seen, [container], 'a container may be met by its sockets first')
})

t.test('the close of a process that is gone still has its program', async (t) => {
  const { sockets, events, ended } = make()
  ended.remember(process, { exe: '/bin/gone', containerId: container, podUid: 'pod-1' })
  sockets.record(close())
  t.match(events, [
    { kind: 'close', exe: '/bin/gone', durationUs: 4_000, sentBytes: 100, closedBy: 'peer' },
  ])
})

t.test('where the socket’s cgroup says nothing, its process does', async (t) => {
  for (const cgroups of [[hostCgroup], []] as const) {
    const { sockets, events, processes } = make()
    processes.set(live())
    sockets.record(connect({ cgroups }))
    t.match(events, [{ containerId: container, podUid: 'pod-1' }])
  }
})

t.test('nobody known: the host, without a process', async (t) => {
  const { sockets, events } = make()
  const { process: _process, ...rest } = accept({ cgroups: [hostCgroup] })
  sockets.record(rest)
  t.match(events, [{ kind: 'accept', containerId: 'host', exe: '' }])
  t.notOk(events[0] !== undefined && 'process' in events[0])
})

t.test('what earlier events told is not told again', async (t) => {
  const { sockets, events } = make()
  sockets.record(close({ toldSentBytes: 60, toldReceivedBytes: 50 }))
  t.match(events, [{ sentBytes: 40, receivedBytes: 0 }])
})

t.test('a source that knows no bytes says so', async (t) => {
  const { sockets, events } = make()
  sockets.record(close({ sentBytes: null, receivedBytes: null, openedNs: null }))
  t.match(events, [{ sentBytes: null, receivedBytes: null, durationUs: null }])
})

t.test('an unknown direction follows from the ports that listen in that network', async (t) => {
  const { sockets, events } = make()
  const local = { address: '10.0.0.1', port: 8080 }
  sockets.record(listen())
  sockets.record(close({ direction: 'unknown', local }))
  sockets.record(close({ direction: 'unknown', local, netNamespace: 2 }))
  sockets.record(listen({ phase: 'stopped' }))
  sockets.record(close({ direction: 'unknown', local }))
  t.match(
    events.filter(({ kind }) => kind === 'close'),
    [{ direction: 'inbound' }, { direction: 'outbound' }, { direction: 'outbound' }],
  )
})

t.test('a reply names what is connected to afterwards, in its own container only', async (t) => {
  const { sockets, events } = make()
  sockets.record(dns('query', 'dB.eXample'))
  sockets.record(dns('reply', 'dB.eXample', { bootNs: 6_000_000 }))
  sockets.record(connect())
  sockets.record(connect({ cgroups: [hostCgroup] }))
  sockets.record(close())
  sockets.record(accept())
  t.match(events, [
    {
      kind: 'dns',
      name: 'dB.eXample',
      type: 'A',
      rcode: 'NOERROR',
      answers: ['10.0.0.2'],
      latencyUs: 1_000,
      peer: { address: '10.96.0.10', port: 53 },
      count: 1,
    },
    { kind: 'connect', peerName: 'db.example' },
    { kind: 'connect', peerName: '', containerId: 'host' },
    { kind: 'close', peerName: 'db.example' },
    { kind: 'accept', peerName: '' },
  ])
  t.equal(sockets.captured.dns, 1)
  sockets.forgetContainer(container)
  sockets.record(connect())
  t.match(events.at(-1), { peerName: '' })
})

t.test(
  'a question that nobody answers is an event after five seconds, with its process',
  async (t) => {
    const { sockets, events, processes } = make()
    processes.set(live())
    sockets.record(dns('query', 'no.example'))
    processes.delete(process)
    sockets.expire(5_000_000 + 4_999_999_999)
    t.strictSame(events, [])
    sockets.expire(5_000_000 + 5_000_000_000)
    t.match(events, [
      {
        kind: 'dns',
        name: 'no.example',
        rcode: '',
        answers: [],
        latencyUs: null,
        exe: '/bin/app',
        bootNs: 5_000_000,
      },
    ])
  },
)

t.test('a message that makes no sense is counted', async (t) => {
  const { sockets, events } = make()
  sockets.record(dns('reply', 'x', { message: Buffer.from('nonsense') }))
  t.strictSame(events, [])
  t.equal(sockets.counts.malformed, 1)
})

t.test('what each memory had no room for is counted by its name', async (t) => {
  const { sockets, ended } = make()
  const none = {
    ended_processes: 0,
    told_bytes: 0,
    listening_ports: 0,
    answered_names: 0,
    dns_queries: 0,
    dns_replies: 0,
    dns_answers: 0,
  }
  t.strictSame(sockets.evicted, none)
  // One more than each has room for; the two of DNS make room for 64 at once.
  for (let pid = 0; pid <= 16_384; pid += 1)
    ended.remember({ pid, startNs: 1 }, { exe: '', containerId: '', podUid: '' })
  for (let socket = 1; socket <= 8_192 + 2; socket += 1)
    sockets.record(close({ socket, openedNs: null, ongoing: true }))
  for (let namespace = 0; namespace <= 16_384 + 2; namespace += 1)
    sockets.record(listen({ netNamespace: namespace }))
  for (let socket = 1; socket <= 16_384 + 1; socket += 1) {
    sockets.record(dns('query', 'no.example', { socket }))
    sockets.record(dns('reply', 'yes.example', { socket }))
  }
  t.strictSame(sockets.evicted, {
    ...none,
    ended_processes: 1,
    told_bytes: 2,
    listening_ports: 3,
    dns_queries: 64,
    dns_replies: 64,
  })
  const cut = message('x', true).subarray(0, -1)
  sockets.record(dns('reply', 'x', { message: cut, socket: 0 }))
  t.equal(sockets.evicted.dns_answers, 1)
  for (let number = 0; number <= 1_024; number += 1) {
    const answered = message('x', true)
    answered.writeUInt16BE(number, answered.length - 2)
    sockets.record(dns('reply', 'x', { message: answered, socket: 20_000 + number }))
  }
  t.equal(sockets.evicted.answered_names, 1)
})

t.test('what is not shown is filtered, one for one', async (t) => {
  const { sockets, events } = make((containerId) => containerId !== 'host')
  const cgroups = [hostCgroup]
  sockets.record(connect({ cgroups }))
  sockets.record(accept({ cgroups }))
  sockets.record(close({ cgroups }))
  sockets.record(listen({ cgroups }))
  sockets.record(dns('reply', 'a.example', { cgroups }))
  t.strictSame(events, [])
  const one = { connect: 1, accept: 1, close: 1, listen: 1, dns: 1 }
  t.strictSame(sockets.captured, one)
  t.strictSame(sockets.filtered, one)
})

t.test('a flood is counted exactly, in few events', async (t) => {
  const { sockets, events } = make()
  for (let number = 0; number < 1_000; number += 1) {
    sockets.record(connect({ socket: number }))
    sockets.record(close({ socket: number }))
  }
  sockets.endDrain()
  t.ok(events.length <= 66)
  for (const kind of ['connect', 'close'] as const) {
    const counted = events.reduce((sum, event) => sum + (event.kind === kind ? event.count : 0), 0)
    t.equal(counted, 1_000)
    t.equal(sockets.captured[kind], 1_000)
  }
})
