import t from 'tap'
import { type KnownSocket, NamespaceSockets } from '#agent/sources/procfs/namespace-sockets.ts'
import {
  type ConnectionTableName,
  connectionTables,
  type TableLook,
} from '#agent/sources/procfs/net-namespaces.ts'
import type { SocketRow, SocketState } from '#agent/sources/procfs/net-table.ts'

type TextRow = readonly [inode: number, local: string, peer: string, state: SocketState]

const endpoint = (text: string) => {
  const colon = text.lastIndexOf(':')
  return { address: text.slice(0, colon), port: Number(text.slice(colon + 1)) }
}
const rowOf = ([inode, local, peer, state]: TextRow): SocketRow => ({
  local: endpoint(local),
  peer: endpoint(peer),
  state,
  inode,
  uid: 0,
})

/** All four tables, whole but for those that are `torn`. */
const tablesOf = (
  rows: Partial<Record<ConnectionTableName, readonly TextRow[]>>,
  torn: readonly ConnectionTableName[] = [],
): TableLook[] =>
  connectionTables.map((name) => ({
    name,
    transport: name.startsWith('tcp') ? 'tcp' : 'udp',
    rows: (rows[name] ?? []).map(rowOf),
    complete: !torn.includes(name),
    cut: torn.includes(name),
    malformed: 0,
  }))

const brief = ({ inode, role }: KnownSocket): string => `${inode} ${role}`

/** Looks at these tables, one second later each time. */
const open = ({ isYoung = true, socketsMax = 100 } = {}) => {
  const sockets = new NamespaceSockets()
  let bootNs = 0
  const look = (...tables: Parameters<typeof tablesOf>) => {
    bootNs += 1e9
    const options = { bootNs, isYoung, socketsMax }
    const { started, ended, refused } = sockets.update(tablesOf(...tables), options)
    return { started: started.map(brief), ended: ended.map(brief), refused, sockets: started }
  }
  return { sockets, look }
}

const listener: TextRow = [1, '0.0.0.0:80', '0.0.0.0:0', 'listen']
const accepted: TextRow = [2, '10.0.0.1:80', '10.0.0.9:40000', 'established']
const client: TextRow = [3, '10.0.0.1:50000', '10.0.0.9:443', 'established']

t.test(
  'a connection is inbound where its local address is listened on, in any table',
  async (t) => {
    const cases: Readonly<Record<string, readonly [ConnectionTableName, TextRow, string]>> = {
      'on all IPv4 addresses': ['tcp', listener, 'inbound'],
      'on its own address': ['tcp', [1, '10.0.0.1:80', '0.0.0.0:0', 'listen'], 'inbound'],
      'on all IPv6 addresses, for IPv4 mapped into it': [
        'tcp6',
        [1, ':::80', ':::0', 'listen'],
        'inbound',
      ],
      'on another address': ['tcp', [1, '127.0.0.1:80', '0.0.0.0:0', 'listen'], 'outbound'],
      'on another port': ['tcp', [1, '0.0.0.0:81', '0.0.0.0:0', 'listen'], 'outbound'],
      'of another transport': ['udp', [1, '0.0.0.0:80', '0.0.0.0:0', 'close'], 'outbound'],
    }
    for (const [name, [table, row, role]] of Object.entries(cases)) {
      const rows = { tcp: [accepted, client] }
      const { started } = open().look({
        ...rows,
        [table]: [...(table === 'tcp' ? rows.tcp : []), row],
      })
      t.strictSame(started.toSorted(), ['1 listen', `2 ${role}`, '3 outbound'], name)
    }
  },
)

t.test('a listener that closed since the last look still tells who came in', async (t) => {
  const { look } = open()
  look({ tcp: [listener] })
  t.match(look({ tcp: [accepted] }), { started: ['2 inbound'], ended: ['1 listen'] })
  t.match(look({ tcp: [accepted, [4, '10.0.0.1:80', '10.0.0.9:40001', 'established']] }), {
    started: ['4 outbound'],
  })
})

t.test('which states are connections', async (t) => {
  const states: Readonly<Record<SocketState, readonly string[]>> = {
    established: ['3 outbound'],
    'fin-wait-1': ['3 outbound'],
    'fin-wait-2': ['3 outbound'],
    'close-wait': ['3 outbound'],
    closing: ['3 outbound'],
    'last-ack': ['3 outbound'],
    listen: ['3 listen'],
    'syn-sent': [],
    'syn-recv': [],
    'new-syn-recv': [],
    'time-wait': [],
    close: [],
    unknown: [],
  }
  for (const [state, started] of Object.entries(states)) {
    const row: TextRow = [3, '10.0.0.1:50000', '10.0.0.9:443', state as SocketState]
    t.strictSame(open().look({ tcp: [row] }).started, started, state)
  }
  const udp: readonly TextRow[] = [
    [4, '0.0.0.0:53', '0.0.0.0:0', 'close'],
    [5, '10.0.0.1:50000', '10.0.0.9:53', 'established'],
    [6, '0.0.0.0:0', '0.0.0.0:0', 'close'],
    [7, '10.0.0.1:53', '10.0.0.9:40000', 'established'],
  ]
  t.strictSame(open().look({ udp }).started, ['4 listen', '5 outbound', '7 inbound'])
})

