import t from 'tap'
import { rfc3339 } from '#collector/store/time.ts'
import type { WhoConnection, WhoRow } from '#proto/api.ts'
import {
  accept,
  chunk,
  close,
  connect,
  container,
  containerId,
  dns,
  engineMissing,
  exec,
  fileFact,
  fixedClock,
  openTestStore,
  t0,
  temporaryDirectory,
} from './fixtures.ts'

const asConnection = (row: WhoRow | undefined): WhoConnection => {
  if (row?.kind !== 'connection') throw new Error(`no connection: ${JSON.stringify(row)}`)
  return row
}

t.test('who else, as the store answers it', { skip: engineMissing }, async (t) => {
  const apiServer = { address: '10.96.0.1', port: 443 }
  const store = await openTestStore(temporaryDirectory(t), fixedClock(), apiServer)
  t.teardown(() => store.close())
  const limit = 100

  await t.test('opens give the count, ends the bytes, and neither counts twice', async (t) => {
    const at = { containerId: containerId('1') }
    const peer = { address: '198.51.100.1', port: 443 }
    await store.insert([
      chunk(
        1,
        [
          connect({ ...at, peer, timeUs: t0 }),
          connect({ ...at, peer, timeUs: t0 + 10, socket: 0, count: 20, outcome: 'refused' }),
          close({ ...at, peer, timeUs: t0 + 15, ongoing: true, sentBytes: 7, receivedBytes: 8 }),
          close({ ...at, peer, timeUs: t0 + 20, sentBytes: 100, receivedBytes: null }),
        ],
        { agent: 'counts' },
      ),
    ])
    const rows = await store.who({ ip: peer.address, limit })
    t.equal(rows.length, 1)
    t.match(rows[0], {
      kind: 'connection',
      firstSeen: rfc3339(t0),
      lastSeen: rfc3339(t0 + 20),
      count: 21,
      outcomes: { established: 1, refused: 20 },
      sentBytes: 107,
      receivedBytes: 8,
      direction: 'outbound',
      transport: 'tcp',
      port: 443,
      peer: { address: peer.address, kind: 'external', workload: '' },
      exe: '/usr/bin/curl',
      containers: 1,
      nodes: 1,
      pods: 0,
      last: { node: 'node-1', containerId: at.containerId },
    })
  })

  await t.test('what was opened before the range counts by its end, or as one', async (t) => {
    const at = { containerId: containerId('2'), peerName: '' }
    const ended = { address: '198.51.100.2', port: 443 }
    const open = { address: '198.51.100.3', port: 443 }
    const query = { address: '198.51.100.4', port: 53 }
    const met = { address: '198.51.100.5', port: 443 }
    const old = { address: '198.51.100.6', port: 443 }
    await store.insert([
      chunk(
        1,
        [
          connect({ ...at, peer: ended, timeUs: t0 - 50 }),
          close({ ...at, peer: ended, count: 3, socket: 0 }),
          close({ ...at, peer: open, ongoing: true }),
          close({ ...at, peer: open, ongoing: true, timeUs: t0 + 6_000 }),
          close({ ...at, peer: query, transport: 'udp', sentBytes: null, receivedBytes: null }),
          connect({ ...at, peer: met }),
          connect({ ...at, peer: met, snapshot: true, timeUs: t0 + 10 }),
          connect({ ...at, peer: met, snapshot: true, timeUs: t0 + 20 }),
          connect({ ...at, peer: old, snapshot: true, timeUs: t0 + 10 }),
          connect({ ...at, peer: old, snapshot: true, timeUs: t0 + 20 }),
        ],
        { agent: 'older' },
      ),
    ])
    const count = async (ip: string) =>
      asConnection((await store.who({ ip, sinceUs: t0, limit }))[0]).count
    t.equal(await count(ended.address), 3)
    t.equal(await count(open.address), 1)
    t.equal(await count(met.address), 1, 'what is met again at starts of an agent was opened once')
    t.equal(await count(old.address), 1)
    const udp = asConnection((await store.who({ ip: query.address, limit }))[0])
    t.match(udp, { count: 1, transport: 'udp', sentBytes: null, receivedBytes: null })
    t.strictSame(udp.outcomes, {})
    t.equal(udp.peer.kind, 'dns')
  })

  await t.test('the port is the one that is served, whichever side was watched', async (t) => {
    const server = { containerId: containerId('31'), exe: '/usr/sbin/sshd' }
    const client = { containerId: containerId('32'), exe: '/usr/bin/ssh' }
    const local = { address: '10.2.0.1', port: 2222 }
    const from = (port: number) => ({ address: '10.2.0.2', port })
    await store.insert([
      chunk(
        1,
        [
          accept({ ...server, local, peer: from(50_001) }),
          accept({ ...server, local, peer: from(50_002) }),
          close({ ...server, local, peer: from(50_001), direction: 'inbound' }),
          close({ ...server, local, peer: from(50_002), direction: 'inbound' }),
          connect({ ...client, local: from(50_001), peer: local }),
          connect({ ...client, local: from(2222), peer: { address: '10.2.0.3', port: 1 } }),
          accept({ ...server, local: { ...local, port: 1 }, peer: from(2222) }),
        ],
        { agent: 'ports' },
      ),
    ])
    const rows = (await store.who({ port: 2222, limit })).map(asConnection)
    t.match(
      rows.toSorted((a, b) => (a.direction < b.direction ? -1 : 1)),
      [
        { direction: 'inbound', count: 2, sentBytes: 200, port: 2222, exe: server.exe },
        { direction: 'outbound', count: 1, sentBytes: null, port: 2222, exe: client.exe },
      ],
    )
    t.equal(rows.length, 2)
    t.equal((await store.who({ ip: '10.2.0.1', port: 2222, limit })).length, 1)
    t.same(await store.who({ ip: '10.2.0.1', port: 1, limit }), [])
  })

  await t.test(
    'a network is found by any prefix, and text that is no address is in none',
    async (t) => {
      const id = containerId('4')
      const to = (address: string) =>
        connect({ containerId: id, exe: `/${address}`, peer: { address, port: 4444 } })
      const addresses = ['10.4.0.1', '10.4.0.200', '10.4.1.1', '2001:db8:4::1', 'fe80::1', '::1']
      const bad = ['', 'zz', '10.4.0.1.', "'", '999.4.0.1', '\ud800']
      await store.insert([chunk(1, [...addresses, ...bad].map(to), { agent: 'networks' })])
      for (const [cidr, found] of [
        ['10.4.0.1/32', ['10.4.0.1']],
        ['10.4.0.77/25', ['10.4.0.1']],
        ['10.4.0.0/24', ['10.4.0.1', '10.4.0.200']],
        ['10.4.0.0/23', ['10.4.0.1', '10.4.0.200', '10.4.1.1']],
        ['0.0.0.0/0', ['10.4.0.1', '10.4.0.200', '10.4.1.1']],
        ['::ffff:10.4.0.0/120', ['10.4.0.1', '10.4.0.200']],
        ['2001:DB8::/32', ['2001:db8:4::1']],
        ['fe80::/10', ['fe80::1']],
        ['::1/128', ['::1']],
        ['::/0', ['2001:db8:4::1', '::1', 'fe80::1']],
      ] as const) {
        const rows = (await store.who({ cidr, port: 4444, limit })).map(asConnection)
        t.strictSame(rows.map(({ peer }) => peer.address).sort(), [...found].sort(), cidr)
      }
      for (const spelling of ['2001:db8:4::1', '2001:0DB8:4:0:0:0:0:1']) {
        t.equal((await store.who({ ip: spelling, limit })).length, 1, spelling)
      }
      t.equal((await store.who({ ip: '::ffff:10.4.0.200', limit })).length, 1, 'mapped IPv4')
    },
  )

  await t.test('a domain is the name and what is below it, in any case', async (t) => {
    const id = containerId('5')
    const ask = (name: string, answers: readonly string[] = [], change = {}) =>
      dns({ containerId: id, name, answers, ...change })
    await store.insert([
      chunk(
        1,
        [
          ask('example.test'),
          ask('WWW.Example.Test', [], { count: 2 }),
          ask('www.example.test.', [], { rcode: '' }),
          ask('badexample.test'),
          ask('example.test.evil.org'),
          ask('cdn.other.org', ['CNAME edge.EXAMPLE.test', '192.0.2.1']),
          ask('whole.other.org', ['CNAME example.test']),
          ask('cdn2.other.org', [
            'CNAME badexample.test',
            'CNAME example.test.other.org',
            'TXT "example.test"',
          ]),
          connect({ containerId: id, peerName: 'api.Example.test' }),
          connect({ containerId: id, peerName: 'notexample.test' }),
          connect({
            containerId: id,
            peerName: 'example.test',
            peer: { address: '192.0.2.9', port: 80 },
          }),
        ],
        { agent: 'domains' },
      ),
    ])
    const rows = await store.who({ domain: 'Example.TEST.', limit })
    const shown = rows.map((row) =>
      row.kind === 'dns' ? row.name : row.kind === 'connection' ? `to ${row.peer.name}` : row.kind,
    )
    t.strictSame(shown.sort(), [
      'cdn.other.org',
      'example.test',
      'to api.Example.test',
      'to example.test',
      'whole.other.org',
      'www.example.test',
    ])
    const www = rows.find((row) => row.kind === 'dns' && row.name === 'www.example.test')
    t.match(www, { count: 3, outcomes: { NOERROR: 2, unanswered: 1 } })
    const narrow = await store.who({ domain: 'example.test', port: 80, limit })
    t.match(narrow, [{ kind: 'connection', peer: { name: 'example.test' } }])
    t.equal(narrow.length, 1, 'questions have no such port')
    t.same(await store.who({ domain: 'test.evil', limit }), [])
  })

  await t.test('an executable is found by path, file name and hash', async (t) => {
    const id = containerId('6')
    const sha256 = 'c0ffee00'.repeat(8)
    const file = { device: 66_307, inode: 600, ctimeUs: t0 - 1 }
    const old = { ...file, inode: 601 }
    const lost = { ...file, inode: 602 }
    await store.insert([
      chunk(
        1,
        [
          exec({ containerId: id, exe: '/opt/bin/tool', file }),
          exec({ containerId: id, exe: '/opt/bin/tool', file, timeUs: t0 + 5 }),
          exec({ containerId: id, exe: '/tmp/tool', file: old }),
          exec({ containerId: id, exe: '/tmp/mytool', file: lost }),
          exec({ containerId: id, exe: 'tool' }),
          connect({
            containerId: id,
            exe: '/opt/bin/tool',
            peer: { address: '192.0.2.60', port: 1 },
          }),
          connect({ containerId: id, exe: '/bin/x', peer: { address: '192.0.2.60', port: 1 } }),
          fileFact({ file, sha256 }),
          fileFact({ file: old, sha256: 'c0ffee01'.repeat(8) }),
          fileFact({ file: lost, sha256: '', state: 'missed' }),
        ],
        { agent: 'hashes' },
      ),
    ])
    const exes = async (query: object) =>
      (await store.who({ ...query, limit })).map(({ kind, exe, count }) => [kind, exe, count])
    t.strictSame(await exes({ exe: '/opt/bin/tool' }), [['exec', '/opt/bin/tool', 2]])
    t.strictSame((await exes({ exe: 'tool' })).sort(), [
      ['exec', '/opt/bin/tool', 2],
      ['exec', '/tmp/tool', 1],
      ['exec', 'tool', 1],
    ])
    t.strictSame(await exes({ sha256: sha256.toUpperCase() }), [['exec', '/opt/bin/tool', 2]])
    t.equal((await exes({ sha256: 'c0ffee0' + '0' })).length, 1)
    t.equal((await exes({ sha256: 'c0ffee00c0' })).length, 1)
    t.same(await exes({ sha256: 'c0ffee02' }), [])
    t.same(await exes({ sha256, exe: 'mytool' }), [])
    t.strictSame(await exes({ exe: 'tool', ip: '192.0.2.60' }), [
      ['connection', '/opt/bin/tool', 1],
    ])
    const hash = async (exe: string) => {
      const [row] = await store.who({ exe, limit })
      return row?.kind === 'exec' ? row.sha256 : 'no row'
    }
    t.equal(await hash('/opt/bin/tool'), sha256)
    t.equal(await hash('/tmp/mytool'), null, 'it could not be read')
    t.equal((await store.who({ exe: 'tool', limit })).filter((row) => 'sha256' in row).length, 2)
  })

  await t.test('a process that was found running counts once', async (t) => {
    const at = { containerId: containerId('7'), exe: '/snap/daemon', snapshot: true }
    const process = { pid: 700, startNs: 7_123_456_789 }
    const tick = { pid: 700, startNs: 7_120_000_000 }
    const other = { pid: 701, startNs: 7_120_000_000 }
    await store.insert([
      chunk(
        1,
        [
          exec({ ...at, snapshot: false, process }),
          exec({ ...at, process: tick, timeUs: t0 + 10 }),
          exec({ ...at, process: other, timeUs: t0 + 11 }),
          exec({ ...at, process: other, timeUs: t0 + 12 }),
          exec({ ...at, snapshot: false, process: { pid: 702, startNs: 1 } }),
        ],
        { agent: 'snapshots' },
      ),
    ])
    t.match(await store.who({ exe: '/snap/daemon', limit }), [
      { count: 3, firstSeen: rfc3339(t0), lastSeen: rfc3339(t0 + 12) },
    ])
  })

  await t.test('rows are gathered by workload, whenever its names came', async (t) => {
    const peer = { address: '198.51.100.8', port: 443 }
    const [one, two, three] = ['81', '82', '83'].map(containerId) as [string, string, string]
    const named = (id: string, pod: string, node: string) =>
      chunk(9, [container({ containerId: id, pod, phase: 'named', podIps: [] })], {
        agent: `late-${node}`,
        node,
      })
    await store.insert([
      chunk(1, [connect({ containerId: one, peer }), connect({ containerId: two, peer })], {
        agent: 'late-a',
        node: 'a',
      }),
      chunk(
        1,
        [
          connect({ containerId: three, peer, timeUs: t0 + 9 }),
          connect({ containerId: 'host', peer }),
        ],
        { agent: 'late-b', node: 'b' },
      ),
    ])
    t.equal(
      (await store.who({ ip: peer.address, limit })).length,
      2,
      'nobody has names: one row, and one of hosts',
    )
    await store.insert([
      named(one, 'api-1', 'a'),
      named(two, 'api-1', 'a'),
      named(three, 'api-2', 'b'),
    ])
    const rows = await store.who({ ip: peer.address, limit })
    t.match(rows, [
      {
        namespace: 'payments',
        workload: 'api',
        workloadType: 'deployment',
        container: 'api',
        count: 3,
        pods: 2,
        containers: 3,
        nodes: 2,
        last: { node: 'b', pod: 'api-2', containerId: three },
      },
      { workload: '', container: 'host', count: 1, pods: 0, containers: 0, nodes: 1 },
    ])
    t.equal(rows.length, 2)
    for (const [query, found] of [
      [{ namespace: 'payments' }, 3],
      [{ workload: 'api', node: 'a' }, 2],
      [{ pod: 'api-2' }, 1],
      [{ container: 'host' }, 1],
      [{ sinceUs: t0 + 1 }, 1],
      [{ untilUs: t0 + 1, namespace: 'payments' }, 2],
      [{ namespace: 'elsewhere' }, undefined],
    ] as const) {
      const [row] = await store.who({ ip: peer.address, ...query, limit })
      t.equal(row?.count, found, JSON.stringify(query))
    }
    t.equal(
      (await store.who({ ip: peer.address, limit: 1 }))[0]?.workload,
      'api',
      'the latest first',
    )
  })

  await t.test('a peer is named if one workload had its address from first to last', async (t) => {
    const address = '10.9.0.1'
    const life = (letter: string, workload: string, fromUs: number, toUs: number) => [
      container({ containerId: containerId(letter), workload, podIps: [address], timeUs: fromUs }),
      container({
        containerId: containerId(letter),
        workload,
        podIps: [address],
        timeUs: toUs,
        phase: 'ended',
      }),
    ]
    const at = { containerId: containerId('9'), peer: { address, port: 80 } }
    await store.insert([
      chunk(
        1,
        [
          ...life('91', 'first', t0, t0 + 100),
          ...life('92', 'second', t0 + 200, t0 + 300),
          connect({ ...at, timeUs: t0 + 10 }),
          connect({ ...at, timeUs: t0 + 90 }),
          connect({ ...at, timeUs: t0 + 210 }),
        ],
        { agent: 'peers' },
      ),
    ])
    const peer = async (range: object) =>
      asConnection((await store.who({ ip: address, ...range, limit }))[0]).peer
    t.match(await peer({ untilUs: t0 + 150 }), {
      kind: 'pod',
      workload: 'first',
      namespace: 'payments',
    })
    t.match(await peer({ sinceUs: t0 + 150 }), { kind: 'pod', workload: 'second' })
    t.match(await peer({}), { kind: 'private', workload: '' })
  })

  await t.test('a node is named as a peer, and the API server is known by its place', async (t) => {
    const address = '192.0.2.77'
    const at = { containerId: containerId('a1') }
    const onHost = { hostNetwork: true, podIps: [address], hostIps: [address] }
    await store.insert([
      chunk(
        1,
        [container({ containerId: containerId('a2'), workload: 'node-exporter', ...onHost })],
        { agent: 'other-node', node: 'node-7' },
      ),
      chunk(
        1,
        [
          connect({ ...at, peer: { address, port: 9_100 } }),
          accept({ ...at, peer: { address, port: 9_100 } }),
          connect({ ...at, peer: apiServer }),
          connect({ ...at, peer: { ...apiServer, port: 8_443 } }),
        ],
        { agent: 'to-nodes' },
      ),
    ])
    const rows = await store.who({ ip: address, limit })
    t.equal(rows.length, 2)
    for (const row of rows)
      t.strictSame(asConnection(row).peer, {
        ...{ address, name: '', kind: 'node', workload: '', node: 'node-7' },
      })
    const kindAt = async (port: number) =>
      asConnection((await store.who({ ip: apiServer.address, port, limit }))[0]).peer.kind
    t.equal(await kindAt(443), 'api-server')
    t.equal(await kindAt(8_443), 'private')
  })

  await t.test('what cannot be asked is refused by name', async (t) => {
    for (const [query, message] of [
      [{}, /^give at least one of ip, cidr, port, domain, exe, sha256$/],
      [{ ip: 'x' }, /^ip: write an address/],
      [{ port: 0 }, /^port: write a whole number/],
      [{ ip: '1.1.1.1', cidr: '1.0.0.0/8' }, /^cidr: /],
      [{ sha256: 'c0ffee00', port: 80 }, /^sha256: .* port by exe/],
      [{ exe: 'sh', pod: 'p'.repeat(5_000) }, /^pod: /],
    ] as const) {
      await t.rejects(store.who({ ...query, limit }), { code: 'bad_query', message })
    }
    for (const hostile of ["'", "') OR 1=1 --", '\\', '\ud800', '%', '{a:String}']) {
      t.same(await store.who({ exe: hostile, limit }), [], hostile)
      t.same(await store.who({ domain: 'a.test', namespace: hostile, limit }), [], hostile)
      t.same(await store.who({ port: 443, container: hostile, limit }), [], hostile)
    }
  })
})
