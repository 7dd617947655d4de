/** TCP as the probe sees it: every way a connection begins and ends, with real sockets in a network of their own. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { detachEbpf, openEbpfSource } from '#agent/sources/ebpf/open.ts'
import type {
  AcceptRecord,
  CloseRecord,
  ConnectRecord,
  ListenRecord,
  SourceRecord,
} from '#agent/sources/record.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { compileProgram, mountBpffs, openWatch, type Watch } from '#test/fixtures/ebpf-watch.ts'
import { SocketProgram } from '#test/fixtures/socket-program.ts'
import { until } from '#test/fixtures/until.ts'

type Seen = ConnectRecord | AcceptRecord | CloseRecord | ListenRecord
const isSocket = (record: SourceRecord): record is Seen =>
  ['connect', 'accept', 'close', 'listen'].includes(record.kind)

/** Socket records of this process since the last call of it. */
const reader = (watch: Watch, pid: number) => {
  let from = 0
  const take = (): Seen[] => {
    watch.drain()
    const some = watch.records.slice(from)
    return some.filter((record): record is Seen & { argv: [] } =>
      isSocket(record) ? record.process?.pid === pid : false,
    )
  }
  return async (kinds: string): Promise<Seen[]> => {
    const wanted = kinds.split(' ').filter(Boolean)
    await until(`records ${kinds}`, () => take().length >= wanted.length)
    const seen = take()
    from = watch.records.length
    return seen
  }
}

/** nftables in the network of a process. */
const nft = (pid: number, rules: string): void => {
  execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'nft', '-f', '-'], { input: rules })
}
/** One rule for what arrives there. */
const filter = (pid: number, rule: string): void =>
  nft(
    pid,
    `add table inet mayfly
     add chain inet mayfly input { type filter hook input priority 0; }
     add rule inet mayfly input ${rule}`,
  )
const unfilter = (pid: number): void => nft(pid, 'delete table inet mayfly')

