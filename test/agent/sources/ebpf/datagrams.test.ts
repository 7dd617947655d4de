/** UDP flows and DNS messages as the probe sees them, with real sockets in a network of their own. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findCgroupMounts } from '#agent/containers/cgroup-mounts.ts'
import { openEbpfSource, probeObjectPath } from '#agent/sources/ebpf/open.ts'
import type { CloseRecord, ConnectRecord, DnsRecord, SourceRecord } from '#agent/sources/record.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs, openWatch, type Watch } from '#test/fixtures/ebpf-watch.ts'
import { attachForeign } from '#test/fixtures/foreign-program.ts'
import { until } from '#test/fixtures/mayfly.ts'
import { SocketProgram } from '#test/fixtures/socket-program.ts'

const root = findCgroupMounts('/sys/fs/cgroup', '/proc').find(({ hierarchy }) => hierarchy === 0)
const needsPackets =
  root === undefined ? { skip: 'no cgroup v2 is mounted' } : { ...needsBpf, timeout: 60_000 }
const packets = root === undefined ? {} : { packetCgroupPath: root.directory }

type Seen = Extract<SourceRecord, { kind: 'connect' | 'accept' | 'close' | 'dns' }>
const of = (watch: Watch, pid: number): Seen[] =>
  watch.records.filter(
    (record): record is Seen & { argv: [] } =>
      ['connect', 'accept', 'close', 'dns'].includes(record.kind) &&
      'process' in record &&
      record.process?.pid === pid,
  )

const objdump = (...args: readonly string[]): string =>
  execFileSync('llvm-objdump', [...args, probeObjectPath], { encoding: 'utf8' })

t.test('whatever happens on the way, every program that could refuse says “pass”', async (t) => {
  const sections = [...objdump('-h').matchAll(/ \?(cgroup\S+) /g)].map(([, name = '']) => name)
  t.strictSame(sections.toSorted(), [
    'cgroup/sock_create',
    'cgroup/sock_release',
    'cgroup_skb/egress',
    'cgroup_skb/ingress',
  ])
  for (const section of sections) {
    const lines = objdump('-d', '--no-show-raw-insn', '-j', `?${section}`).trimEnd().split('\n')
    const exits = lines.flatMap((line, index) => (/\bexit$/.test(line) ? [index] : []))
    t.ok(exits.length > 0, section)
    // A jump to the exit itself, with anything in r0, would show as a label between the two lines.
    for (const exit of exits) t.match(lines[exit - 1], /:\s+r0 = 1$/, section)
  }
})

t.test('UDP', { ...needsPackets, timeout: 100_000 }, async (t) => {
  const bpffsPath = mountBpffs(t)
  const watch = openWatch(t, bpffsPath, packets)
  t.match(watch.source.packets, { state: 'on' })
  const program = compileProgram(t, 'sockets')
  // Its silence begins here; what becomes of it is asked at the end.
  const idle = new SocketProgram(t, program)
  await idle.run('to u 127.0.0.1 5300 5')

  for (const [name, address] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const)
    t.test(`${name}: a flow has both ends, and ends with its socket`, async (t) => {
      const box = new SocketProgram(t, program)
      await box.run(`bind s ${address} 7777`)
      const port = await box.run(`datagram c ${address} 7777`)
      await box.run('send c 100')
      await box.run('send c 23')
      await box.run(`to s ${address} ${port} 7`)
      watch.drain()
      const client = { address, port }
      const server = { address, port: 7777 }
      t.match(of(watch, box.pid), [
        {
          kind: 'connect',
          transport: 'udp',
          local: client,
          peer: server,
          outcome: 'unknown',
          latencyNs: null,
        },
        // A socket that serves whoever comes has one flow for each address, whatever the ports.
        { kind: 'accept', transport: 'udp', local: server, peer: { address, port: 0 } },
      ])
      watch.source.readFlows()
      watch.drain()
      t.equal(of(watch, box.pid).length, 2, 'a flow that goes on has not ended')
      await box.run('close c')
      await box.run('close s')
      watch.source.readFlows()
      watch.drain()
      const closes = of(watch, box.pid).filter((record) => record.kind === 'close')
      t.match(
        closes.find(({ direction }) => direction === 'outbound'),
        { sentBytes: 123, sentPackets: 2, receivedBytes: 7, receivedPackets: 1, closedBy: 'local' },
      )
      t.match(
        closes.find(({ direction }) => direction === 'inbound'),
        { sentBytes: 7, sentPackets: 1, receivedBytes: 123, receivedPackets: 2 },
      )
      t.equal(closes.length, 2)
      t.ok(closes.every(({ netNamespace, ongoing }) => netNamespace > 0 && !ongoing))
      watch.source.readFlows()
      watch.drain()
      t.equal(of(watch, box.pid).length, 4, 'and ends once')
    })

  t.test('many clients of one address are one flow of the server', async (t) => {
    const box = new SocketProgram(t, program)
    await box.run('bind s 127.0.0.1 7777')
    for (const name of ['a', 'b', 'c']) {
      const port = await box.run(`datagram ${name} 127.0.0.1 7777`)
      await box.run(`send ${name} 10`)
      await box.run(`to s 127.0.0.1 ${port} 20`)
      await box.run(`close ${name}`)
    }
    watch.drain()
    const ended = of(watch, box.pid).filter((record) => record.kind === 'close')
    t.equal(ended.length, 3, 'a connected socket’s flow ends with it, without a look')
    t.ok(ended.every((record) => record.sentBytes === 10 && record.receivedBytes === 20))
    await box.run('close s')
    watch.source.readFlows()
    watch.drain()
    const seen = of(watch, box.pid)
    t.equal(seen.filter(({ kind }) => kind === 'accept').length, 1)
    t.match(seen.at(-1), {
      kind: 'close',
      direction: 'inbound',
      receivedBytes: 30,
      receivedPackets: 3,
      sentBytes: 60,
      sentPackets: 3,
    })
  })

  t.test('what looks like a reply to a socket that others speak to first is none', async (t) => {
    const box = new SocketProgram(t, program)
    await box.run('bind v 127.0.0.1 8125')
    await box.run('bind s 127.0.0.1 53')
    await box.run('to s 127.0.0.1 8125 60')
    watch.drain()
    const seen = of(watch, box.pid)
    t.notOk(seen.some(({ kind }) => kind === 'dns'))
    t.ok(
      seen.some((record) => record.kind === 'accept' && record.local.port === 8125),
      'but a flow',
    )
  })

  t.test('an unconnected socket has a flow for each peer', async (t) => {
    const box = new SocketProgram(t, program)
    for (const port of [5001, 5002, 5002]) await box.run(`to u 127.0.0.1 ${port} 10`)
    await box.run('close u')
    watch.source.readFlows()
    watch.drain()
    const closes = of(watch, box.pid).filter(
      (record): record is CloseRecord => record.kind === 'close',
    )
    t.strictSame(closes.map(({ peer, sentPackets }) => [peer.port, sentPackets]).toSorted(), [
      [5001, 1],
      [5002, 2],
    ])
  })

  t.test(
    'to port 53 go queries, from it come replies, and the client alone is asked',
    async (t) => {
      const box = new SocketProgram(t, program)
      await box.run('bind s 127.0.0.1 53')
      const port = await box.run('datagram c 127.0.0.1 53')
      await box.run('send c 40')
      await box.run(`to s 127.0.0.1 ${port} 3000`)
      await box.run('to u 127.0.0.1 53 12')
      await box.run('close c')
      await box.run('close u')
      await box.run('close s')
      watch.source.readFlows()
      watch.drain()
      const seen = of(watch, box.pid)
      const messages = seen.filter((record): record is DnsRecord => record.kind === 'dns')
      t.match(messages, [
        { direction: 'query', local: { port }, peer: { port: 53 }, messageBytes: 40 },
        { direction: 'reply', local: { port }, peer: { port: 53 }, messageBytes: 3000 },
        { direction: 'query', peer: { port: 53 }, messageBytes: 12 },
      ])
      t.equal(messages[0]?.socket, messages[1]?.socket)
      t.not(messages[0]?.socket, messages[2]?.socket)
      t.strictSame(
        seen.filter(({ kind }) => kind === 'connect'),
        [],
        'the query says it',
      )
      const closes = seen.filter((record) => record.kind === 'close')
      t.match(
        closes.find(({ local }) => local.port === port),
        { sentBytes: 40, receivedBytes: 3000 },
      )
    },
  )

  t.test('a flow that is silent for long ends, and is another when it speaks again', async (t) => {
    const its = (): Seen[] => {
      watch.source.readFlows()
      watch.drain()
      return of(watch, idle.pid)
    }
    t.equal(its().length, 1, 'not yet')
    const before = watch.records.findLast((record) => record.kind === 'dns')
    await until('its end', () => its().length === 2, 60_000)
    const [first, end] = its() as [ConnectRecord, CloseRecord]
    t.match(first, { kind: 'connect', peer: { port: 5300 } })
    t.match(end, {
      ...{ kind: 'close', ongoing: false, closedBy: 'unknown', sentBytes: 5, sentPackets: 1 },
      socket: first.socket,
    })
    t.ok(end.bootNs < (before?.bootNs ?? 0), 'its time is that of the last datagram')
    await idle.run('to u 127.0.0.1 5300 7')
    await idle.run('close u')
    const [, , next, last] = its()
    t.match(next, { kind: 'connect', peer: { port: 5300 } })
    t.not((next as ConnectRecord).socket, first.socket)
    t.match(last, { kind: 'close', closedBy: 'local', sentBytes: 7, sentPackets: 1 })
  })
})

t.test(
  'flows that the kernel has no room for are counted, with their datagrams',
  needsPackets,
  async (t) => {
    const watch = openWatch(t, mountBpffs(t), { ...packets, ringSizeBytes: 16 << 20 })
    const box = new SocketProgram(t, compileProgram(t, 'sockets'))
    const [room, peers] = [16_384, 17_000]
    t.match(watch.source.untracked(), { flows: 0, packets: 0 })
    for (const round of ['once', 'and again'])
      t.equal(await box.run(`spread u 127.0.0.1 1024 ${peers}`), peers, round)
    watch.drain()
    const told = of(watch, box.pid).filter(({ kind }) => kind === 'connect').length
    t.ok(told > 0 && told <= room, `${told} flows`)
    // Others on this machine may have taken a place, or found none.
    const untracked = watch.source.untracked()
    t.ok(untracked.flows >= 2 * (peers - told), `${untracked.flows} times no room`)
    t.ok(untracked.packets >= 2 * (peers - told), `${untracked.packets} datagrams without a flow`)
    await box.run('close u')
    watch.source.readFlows()
    watch.drain()
    const closes = of(watch, box.pid).filter(
      (record): record is CloseRecord => record.kind === 'close',
    )
    t.equal(closes.length, told)
    t.ok(closes.every(({ sentPackets }) => sentPackets === 2))
    await box.run('to v 127.0.0.1 5001 10')
    watch.drain()
    t.match(of(watch, box.pid).at(-1), { kind: 'connect', peer: { port: 5001 } }, 'room again')
  },
)

t.test('a socket that was open before has its process', needsPackets, async (t) => {
  const bpffsPath = mountBpffs(t)
  const box = new SocketProgram(t, compileProgram(t, 'sockets'))
  await box.run('datagram c 127.0.0.1 9999')
  const watch = openWatch(t, bpffsPath, packets)
  watch.source.snapshot(() => {})
  t.match(watch.source.untracked(), { datagram_sockets: 0 })
  await box.run('send c 1')
  watch.drain()
  t.match(of(watch, box.pid), [{ kind: 'connect', transport: 'udp', peer: { port: 9999 } }])
})

t.test(
  'what is not wanted or not allowed is said, and the rest goes on',
  needsPackets,
  async (t) => {
    const bpffsPath = mountBpffs(t)
    const program = compileProgram(t, 'sockets')

    t.test('off: no UDP, all TCP', async (t) => {
      const watch = openWatch(t, bpffsPath)
      t.match(watch.source.packets, { state: 'off' })
      const box = new SocketProgram(t, program)
      await box.run('to u 127.0.0.1 53 12')
      await box.run('connect c 127.0.0.1 1')
      await until('the refused connect', () => {
        watch.drain()
        return of(watch, box.pid).length > 0
      })
      t.match(of(watch, box.pid), [{ kind: 'connect', transport: 'tcp', outcome: 'refused' }])
    })

    t.test('without CAP_NET_ADMIN it is refused', async (t) => {
      const script = `
      import { openEbpfSource } from '#agent/sources/ebpf/open.ts'
      const source = openEbpfSource(${JSON.stringify({ bpffsPath, pinName: 'no-admin', ...packets })})
      console.log(JSON.stringify(source.packets))
      source.close()`
      const answer = execFileSync(
        'setpriv',
        [
          '--bounding-set=-net_admin,-sys_admin',
          '--',
          process.execPath,
          '--input-type=module-typescript',
          '-e',
          script,
        ],
        { encoding: 'utf8', cwd: import.meta.dirname },
      )
      t.match(JSON.parse(answer), { state: 'refused', detail: /EPERM/ })
      // The next agent keeps what was refused, so that a restart does not lose the ring.
      const next = openEbpfSource({ bpffsPath, pinName: 'no-admin', ...packets })
      t.equal(next.adoption.result, 'adopted')
      t.match(next.packets, { state: 'refused', detail: /--detach/ })
      next.close()
      const off = openEbpfSource({ bpffsPath, pinName: 'no-admin' })
      t.match(off.adoption, { result: 'replaced', reason: /left out now/ })
      off.close()
    })

    const ownCgroup = (t: Test): string => {
      const path = join(root?.directory ?? '', `mayfly-test-${randomBytes(4).toString('hex')}`)
      mkdirSync(path)
      t.teardown(() => rmdirSync(path))
      return path
    }

    t.test(
      'where another program is alone it stays, and we say that we were refused',
      async (t) => {
        const cgroup = ownCgroup(t)
        const foreign = attachForeign(t, cgroup, 'exclusive')
        const watch = openWatch(t, bpffsPath, { packetCgroupPath: cgroup })
        t.match(watch.source.packets, {
          state: 'refused',
          detail: /attach_cgroup failed with EPERM/,
        })
        t.ok(foreign.isAttached())
        execFileSync('true', ['still-seen'])
        await watch.settle('still-seen', 1)
      },
    )

    t.test('beside one that lets others be, both are there', async (t) => {
      const cgroup = ownCgroup(t)
      const foreign = attachForeign(t, cgroup, 'multi')
      const watch = openWatch(t, bpffsPath, { packetCgroupPath: cgroup })
      t.match(watch.source.packets, { state: 'on' })
      t.ok(foreign.isAttached())
    })

    t.test('a place that is no cgroup refuses', async (t) => {
      const watch = openWatch(t, bpffsPath, { packetCgroupPath: '/tmp' })
      t.match(watch.source.packets, { state: 'refused', detail: /attach_cgroup/ })
    })
  },
)
