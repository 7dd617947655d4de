import fc from 'fast-check'
import t from 'tap'
import { rfc3339 } from '#collector/store/time.ts'
import type { AgentInfo, TimelineEvent } from '#proto/api.ts'
import { type Event, processId } from '#proto/event.ts'
import { anyEvent } from './event-arbitraries.ts'
import {
  chunk,
  container,
  containerId,
  engineMissing,
  exec,
  exit,
  fixedClock,
  openTestStore,
  t0,
  temporaryDirectory,
} from './fixtures.ts'

const boot = '0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'

/** What the API must say of an event, from its own fields alone; compared with what came back. */
const expected = (event: Event): Partial<Record<string, unknown>> => {
  const id = (key?: { pid: number; startNs: number }) =>
    key === undefined ? null : processId(boot, key)
  switch (event.kind) {
    case 'exec':
      return {
        id: id(event.process),
        parentId: id(event.parent),
        pid: event.process.pid,
        nsPid: event.nsPid,
        uid: event.uid,
        gid: event.gid,
        euid: event.euid,
        loginUid: event.loginUid,
        exe: event.exe,
        argv: event.argv,
        argvBytes: event.argvBytes,
        argvTruncated: event.argvTruncated,
        argvEscaped: event.argvEscaped,
        argvRedacted: event.argvRedacted,
        script: event.script,
        interpreter: event.interpreter,
        cwd: event.cwd,
        tty: event.tty,
        entry: event.entry,
        runtime: event.runtime,
        snapshot: false,
        fileOrigin: event.fileOrigin,
        fileMode: event.fileMode,
        capabilities: `0x${event.capabilities.toString(16)}`,
        namespaces: event.namespaces,
      }
    case 'exit':
      return {
        exitCode: event.exitCode,
        signal: event.signal,
        coreDumped: event.coreDumped,
        lifetimeUs: event.lifetimeUs,
        userUs: event.userUs,
        systemUs: event.systemUs,
        maxRssBytes: event.maxRssBytes,
        maxRssInherited: event.maxRssInherited,
        forked: event.forked,
        inferred: event.inferred,
      }
    case 'connect':
    case 'accept':
    case 'close':
      return {
        transport: event.transport,
        socket: event.socket,
        local: event.local,
        address: event.peer.address,
        port: event.peer.port,
        name: event.peerName,
        count: event.count,
        snapshot: event.snapshot,
        ...(event.kind === 'connect'
          ? {
              outcome: event.outcome,
              latencyUs: event.latencyUs,
              maxLatencyUs: event.maxLatencyUs,
            }
          : {}),
        ...(event.kind === 'close'
          ? {
              ongoing: event.ongoing,
              direction: event.direction,
              sentBytes: event.sentBytes,
              receivedBytes: event.receivedBytes,
              sentPackets: event.sentPackets,
              receivedPackets: event.receivedPackets,
              durationUs: event.durationUs,
              minDurationUs: event.minDurationUs,
              maxDurationUs: event.maxDurationUs,
              closedBy: event.closedBy,
            }
          : {}),
      }
    case 'listen':
      return {
        transport: event.transport,
        local: event.local,
        phase: event.phase,
        snapshot: event.snapshot,
      }
    case 'dns':
      return {
        address: event.peer.address,
        name: event.name,
        type: event.type,
        rcode: event.rcode,
        answers: event.answers,
        latencyUs: event.latencyUs,
        count: event.count,
      }
    case 'container':
      return { phase: event.phase }
    case 'pod':
      return {
        reason: event.reason,
        message: event.message,
        severity: event.severity,
        reporter: event.reporter,
        count: event.count,
        firstSeen: rfc3339(event.firstUs),
        exitCode: event.exitCode,
      }
    case 'gap':
      return {
        reason: event.reason,
        lost: event.lost,
        from: rfc3339(event.fromUs),
        to: rfc3339(event.toUs),
        affects: event.affects,
      }
    case 'file':
    case 'coverage':
      return {}
  }
}

/** An API event with its process and peer laid flat, to compare by field name. */
const flat = (event: TimelineEvent): Record<string, unknown> => ({
  ...event,
  ...('process' in event ? event.process : {}),
  ...('peer' in event ? event.peer : {}),
  ...('name' in event ? { name: event.name } : {}),
  kind: event.kind,
})