/** Segments sent again in the network of a process: RetransSegs of RFC 1213, by its place in the line of names. */
const retransmits = (pid: number): number => {
  const [names = '', values = ''] = readFileSync(`/proc/${pid}/net/snmp`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
  return Number(values.split(' ')[names.split(' ').indexOf('RetransSegs')])
}

const words = (records: readonly Seen[]): string => records.map(({ kind }) => kind).join(' ')

t.test('TCP', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const program = compileProgram(t, 'sockets')
  const watch = openWatch(t, bpffsPath)
  const box = new SocketProgram(t, program)
  const seen = reader(watch, box.pid)

  const addresses: readonly (readonly [string, string, string, string])[] = [
    ['IPv4', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '::1', '::1'],
    ['IPv4 to a socket of both', '::', '127.0.0.1', '127.0.0.1'],
    ['IPv4 from a socket of IPv6', '127.0.0.1', '::ffff:127.0.0.1', '127.0.0.1'],
  ]
  for (const [name, listening, dialled, shown] of addresses)
    t.test(`${name}: bytes, outcome and who closed, to the byte`, async (t) => {
      const port = await box.run(`listen l ${listening} 0`)
      t.match(await seen('listen'), [
        { kind: 'listen', phase: 'started', local: { address: listening, port }, snapshot: false },
      ])
      t.equal(await box.run(`connect c ${dialled} ${port}`), 0)
      t.equal(await box.run('accept s l'), 0)
      const opened = await seen('connect accept')
      t.equal(words(opened), 'connect accept')
      const [connected, accepted] = opened as [ConnectRecord, AcceptRecord]
      t.match(connected, { outcome: 'established', peer: { address: shown, port } })
      t.ok((connected.latencyNs ?? 0) > 0)
      t.match(accepted, { local: { address: shown, port }, peer: connected.local })
      t.not(connected.socket, accepted.socket)
      await box.run('send c 100000')
      await box.run('receive s 100000')
      await box.run('send s 7')
      await box.run('receive c 7')
      await box.run('close c')
      t.equal(await box.run('receive s 1'), 0)
      await box.run('close s')
      const closed = (await seen('close close')) as CloseRecord[]
      const client = closed.find(({ socket }) => socket === connected.socket)
      const server = closed.find(({ socket }) => socket === accepted.socket)
      t.match(client, {
        direction: 'outbound',
        sentBytes: 100_000,
        receivedBytes: 7,
        closedBy: 'local',
      })
      t.match(server, {
        direction: 'inbound',
        sentBytes: 7,
        receivedBytes: 100_000,
        closedBy: 'peer',
      })
      t.ok((client?.openedNs ?? 0) >= connected.bootNs)
      await box.run('close l')
      t.match(await seen('listen'), [{ phase: 'stopped', local: { address: listening, port } }])
    })

  t.test('a port where nobody listens refuses', async (t) => {
    t.equal(await box.run('connect c 127.0.0.1 1'), 111)
    const records = await seen('connect')
    t.match(records, [{ kind: 'connect', outcome: 'refused', peer: { port: 1 } }])
    await box.run('close c')
  })

  t.test('a non-blocking connect is told when it is decided', async (t) => {
    const port = await box.run('listen l 127.0.0.1 0')
    t.equal(await box.run(`start c 127.0.0.1 ${port}`), 115)
    await box.run('accept s l')
    await box.run('close c')
    await box.run('close s')
    await box.run('close l')
    const records = await seen('listen connect accept close close listen')
    t.match(
      records.find(({ kind }) => kind === 'connect'),
      { outcome: 'established' },
    )
  })

  t.test('a non-blocking connect that is refused', async (t) => {
    await box.run('start c 127.0.0.1 1')
    t.match(await seen('connect'), [{ outcome: 'refused', peer: { port: 1 } }])
    await box.run('close c')
  })

  t.test('reset: both called at once, and one is gone before the handshake ends', async (t) => {
    const [ours, theirs] = [40_001, 40_002]
    const other = new SocketProgram(t, program, { network: { of: box.pid } })
    const others = reader(watch, other.pid)
    // What is sent to them is lost, so they do not hear of us until both have called.
    filter(box.pid, `tcp dport ${theirs} drop`)
    t.equal(await box.run(`from c 127.0.0.1 ${theirs} ${ours}`), 115)
    t.equal(await other.run(`from c 127.0.0.1 ${ours} ${theirs}`), 115)
    await other.run('close c')
    t.match(await others('connect'), [{ outcome: 'aborted' }])
    unfilter(box.pid)
    // Our answer, sent again after a second, finds nobody.
    t.match(await seen('connect'), [{ outcome: 'reset', peer: { port: theirs } }])
    await box.run('close c')
  })

  t.test('what is sent again counts once', async (t) => {
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    const before = retransmits(box.pid)
    filter(box.pid, `tcp dport ${port} numgen inc mod 3 == 0 drop`)
    for (let round = 0; round < 10; round += 1) {
      await box.run('send c 5000')
      await box.run('receive s 5000')
    }
    unfilter(box.pid)
    t.ok(retransmits(box.pid) > before, 'some was lost')
    await box.run('close c')
    await box.run('receive s 1')
    await box.run('close s')
    const closes = (await seen('listen connect accept close close')).filter(
      (record) => record.kind === 'close',
    )
    t.match(
      closes.find(({ direction }) => direction === 'outbound'),
      { sentBytes: 50_000, receivedBytes: 0 },
    )
    t.match(
      closes.find(({ direction }) => direction === 'inbound'),
      { sentBytes: 0, receivedBytes: 50_000 },
    )
    await box.run('close l')
    await seen('listen')
  })

  t.test('a socket that was passed to another process is closed by that', async (t) => {
    const other = new SocketProgram(t, program, { network: { of: box.pid } })
    const others = reader(watch, other.pid)
    await other.run('mailbox m desk')
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    t.equal(await box.run('give s desk'), 0)
    t.equal(await other.run('take s m'), 0)
    await box.run('close s')
    t.equal(words(await seen('listen connect accept')), 'listen connect accept', 'not yet closed')
    await box.run('send c 4')
    t.equal(await other.run('receive s 4'), 4)
    await other.run('close s')
    t.match(await others('close'), [{ direction: 'inbound', receivedBytes: 4, closedBy: 'local' }])
    await box.run('receive c 1')
    // Of the one that connected it is known who that was, whoever closes.
    t.equal(await box.run('give c desk'), 0)
    t.equal(await other.run('take c m'), 0)
    await box.run('close c')
    await other.run('close c')
    t.match(await seen('close'), [{ direction: 'outbound', sentBytes: 4, closedBy: 'peer' }])
    await box.run('close l')
    await seen('listen')
  })

  t.test('a socket that a child inherited is closed by the child', async (t) => {
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    await box.run('send c 6')
    await box.run('receive s 6')
    const child = await box.run('inherit s')
    const childs = reader(watch, child)
    t.equal(words(await seen('listen connect accept')), 'listen connect accept', 'not yet closed')
    t.equal(await box.run(`end ${child}`), 0)
    t.match(await childs('close'), [{ direction: 'inbound', receivedBytes: 6, closedBy: 'local' }])
    await box.run('close c')
    t.match(await seen('close'), [{ direction: 'outbound', sentBytes: 6 }])
    await box.run('close l')
    await seen('listen')
  })

  t.test('one that nobody answers and that is given up is aborted', async (t) => {
    // A full backlog drops the SYN, so the connection hangs.
    const port = await box.run('listen l 127.0.0.1 0')
    const before = watch.records.length
    for (let number = 0; number < 140; number += 1)
      await box.run(`start ${number % 10} 127.0.0.1 ${port}`)
    await box.run(`start c 127.0.0.1 ${port}`)
    await box.run('close c')
    await until('an aborted connect', () => {
      watch.drain()
      return watch.records
        .slice(before)
        .some((record) => record.kind === 'connect' && record.outcome === 'aborted')
    })
    await box.run('close l')
    await seen('listen')
    t.pass()
  })

  t.test('no route is no transition: not covered', async (t) => {
    t.equal(await box.run('connect c 192.0.2.1 80'), 101)
    await box.run('close c')
    // What follows is the next that is seen.
    const port = await box.run('listen l 127.0.0.1 0')
    const records = (await seen('listen')).filter(
      (record) => record.kind === 'connect' && record.peer.address === '192.0.2.1',
    )
    t.strictSame(records, [])
    t.ok(port > 0)
    await box.run('close l')
    await seen('listen')
  })

  t.test('a reset by the peer closes with what was read', async (t) => {
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    await box.run('send c 10')
    await box.run('receive s 10')
    await box.run('reset s')
    await box.run('receive c 1')
    await box.run('close c')
    const closes = (await seen('listen connect accept close close')).filter(
      (record) => record.kind === 'close',
    )
    t.match(
      closes.find(({ direction }) => direction === 'inbound'),
      { closedBy: 'local', receivedBytes: 10, sentBytes: 0 },
    )
    t.match(
      closes.find(({ direction }) => direction === 'outbound'),
      { closedBy: 'peer', sentBytes: 10, receivedBytes: 0 },
    )
    await box.run('close l')
    await seen('listen')
  })

  t.test('half closed: who sent the first FIN closed', async (t) => {
    const port = await box.run('listen l 127.0.0.1 0')
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    await box.run('shutdown s')
    await box.run('receive c 1')
    await box.run('send c 3')
    await box.run('receive s 3')
    await box.run('close c')
    await box.run('close s')
    const closes = (await seen('listen connect accept close close')).filter(
      (record) => record.kind === 'close',
    )
    t.match(
      closes.find(({ direction }) => direction === 'inbound'),
      { closedBy: 'local', receivedBytes: 3 },
    )
    t.match(
      closes.find(({ direction }) => direction === 'outbound'),
      { closedBy: 'peer', sentBytes: 3 },
    )
    await box.run('close l')
    await seen('listen')
  })

  t.test('the process is gone, its connection is closed by it all the same', async (t) => {
    const short = new SocketProgram(t, program)
    const gone = reader(watch, short.pid)
    const port = await short.run('listen l 127.0.0.1 0')
    await short.run(`connect c 127.0.0.1 ${port}`)
    await short.run('accept s l')
    await short.run('send c 5')
    await short.run('receive s 5')
    await gone('listen connect accept')
    short.child.kill('SIGKILL')
    const records = await gone('close close listen')
    t.match(
      records.find((record) => record.kind === 'close' && record.direction === 'outbound'),
      { sentBytes: 5, process: { pid: short.pid } },
    )
    t.ok(records.some((record) => record.kind === 'listen' && record.phase === 'stopped'))
  })

  t.test('listening without a port is told when it has one', async (t) => {
    const port = await box.run('unbound l')
    watch.source.readConnections()
    t.match(await seen('listen'), [{ phase: 'started', local: { port } }])
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    t.equal(
      words(await seen('connect accept')),
      'connect accept',
      'its connections have its process',
    )
    for (const name of ['c', 's', 'l']) await box.run(`close ${name}`)
    await seen('close close listen')
    const brief = await box.run('unbound m')
    await box.run('close m')
    t.match(await seen('listen listen'), [
      { phase: 'started', local: { port: brief } },
      { phase: 'stopped', local: { port: brief } },
    ])
  })

  t.test('of several who listen on one port the first answers, then the next', async (t) => {
    const other = new SocketProgram(t, program, { network: { of: box.pid } })
    const port = await box.run('share l 127.0.0.1 0')
    await other.run(`share l 127.0.0.1 ${port}`)
    const owners = async (): Promise<(number | undefined)[]> => {
      watch.drain()
      const before = watch.records.length
      for (let number = 0; number < 8; number += 1)
        await box.run(`start ${number} 127.0.0.1 ${port}`)
      watch.drain()
      for (let number = 0; number < 8; number += 1) await box.run(`close ${number}`)
      return watch.records
        .slice(before)
        .flatMap((record) => (record.kind === 'accept' ? [record.process?.pid] : []))
    }
    t.strictSame([...new Set(await owners())], [box.pid])
    await box.run('close l')
    watch.source.readConnections()
    t.strictSame([...new Set(await owners())], [other.pid])
    await other.run('close l')
    watch.drain()
    await seen('')
  })

  t.strictSame(watch.source.losses(), [])
  const { connect, accept, close, listen } = watch.source.counts()
  for (const kind of [connect, accept, close, listen]) t.match(kind, { drops: 0, misses: 0 })
  t.match(watch.source.untracked(), { sockets: 0, listeners: 0, stale: 0 })
})

