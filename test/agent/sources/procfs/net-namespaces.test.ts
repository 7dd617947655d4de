import { rmSync, symlinkSync } from 'node:fs'
import t from 'tap'
import { NetNamespaces, readNamespaceTables } from '#agent/sources/procfs/net-namespaces.ts'
import { netTableBytesMax } from '#agent/sources/procfs/net-table.ts'

const row = (inode: number): string =>
  `   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 ${inode} 1\n`

/** A process in a network namespace, with its own view of the tables: in a real /proc they would all be equal. */
const member = (netNamespace: number, net: Readonly<Record<string, string>> = {}) => ({
  ns: { net: t.fixture('symlink', `net:[${netNamespace}]`) },
  net,
})
const key = (pid: number) => ({ pid, startNs: pid * 10_000_000 })

t.test('processes come by namespace, lowest pid first', async (t) => {
  const root = t.testdir({
    20: member(5),
    10: member(5),
    30: member(6),
    40: { ns: { net: t.fixture('symlink', 'anything else') } },
    50: {},
  })
  const groups = new NetNamespaces(root).group([20, 10, 30, 40, 50, 60].map(key))
  t.strictSame(
    [...groups],
    [
      [5, [key(10), key(20)]],
      [6, [key(30)]],
    ],
  )
})

t.test('a link is read again only when its process is new, or when asked to', async (t) => {
  const root = t.testdir({ 10: member(5) })
  const namespaces = new NetNamespaces(root)
  const of = (startNs: number) => [...namespaces.group([{ pid: 10, startNs }]).keys()]
  const move = (netNamespace: number) => {
    rmSync(`${root}/10/ns/net`)
    symlinkSync(`net:[${netNamespace}]`, `${root}/10/ns/net`)
  }
  t.strictSame(of(1), [5])
  move(6)
  t.strictSame(of(1), [5], 'remembered')
  t.strictSame(of(2), [6], 'another process has the pid')
  move(7)
  namespaces.forget()
  t.strictSame(of(2), [7])
  t.strictSame([...namespaces.group([])], [], 'and it ended')
  move(8)
  t.strictSame(of(2), [8], 'what ended is not remembered')
})

const inodesOf = (root: string, pids: readonly number[], bytesMax = netTableBytesMax) =>
  readNamespaceTables(root, 5, pids.map(key), bytesMax)?.flatMap(({ rows }) =>
    rows.map(({ inode }) => inode),
  )

t.test('one process stands for its namespace, and another when it is gone', async (t) => {
  const root = t.testdir({
    10: member(6, { tcp: row(1) }),
    20: member(5, { tcp: row(2), tcp6: row(3), udp: row(4) }),
    30: member(5, { tcp: row(9) }),
  })
  t.strictSame(
    inodesOf(root, [9, 10, 20, 30]),
    [2, 3, 4],
    'neither one that is gone nor one that moved',
  )
  t.equal(inodesOf(root, [9, 10]), undefined)
  t.equal(inodesOf(root, [5, 6, 7, 8, 30]), undefined, 'not more than four are tried')
  t.equal(inodesOf(root, []), undefined)
})

t.test('a table that does not exist is complete, a damaged one is not', async (t) => {
  const net = { tcp: `${row(1)}nonsense\n`, udp: row(2), udp6: row(3).repeat(3) }
  const root = t.testdir({ 10: member(5, net) })
  t.match(readNamespaceTables(root, 5, [key(10)], row(3).length * 2), [
    { name: 'tcp', transport: 'tcp', complete: false, cut: false, malformed: 1 },
    { name: 'tcp6', transport: 'tcp', complete: true, rows: { length: 0 } },
    { name: 'udp', transport: 'udp', complete: true, rows: { length: 1 } },
    { name: 'udp6', transport: 'udp', complete: false, cut: true, rows: { length: 2 } },
  ])
})

t.test('the real tables of this namespace are complete', async (t) => {
  const groups = new NetNamespaces('/proc').group([{ pid: process.pid, startNs: 1 }])
  t.equal(groups.size, 1)
  for (const [netNamespace, members] of groups) {
    const looks = readNamespaceTables('/proc', netNamespace, members, netTableBytesMax)
    t.strictSame(
      looks?.map(({ complete }) => complete),
      [true, true, true, true],
    )
  }
})