t.test(
  'a connection is told when its handshake is over, and stays one until it is gone',
  async (t) => {
    const { look } = open()
    const inState = (state: SocketState): TextRow => [client[0], client[1], client[2], state]
    t.strictSame(look({ tcp: [inState('syn-sent')] }).started, [])
    t.strictSame(look({ tcp: [inState('established')] }).started, ['3 outbound'])
    for (const state of ['close-wait', 'last-ack', 'unknown'] as const) {
      t.match(look({ tcp: [inState(state)] }), { started: [], ended: [] }, state)
    }
    t.match(look({}), { started: [], ended: ['3 outbound'] })
    t.match(look({}), { started: [], ended: [] }, 'told once')
  },
)

t.test('an inode with other addresses is another socket', async (t) => {
  const others: Readonly<Record<string, readonly [ConnectionTableName, TextRow]>> = {
    'another local port': ['tcp', [3, '10.0.0.1:50001', '10.0.0.9:443', 'established']],
    'another local address': ['tcp', [3, '10.0.0.2:50000', '10.0.0.9:443', 'established']],
    'another peer port': ['tcp', [3, '10.0.0.1:50000', '10.0.0.9:444', 'established']],
    'another peer': ['tcp', [3, '10.0.0.1:50000', '10.0.0.8:443', 'established']],
    'another table': ['udp', [3, '10.0.0.1:50000', '10.0.0.9:443', 'established']],
  }
  for (const [name, [table, row]] of Object.entries(others)) {
    const { look, sockets } = open()
    look({ tcp: [client] })
    t.match(look({ [table]: [row] }), { started: ['3 outbound'], ended: ['3 outbound'] }, name)
    t.equal(sockets.size, 1, name)
  }
  const { look } = open()
  look({ tcp: [client] })
  const reconnecting: TextRow = [3, '10.0.0.1:50001', '10.0.0.9:443', 'syn-sent']
  t.match(look({ tcp: [reconnecting] }), { started: [], ended: ['3 outbound'] })
})

t.test('what an incomplete table does not show is not gone', async (t) => {
  const { look, sockets } = open()
  look({ tcp: [client, listener], udp: [[5, '0.0.0.0:53', '0.0.0.0:0', 'close']] })
  t.match(look({ tcp: [listener] }, ['tcp']), { ended: ['5 listen'] }, 'the other table is whole')
  t.equal(sockets.size, 2)
  const reused: TextRow = [3, '10.0.0.1:50001', '10.0.0.9:443', 'established']
  t.match(look({ tcp: [reused] }, ['tcp']), { started: ['3 outbound'], ended: ['3 outbound'] })
  t.match(look({ tcp: [reused] }), { ended: ['1 listen'] })
})

t.test('only what was certainly not there before is said to have begun', async (t) => {
  const other: TextRow = [4, '10.0.0.1:50002', '10.0.0.9:443', 'established']
  const firstSeen = ({ sockets }: { readonly sockets: readonly KnownSocket[] }) =>
    sockets.map(({ firstSeenNs }) => firstSeenNs)
  const old = open({ isYoung: false })
  t.strictSame(firstSeen(old.look({ tcp: [client] })), [null], 'met at the first look')
  t.strictSame(firstSeen(old.look({ tcp: [client, other] })), [2e9], 'came since')
  t.strictSame(firstSeen(open().look({ tcp: [client] })), [1e9], 'the namespace itself is new')
  const torn = open()
  torn.look({ tcp: [client] }, ['tcp'])
  t.strictSame(
    firstSeen(torn.look({ tcp: [client, other] })),
    [null],
    'it may have been beyond the cut',
  )
  const full = open({ socketsMax: 1 })
  t.equal(full.look({ tcp: [client, other] }).refused, 1)
  t.strictSame(firstSeen(full.look({ tcp: [other] })), [null], 'it was refused before')
})

t.test('what ends makes room, and what has none is counted', async (t) => {
  const { look, sockets } = open({ socketsMax: 2 })
  t.match(look({ tcp: [listener, client, accepted] }), { started: { length: 2 }, refused: 1 })
  t.match(look({ tcp: [listener, accepted] }), {
    started: ['2 inbound'],
    ended: ['3 outbound'],
    refused: 0,
  })
  t.equal(sockets.size, 2)
})

t.test('a row that comes twice is one socket', async (t) => {
  const { look } = open()
  t.strictSame(look({ tcp: [client, client] }).started, ['3 outbound'])
  t.match(look({ tcp: [client, client] }), { started: [], ended: [] })
})