t.test('what was open before', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const box = new SocketProgram(t, compileProgram(t, 'sockets'))
  const port = await box.run('listen l :: 0')
  await box.run(`connect c 127.0.0.1 ${port}`)
  await box.run('accept s l')
  await box.run('send c 1000')
  await box.run('receive s 1000')
  const watch = openWatch(t, bpffsPath)
  const seen = reader(watch, box.pid)
  watch.source.snapshot(() => {})
  const before = await seen('listen connect accept')
  t.ok(before.every(({ snapshot }) => snapshot))
  t.strictSame(before.map(({ kind }) => kind).toSorted(), ['accept', 'connect', 'listen'])
  t.match(
    before.find(({ kind }) => kind === 'accept'),
    { local: { address: '127.0.0.1', port } },
    'a connection to a listening port came from outside, also on IPv6’s any',
  )

  t.test('is told once', async (t) => {
    watch.source.snapshot(() => {})
    watch.drain()
    const again = watch.records.filter(
      (record) => isSocket(record) && record.process?.pid === box.pid,
    )
    t.equal(again.length, 3)
  })

  t.test('its bytes come as deltas, and the deltas and the close add up', async (t) => {
    watch.source.readConnections()
    const first = (await seen('close close')) as CloseRecord[]
    t.ok(first.every(({ ongoing }) => ongoing))
    await box.run('send c 234')
    await box.run('receive s 234')
    watch.source.readConnections()
    const second = (await seen('close close')) as CloseRecord[]
    watch.source.readConnections()
    await box.run('send s 50')
    await box.run('receive c 50')
    await box.run('close c')
    await box.run('receive s 1')
    await box.run('close s')
    const last = (await seen('close close')) as CloseRecord[]
    t.ok(last.every(({ ongoing, openedNs }) => !ongoing && openedNs === null))
    const total = (direction: string, of: (record: CloseRecord) => number): number =>
      [...first, ...second, ...last]
        .filter((record) => record.direction === direction)
        .reduce((sum, record) => sum + of(record), 0)
    const sent = (record: CloseRecord): number => (record.sentBytes ?? 0) - record.toldSentBytes
    const received = (record: CloseRecord): number =>
      (record.receivedBytes ?? 0) - record.toldReceivedBytes
    t.equal(total('outbound', sent), 1234)
    t.equal(total('outbound', received), 50)
    t.equal(total('inbound', sent), 50)
    t.equal(total('inbound', received), 1234)
  })
})

