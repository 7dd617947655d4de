import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { readSocketInode } from '#agent/sources/procfs/links.ts'
import { readValue } from '#agent/sources/procfs/proc-file.ts'
import { SocketHolders, type SocketHoldersOptions } from '#agent/sources/procfs/socket-holders.ts'
import { readStat } from '#agent/sources/procfs/stat.ts'

const startNs = 50_000_000
const key = (pid: number) => ({ pid, startNs })
const stat = (pid: number): string =>
  `${pid} (made) S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n`

/** A process that holds these, from descriptor 0 on. */
const holder = (pid: number, links: readonly string[]) => ({
  stat: stat(pid),
  fd: Object.fromEntries(links.map((link, fd) => [fd, t.fixture('symlink', link)])),
})

const open = (root: string, options: Partial<SocketHoldersOptions> = {}) =>
  new SocketHolders({
    root,
    descriptorsPerProcessMax: 100,
    descriptorsPerSearchMax: 1000,
    ...options,
  })

t.test('the first process that holds a socket is its holder', async (t) => {
  const root = t.testdir({
    10: holder(10, ['/dev/null', 'pipe:[1]', 'socket:[7]']),
    20: holder(20, ['socket:[7]', 'socket:[8]', 'socket:[9]', 'anon_inode:[eventpoll]']),
  })
  const holders = open(root)
  t.strictSame(
    holders.find(new Set([7, 8, 1, 99]), [10, 20].map(key)),
    new Map([
      [7, key(10)],
      [8, key(20)],
    ]),
  )
  t.strictSame(holders.find(new Set([7]), [20, 10].map(key)), new Map([[7, key(20)]]))
  t.strictSame(holders.find(new Set(), [key(10)]), new Map())
  t.equal(holders.processesCut, 0)
})

t.test('processes that vanished, or whose pid is another’s, hold nothing', async (t) => {
  const root = t.testdir({
    10: { ...holder(10, ['socket:[7]']), stat: stat(10).replace(' 5 0 0', ' 6 0 0') },
    20: { fd: holder(20, ['socket:[7]']).fd },
    30: { ...holder(30, ['socket:[7]']), stat: 'garbage' },
    40: { stat: stat(40), fd: 'no directory' },
    60: holder(60, ['socket:[7]']),
  })
  const pids = [10, 20, 30, 40, 50, 60]
  t.strictSame(open(root).find(new Set([7]), pids.map(key)), new Map([[7, key(60)]]))
})

t.test('no more is read than the limits allow, and what was left out is counted', async (t) => {
  // The order of a directory of a test is not that of /proc, so each descriptor is worth the same.
  const links = ['socket:[1]', 'socket:[2]', 'socket:[3]', 'socket:[4]']
  const root = t.testdir({
    10: holder(10, links),
    20: holder(20, links),
    30: holder(30, links),
  })
  const wanted = new Set([1, 2, 3, 4, 5])
  const sizes = (options: Partial<SocketHoldersOptions>) => {
    const holders = open(root, options)
    const found = holders.find(wanted, [10, 20, 30].map(key))
    return [[...found.values()].filter(({ pid }) => pid === 10).length, holders.processesCut]
  }
  t.strictSame(sizes({}), [4, 0])
  t.strictSame(sizes({ descriptorsPerProcessMax: 4 }), [4, 0], 'exactly enough is not cut')
  t.strictSame(sizes({ descriptorsPerProcessMax: 3 }), [3, 3])
  t.strictSame(sizes({ descriptorsPerSearchMax: 5 }), [4, 2], 'the second in part, the third whole')
  t.strictSame(sizes({ descriptorsPerSearchMax: 4 }), [4, 2])
})

t.test('a search ends when all are found', async (t) => {
  const root = t.testdir({ 10: holder(10, ['socket:[1]']), 20: holder(20, ['socket:[2]']) })
  const holders = open(root, { descriptorsPerSearchMax: 1 })
  t.equal(holders.find(new Set([1]), [10, 20].map(key)).size, 1)
  t.equal(holders.processesCut, 0, 'what was not needed was not left out')
})

t.test('a real socket of this process is found', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle
  const inode = Number(readSocketInode('/proc', process.pid, fd))
  const own = { pid: process.pid, startNs: readValue(readStat('/proc', process.pid))?.startNs ?? 0 }
  const holders = open('/proc')
  t.strictSame(holders.find(new Set([inode]), [own]), new Map([[inode, own]]))
  t.equal(holders.find(new Set([inode]), [{ ...own, startNs: own.startNs + 10_000_000 }]).size, 0)
})
