import { once } from 'node:events'
import { createServer } from 'node:net'
import t from 'tap'
import { readSocketInode } from '#agent/sources/procfs/links.ts'
import { readInternetSockets } from '#agent/sources/procfs/net-sockets.ts'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1BC6 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1BC7 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 67 1
garbage
`

t.test('sockets are told apart in the tables of the process', async (t) => {
  const root = t.testdir({ 7: { net: { tcp6: table } } })
  t.strictSame(readInternetSockets(root, 7, [67, 68]), new Set([67]))
  t.strictSame(readInternetSockets(root, 7, [67, 12345]), new Set([67, 12345]))
  t.equal(readInternetSockets(root, 8, [67]), undefined)
})

t.test('a real TCP socket is one, a local socket is none', async (t) => {
  const tcp = createServer().listen(0, '127.0.0.1')
  const local = createServer().listen(`\0mayfly-test-${process.pid}`)
  t.teardown(() => [tcp.close(), local.close()])
  await Promise.all([once(tcp, 'listening'), once(local, 'listening')])
  const inodes = [tcp, local].map((server) => {
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle
    return Number(readSocketInode('/proc', process.pid, fd))
  })
  t.strictSame(readInternetSockets('/proc', process.pid, inodes), new Set(inodes.slice(0, 1)))
})