t.test('a listener of MPTCP that was there before is met like others', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const box = new SocketProgram(t, compileProgram(t, 'sockets'))
  const port = await box.run('multipath l 127.0.0.1 0')
  if (port < 0) return t.comment(`this kernel makes no such socket (errno ${-port})`)
  await box.run(`connect c 127.0.0.1 ${port}`)
  await box.run('accept s l')
  const watch = openWatch(t, bpffsPath)
  watch.source.snapshot(() => {})
  watch.drain()
  const its = watch.records.filter(
    (record): record is Seen & { argv: [] } => isSocket(record) && record.process?.pid === box.pid,
  )
  t.strictSame(its.map(({ kind }) => kind).toSorted(), ['accept', 'connect', 'listen'])
})

t.test('another probe does not tell again what the one before told', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const box = new SocketProgram(t, compileProgram(t, 'sockets'))
  const port = await box.run('listen l 127.0.0.1 0')
  await box.run(`connect c 127.0.0.1 ${port}`)
  await box.run('accept s l')
  const pinName = 'again'
  let told = 0
  const look = async (ringSizeBytes: number, result: string): Promise<void> => {
    const source = openEbpfSource({ bpffsPath, pinName, ringSizeBytes })
    t.equal(source.adoption.result, result)
    source.snapshot(() => {})
    source.readConnections()
    const from = source.position()
    const drain = (): void => {
      while (
        source.drain((record) => {
          if (record.kind === 'close' && record.process?.pid === box.pid)
            told += (record.sentBytes ?? 0) - record.toldSentBytes
        }, 1000)
      );
      source.commit()
      source.losses()
    }
    await until('the rings before are read to their ends', () => {
      drain()
      return result !== 'handed_over' || source.position().ringId !== from.ringId
    })
    drain()
    source.close()
  }
  await box.run('send c 1000')
  await look(1 << 20, 'fresh')
  t.equal(told, 1000)
  await look(1 << 21, 'handed_over')
  await look(1 << 21, 'adopted')
  t.equal(told, 1000)
  await box.run('send c 30')
  await look(1 << 21, 'adopted')
  t.equal(told, 1030)
  detachEbpf({ bpffsPath, pinName })
})

t.test('a full ring counts each socket record that it had no room for', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const watch = openWatch(t, bpffsPath, { ringSizeBytes: 65_536 })
  const box = new SocketProgram(t, compileProgram(t, 'sockets'))
  const rounds = 400
  const port = await box.run('listen l 127.0.0.1 0')
  for (let round = 0; round < rounds; round += 1) {
    await box.run(`connect c 127.0.0.1 ${port}`)
    await box.run('accept s l')
    await box.run('close c')
    await box.run('close s')
  }
  // The last handshakes may still be on their way.
  await until(
    'every connection to have ended',
    () => watch.source.counts().close.attempts >= 2 * rounds,
  )
  watch.drain()
  const counts = watch.source.counts()
  const losses = watch.source.losses()
  for (const kind of ['connect', 'accept', 'close'] as const) {
    const seen = watch.records.filter((record) => record.kind === kind).length
    const lost = losses
      .filter(({ lostKind }) => lostKind === kind)
      .reduce((sum, { count }) => sum + count, 0)
    t.ok(lost > 0, `${kind}: the ring was too small`)
    t.equal(seen + lost, counts[kind].attempts)
    t.ok(counts[kind].attempts >= rounds * (kind === 'close' ? 2 : 1))
  }
})
