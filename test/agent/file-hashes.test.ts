import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import t from 'tap'
import { type FileHash, FileHashes, type FileHashesOptions, isFile } from '#agent/file-hashes.ts'
import { fileKeyOf } from '#agent/sources/procfs/links.ts'
import { systemClock } from '#base/clock.ts'

const keyOf = (path: string) => fileKeyOf(statSync(path, { bigint: true }))
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
const containerId = 'c'.repeat(64)

/** Results in order, and a way to wait for the next. */
const collect = (options: Partial<FileHashesOptions> = {}) => {
  const results: FileHash[] = []
  const waiting: ((result: FileHash) => void)[] = []
  let taken = 0
  const hashes = new FileHashes({
    procRoot: '/proc',
    clock: systemClock,
    rootsOf: () => [],
    hashed: (result) => {
      results.push(result)
      waiting.shift()?.(result)
    },
    retryDelayMs: 0,
    ...options,
  })
  const next = async (): Promise<FileHash> => {
    const result =
      results[taken] ?? (await new Promise<FileHash>((resolve) => waiting.push(resolve)))
    taken += 1
    return result
  }
  return { hashes, results, next }
}

const sleeper = async (
  t: Tap,
  program: string,
): Promise<ChildProcess & { readonly pid: number }> => {
  const child = spawn(program, ['60'], { stdio: 'ignore' })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  await once(child, 'spawn')
  return child as ChildProcess & { readonly pid: number }
}

/** How many of our file descriptors lead below a directory. */
const openIn = (dir: string): number =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(dir)
    } catch {
      return false
    }
  }).length

type Tap = { teardown: (end: () => void) => void }

t.test('a running executable is hashed once, however often it is seen', async (t) => {
  const dir = t.testdir()
  copyFileSync('/bin/sleep', `${dir}/prog`)
  const child = await sleeper(t, `${dir}/prog`)
  const { hashes, results, next } = collect()
  const seen = { pid: child.pid, containerId, file: keyOf(`${dir}/prog`), path: '/app/prog' }
  hashes.seen(seen)
  hashes.seen(seen)
  const sizeBytes = statSync(`${dir}/prog`).size
  const expected = {
    containerId,
    file: seen.file,
    path: seen.path,
    sizeBytes,
    sha256: sha256('/bin/sleep'),
    state: 'hashed',
  }
  t.strictSame(await next(), expected)
  hashes.seen(seen)
  await hashes.close()
  t.equal(results.length, 1)
  t.strictSame(hashes.counts, { hashed: 1, missed: 0, skipped: 0, readBytes: sizeBytes, queued: 0 })
})

t.test('a deleted executable is read through its process', async (t) => {
  const dir = t.testdir()
  copyFileSync('/bin/sleep', `${dir}/prog`)
  const child = await sleeper(t, `${dir}/prog`)
  rmSync(`${dir}/prog`)
  const { hashes, next } = collect()
  hashes.seen({ pid: child.pid, containerId, file: keyOf(`/proc/${child.pid}/exe`), path: '/gone' })
  t.equal((await next()).sha256, sha256('/bin/sleep'))
  await hashes.close()
})