t.test('the store on the embedded engine', { skip: engineMissing }, async (t) => {
  const apiServer = { address: '192.0.2.1', port: 6_443 }
  const store = await openTestStore(temporaryDirectory(t), fixedClock(), apiServer)
  t.teardown(() => store.close())
  let epoch = 10

  await t.test('every kind of event comes back as it was, whatever its strings hold', async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 30 }), async (events) => {
        epoch += 1
        const agent = `agent-${epoch}`
        await store.insert([chunk(1, events, { agent, node: agent, epoch, boot })])
        const page = await store.events({ node: agent, limit: 1_000 })
        const rows = events
          .map((event, index) => ({ event, seq: index + 1 }))
          .filter(({ event }) => event.kind !== 'file' && event.kind !== 'coverage')
        t.equal(page.next, null)
        t.equal(page.events.length, rows.length, 'each event once')
        const bySeq = new Map(page.events.map((event) => [event.seq, event]))
        for (const { event, seq } of rows) {
          const got = bySeq.get(seq)
          if (got === undefined) throw new Error(`seq ${seq} is missing`)
          const shown = flat(got)
          const common = {
            kind: event.kind,
            time: rfc3339(event.timeUs),
            source: event.source,
            containerId: event.containerId,
            agent,
            epoch,
          }
          for (const [name, value] of Object.entries({ ...common, ...expected(event) })) {
            t.same(shown[name], value, `${event.kind}.${name}`)
          }
        }
        t.equal((await store.durable(agent, epoch)).seq, events.length)
      }),
      { numRuns: 25 },
    )
  })

  await t.test('agents are what they last said, whatever the order of arrival', async (t) => {
    const agent: AgentInfo = {
      agent: 'a1',
      node: 'n1',
      epoch: 7,
      version: "0.1.0'\\",
      kernel: '6.18',
      sources: [{ name: 'ebpf', state: 'running', detail: 'line\nbreak' }],
      connected: true,
      lastSeen: '2026-11-23T10:00:05.000000Z',
      epochs: [{ epoch: 7, lastSeq: 9, captured: 10, filtered: 1 }],
      kernelUnaccounted: 0,
      captured: 10,
      filtered: 1,
      lost: 0,
      lastSeq: 9,
      ackedSeq: 8,
    }
    await store.agentSeen(agent)
    await store.agentSeen({ ...agent, lastSeen: '2026-11-23T10:00:01.000000Z', captured: 3 })
    await store.agentSeen({ ...agent, agent: 'a2', node: 'n0' })
    t.same(await store.agents(), [{ ...agent, agent: 'a2', node: 'n0' }, agent])
  })

  await t.test('containers and workloads, by name, node and time', async (t) => {
    const [one, two, three] = [containerId('7'), containerId('8'), containerId('9')] as const
    const named = { namespace: 'shop', workload: 'cart', workloadType: 'deployment' }
    const whose = { agent: 'c1', node: 'c-node' }
    const onHost = { hostIps: ['192.0.2.10', 'fd00::10'], hostNetwork: true }
    await store.insert([
      chunk(
        1,
        [
          container({ ...named, containerId: one, pod: 'cart-1', labels: { a: '1' }, ...onHost }),
          exec({ containerId: one, timeUs: t0 + 50 }),
          container({ ...named, containerId: two, pod: 'cart-2', timeUs: t0 + 10 }),
          container({ ...named, containerId: two, pod: 'cart-2', timeUs: t0 + 20, phase: 'ended' }),
          container({ namespace: 'shop', workload: 'web', containerId: three, pod: 'web-1' }),
        ],
        whose,
      ),
    ])
    const shop = { namespace: 'shop', limit: 10 }
    const pods = async (query: object): Promise<readonly string[]> =>
      (await store.containers({ ...shop, ...query })).map(({ pod }) => pod)
    t.same(await pods({}), ['cart-1', 'cart-2', 'web-1'], 'the latest seen first')
    t.same(await pods({ workload: 'cart' }), ['cart-1', 'cart-2'])
    t.same(await pods({ node: 'elsewhere' }), [])
    t.same(await pods({ sinceUs: t0 + 30 }), ['cart-1', 'web-1'], 'what ended before is left out')
    t.same(await pods({ untilUs: t0 + 5 }), ['cart-1', 'web-1'], 'what began later too')
    const [first, second] = await store.containers({ ...shop, workload: 'cart' })
    t.match(first, {
      containerId: one,
      node: 'c-node',
      labels: { a: '1' },
      podIps: ['10.0.0.7'],
      ...onHost,
      nameSource: 'kubelet',
      firstSeen: rfc3339(t0),
      lastSeen: rfc3339(t0 + 50),
      ended: false,
    })
    t.match(second, {
      containerId: two,
      hostNetwork: false,
      serviceAccountToken: false,
      ended: true,
      lastSeen: rfc3339(t0 + 20),
    })
    t.match(await store.workloads(shop), [
      { workload: 'cart', workloadType: 'deployment', containers: 2, lastSeen: rfc3339(t0 + 20) },
      { workload: 'web', containers: 1 },
    ])
  })

  await t.test('peers inside the cluster are named by their workload', async (t) => {
    const id = containerId('6')
    const connect = {
      ...exit({ containerId: id }),
      kind: 'connect' as const,
      ...({ outcome: 'established', latencyUs: null, maxLatencyUs: null } as const),
      transport: 'tcp' as const,
      socket: 1,
      snapshot: false,
      local: { address: '10.9.9.1', port: 80 },
      peerName: '',
      count: 1,
    }
    const peer = (address: string, port = 4_000) => ({ ...connect, peer: { address, port } })
    const shared = { podIps: ['10.9.9.3'], namespace: 'x' }
    const onHost = { podIps: ['10.9.9.4'], hostIps: ['10.9.9.4'], hostNetwork: true }
    await store.insert([
      chunk(
        1,
        [
          container({ containerId: id, podIps: ['10.9.9.2'], workload: 'caller' }),
          container({ ...shared, containerId: containerId('61'), workload: 'one' }),
          container({ ...shared, containerId: containerId('62'), workload: 'two' }),
          peer('10.9.9.2'),
          peer('10.9.9.3'),
          container({ ...onHost, containerId: containerId('63'), workload: 'alone' }),
          peer('10.9.9.4'),
          peer('192.0.2.1'),
          peer('192.0.2.1', 6_443),
        ],
        { agent: 'peers', node: 'node-9' },
      ),
    ])
    const { events } = await store.events({ container: id, kinds: ['connect'], limit: 10 })
    const told = ({ kind, workload, node }: { kind?: string; workload: string; node?: string }) =>
      `${kind} ${node ?? workload}`
    t.same(
      events.map((event) =>
        event.kind === 'connect' && event.peer !== undefined ? told(event.peer) : event.kind,
      ),
      ['pod caller', 'node ', 'node node-9', 'external ', 'api-server '],
      'an address that two workloads have at once proves nothing',
    )
  })

  await t.test('health tells rows, size and state', async (t) => {
    t.match(store.health(), { state: 'ready', detail: '', engineRestarts: 0, insertsRetried: 0 })
    t.ok(store.health().rowsInserted > 0)
  })
})
