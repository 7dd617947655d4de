import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { lockDirectory } from '#agent/spool/lock.ts'

t.test('the lock names its holder, and is free again when released', async (t) => {
  const dir = t.testdir()
  const release = lockDirectory(dir, 123)
  t.equal(readFileSync(join(dir, 'lock'), 'utf8'), '123\n')
  t.throws(() => lockDirectory(dir, 456), { code: 'locked', message: /pid 123/ })
  release()
  lockDirectory(dir, 456)()
})

t.test('a killed holder leaves no lock behind', async (t) => {
  const dir = t.testdir()
  const lock = fileURLToPath(new URL('../../../agent/spool/lock.ts', import.meta.url))
  const script = `import { lockDirectory } from ${JSON.stringify(lock)}
    lockDirectory(${JSON.stringify(dir)}, 1); console.log('locked'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  await once(child.stdout, 'data')
  t.throws(() => lockDirectory(dir, 2), { code: 'locked' })
  child.kill('SIGKILL')
  await once(child, 'exit')
  lockDirectory(dir, 2)()
})

t.test('a full disk takes no number, but the lock holds and can be released', async (t) => {
  const dir = t.testdir()
  // Whatever is written to /dev/full finds no room.
  symlinkSync('/dev/full', join(dir, 'lock'))
  const release = lockDirectory(dir, 1)
  release()
  lockDirectory(dir, 2)()
})

t.test('a directory that is not there is the caller’s affair', async (t) => {
  t.throws(() => lockDirectory(join(t.testdir(), 'none'), 1), { code: 'ENOENT' })
})