t.test('an executable is held open when its process and its name are gone at once', async (t) => {
  const dir = t.testdir()
  copyFileSync('/bin/sleep', `${dir}/prog`)
  const child = await sleeper(t, `${dir}/prog`)
  const { hashes, next } = collect()
  rmSync(`${dir}/prog`)
  hashes.seen({ pid: child.pid, containerId, file: keyOf(`/proc/${child.pid}/exe`), path: '/gone' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal((await next()).sha256, sha256('/bin/sleep'))
  await hashes.close()
})

t.test("a dead process's executable is looked for in its container's roots", async (t) => {
  const dir = t.testdir({ empty: {}, root: { app: { prog: 'content' } } })
  const path = `${dir}/root/app/prog`
  const { hashes, next } = collect({
    rootsOf: (id) => (id === containerId ? [`${dir}/empty`, `${dir}/root`] : []),
  })
  hashes.seen({ pid: 2 ** 30, containerId, file: keyOf(path), path: '/app/prog' })
  t.equal((await next()).sha256, sha256(path))
  await hashes.close()
})

t.test('another file, and what is no file, is not hashed in its place', async (t) => {
  const dir = t.testdir({ root: { other: 'x', file: 'y' } })
  symlinkSync('/dev/zero', `${dir}/root/device`)
  mkdirSync(`${dir}/root/directory`)
  const { hashes, results } = collect({ rootsOf: () => [`${dir}/root`] })
  const file = keyOf(`${dir}/root/file`)
  // Our own pid: a live process with another executable, as after the reuse of a pid.
  hashes.seen({ pid: process.pid, containerId, file, path: '/other' })
  hashes.seen({
    pid: process.pid,
    containerId,
    file: { ...file, ctimeUs: file.ctimeUs + 1 },
    path: '/file',
  })
  hashes.seen({ pid: process.pid, containerId, file: keyOf('/dev/zero'), path: '/device' })
  hashes.seen({
    pid: process.pid,
    containerId,
    file: keyOf(`${dir}/root/directory`),
    path: '/directory',
  })
  hashes.seen({
    pid: process.pid,
    containerId,
    file: { device: 1, inode: 2, ctimeUs: 3 },
    path: 'memfd:x',
  })
  await hashes.close()
  t.strictSame(
    results.map(({ state, sha256 }) => `${state}${sha256}`),
    Array(5).fill('missed'),
  )
})

t.test('a missed file is told once, tried again, and told when it is found', async (t) => {
  const dir = t.testdir({ root: { prog: 'content' } })
  const roots: string[] = []
  const { hashes, results, next } = collect({ rootsOf: () => roots })
  const seen = { pid: 2 ** 30, containerId, file: keyOf(`${dir}/root/prog`), path: '/prog' }
  hashes.seen(seen)
  hashes.seen(seen)
  t.strictSame(
    results.map(({ state }) => state),
    ['missed'],
  )
  t.equal((await next()).state, 'missed')
  roots.push(`${dir}/root`)
  hashes.seen(seen)
  t.equal((await next()).state, 'hashed')
  t.match(hashes.counts, { missed: 2, hashed: 1 })
  await hashes.close()
})

t.test('a missed file rests before it is tried again', async (t) => {
  let nowMs = 0
  const { hashes } = collect({ clock: { monotonicMs: () => nowMs }, retryDelayMs: 50 })
  const seen = { pid: 2 ** 30, containerId, file: { device: 1, inode: 2, ctimeUs: 3 }, path: '/x' }
  for (nowMs of [0, 10, 49]) hashes.seen(seen)
  t.equal(hashes.counts.missed, 1)
  nowMs = 50
  hashes.seen(seen)
  t.equal(hashes.counts.missed, 2)
  await hashes.close()
})

t.test('what is too large, or too much at a time, is skipped and said so', async (t) => {
  const dir = t.testdir({ root: { large: 'x'.repeat(11), a: 'a', b: 'b' } })
  const { hashes, results, next } = collect({
    rootsOf: () => [`${dir}/root`],
    fileBytesMax: 10,
    queueFilesMax: 1,
  })
  const see = (name: string) =>
    hashes.seen({ pid: 2 ** 30, containerId, file: keyOf(`${dir}/root/${name}`), path: `/${name}` })
  see('large')
  t.match(results, [{ path: '/large', state: 'skipped', sizeBytes: 11, sha256: '' }])
  see('a')
  see('b')
  t.match(results[1], { path: '/b', state: 'skipped' })
  await next()
  await next()
  t.match(await next(), { path: '/a', state: 'hashed' })
  see('large')
  see('b')
  t.match(await next(), { path: '/b', state: 'hashed' }, 'room again: tried again')
  t.match(hashes.counts, { skipped: 2, hashed: 2 })
  await hashes.close()
})

t.test('a file that changes while it is read has no hash', async (t) => {
  const dir = t.testdir({ root: { grows: 'x'.repeat(600_000), shrinks: 'x'.repeat(600_000) } })
  const { hashes, next } = collect({ rootsOf: () => [`${dir}/root`] })
  for (const name of ['grows', 'shrinks']) {
    const path = `${dir}/root/${name}`
    hashes.seen({ pid: 2 ** 30, containerId, file: keyOf(path), path: `/${name}` })
    if (name === 'grows') appendFileSync(path, 'more')
    else truncateSync(path, 10)
  }
  t.match(await next(), { path: '/grows', state: 'missed', sha256: '' })
  t.match(await next(), { path: '/shrinks', state: 'missed', sha256: '' })
  await hashes.close()
})

t.test('reading waits for its budget', async (t) => {
  const dir = t.testdir({ root: {} })
  const path = `${dir}/root/prog`
  writeFileSync(path, Buffer.alloc(900_000, 7))
  // Each look at the clock is 100 ms later: the budget fills by itself, however fast this machine is.
  let nowMs = 0
  const clock = {
    monotonicMs: () => {
      nowMs += 100
      return nowMs
    },
  }
  // The agent's own pauses keep no program running.
  const alive = setInterval(() => {}, 1000)
  t.teardown(() => clearInterval(alive))
  const { hashes, next } = collect({
    clock,
    rootsOf: () => [`${dir}/root`],
    bytesPerSecond: 300_000,
  })
  hashes.seen({ pid: 2 ** 30, containerId, file: keyOf(path), path: '/prog' })
  t.equal((await next()).sha256, sha256(path))
  t.ok(nowMs >= 2000, '900 kB at 300 kB/s, one second saved up')
  await hashes.close()
})

t.test('closing stops a read that waits, and leaves no file open', async (t) => {
  const dir = t.testdir({ root: { a: 'x'.repeat(600_000), b: 'b' } })
  const { hashes, results } = collect({ rootsOf: () => [`${dir}/root`], bytesPerSecond: 1 })
  for (const name of ['a', 'b']) {
    hashes.seen({ pid: 2 ** 30, containerId, file: keyOf(`${dir}/root/${name}`), path: `/${name}` })
  }
  t.equal(hashes.counts.queued, 2)
  t.equal(openIn(dir), 2)
  await hashes.close()
  while (openIn(dir) > 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(hashes.counts.queued, 0)
  hashes.seen({ pid: process.pid, containerId, file: keyOf(process.execPath), path: '/x' })
  t.strictSame(results, [])
})

t.test('the device may differ, inode and change time may not', async (t) => {
  const stats = statSync('/proc/self/exe', { bigint: true })
  const file = fileKeyOf(stats)
  t.ok(isFile(stats, file))
  t.ok(isFile(stats, { ...file, device: 0 }), 'overlayfs and btrfs')
  t.notOk(isFile(stats, { ...file, inode: file.inode + 1 }))
  t.notOk(isFile(stats, { ...file, ctimeUs: file.ctimeUs - 1 }))
})
