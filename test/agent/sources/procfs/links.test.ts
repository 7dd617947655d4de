import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  fileKeyOf,
  kernelDevice,
  parseExeLink,
  parseSocketLink,
  readCwd,
  readExe,
  readSocketInode,
} from '#agent/sources/procfs/links.ts'

t.test('device numbers of stat become those of the kernel', async (t) => {
  const rows: readonly (readonly [string, bigint, number])[] = [
    ['none', 0n, 0],
    ['8:1, a disk', 0x801n, (8 << 20) | 1],
    ['254:0, a virtual disk', 0xfe00n, 254 * 2 ** 20],
    ['0:300, an anonymous device', 0x10002cn, 300],
    ['259:70000, large numbers', 0x11110370n, 259 * 2 ** 20 + 70_000],
    ['4095:1048575, the largest', 0xffffffffn, 2 ** 32 - 1],
  ]
  for (const [name, device, expected] of rows) t.equal(kernelDevice(device), expected, name)
  // gnu_dev_makedev of glibc, for what a kernel can have.
  const makeDevice = (major: bigint, minor: bigint) =>
    ((major & 0xfffff000n) << 32n) |
    ((major & 0xfffn) << 8n) |
    ((minor & 0xffffff00n) << 12n) |
    (minor & 0xffn)
  fc.assert(
    fc.property(
      fc.nat(4095),
      fc.nat(2 ** 20 - 1),
      (major, minor) =>
        kernelDevice(makeDevice(BigInt(major), BigInt(minor))) === major * 2 ** 20 + minor,
    ),
  )
})

t.test('a file key has microseconds, truncated', async (t) => {
  t.strictSame(fileKeyOf({ dev: 0x801n, ino: 7n, ctimeNs: 1_755_000_000_123_456_999n }), {
    device: (8 << 20) | 1,
    inode: 7,
    ctimeUs: 1_755_000_000_123_456,
  })
})

t.test('the mark of a deleted file counts only without links', async (t) => {
  t.strictSame(parseExeLink('/x (deleted)', 0), { path: '/x', origin: 'unknown' })
  t.strictSame(parseExeLink('/x (deleted)', 1), { path: '/x (deleted)', origin: 'unknown' })
  t.strictSame(parseExeLink('/x (deleted)', undefined), { path: '/x (deleted)', origin: 'unknown' })
  t.strictSame(parseExeLink('/memfd:a b (deleted)', 0), { path: '/memfd:a b', origin: 'memfd' })
  t.strictSame(
    parseExeLink('/memfd:x', 1),
    { path: '/memfd:x', origin: 'unknown' },
    'a directory may be called so',
  )
})

t.test('only sockets have a socket inode', async (t) => {
  t.equal(parseSocketLink('socket:[123]'), 123)
  for (const text of ['pipe:[123]', 'socket:[]', '/socket:[1]', '/dev/null'])
    t.equal(parseSocketLink(text), undefined, text)
})

t.test('a real executable, and the same when its file is gone', async (t) => {
  const dir = t.testdir()
  const path = `${dir}/prog (deleted)`
  copyFileSync('/bin/sleep', path)
  const child = spawn(path, ['60'], { stdio: 'ignore', cwd: dir })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  const stats = statSync(path, { bigint: true })
  t.strictSame(readExe('/proc', pid), {
    path,
    origin: 'unknown',
    file: fileKeyOf(stats),
    mode: Number(stats.mode),
  })
  t.equal(readCwd('/proc', pid), dir)
  rmSync(path)
  t.match(readExe('/proc', pid), { path, file: { inode: Number(stats.ino) } })
  t.equal(readExe('/proc', 2 ** 30), undefined)
})

t.test('our own listening socket', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const descriptor = (server as unknown as { _handle: { fd: number } })._handle.fd
  t.type(readSocketInode('/proc', process.pid, descriptor), 'number')
  t.equal(readSocketInode('/proc', process.pid, 99_999), undefined)
})
