import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { archive, checkIsFree, writePrivate } from '#cli/support/archive.ts'
import { readArchive } from '#test/fixtures/read-archive.ts'

t.test('what goes in comes out, also by the tar of the system', async (t) => {
  const long = 'ä'.repeat(5_000_000)
  const content = await archive(
    [
      { path: 'about.json', text: '{}\n' },
      { path: 'a/empty.txt', text: '' },
      { path: 'a/long.txt', text: long },
    ],
    1_782_864_000_000,
  )
  const files = await readArchive(content)
  t.strictSame(Object.keys(files), ['about.json', 'a/empty.txt', 'a/long.txt'])
  t.ok(files['a/long.txt']?.text === long)
  t.match(files['about.json']?.header, { mode: 0o600, mtime: new Date(1_782_864_000_000) })
  const listed = execFileSync('tar', ['-tzf', '-'], { input: content, encoding: 'utf8' })
  t.equal(listed, 'about.json\na/empty.txt\na/long.txt\n')
})

t.test('a new file is for its owner only', async (t) => {
  const path = join(t.testdir(), 'x')
  writePrivate(path, Buffer.from('new'), false)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(readFileSync(path, 'utf8'), 'new')
})

t.test('what is there already is replaced only by force, and then by a new file', async (t) => {
  const directory = t.testdir({ target: 'of somebody' })
  const path = join(directory, 'x')
  writeFileSync(path, 'old', { mode: 0o644 })
  const error = { code: 'invalid', field: '--output', message: /is there already/ }
  t.throws(() => checkIsFree(path), error)
  t.throws(() => writePrivate(path, Buffer.from('new'), false), error)
  t.equal(readFileSync(path, 'utf8'), 'old')
  writePrivate(path, Buffer.from('new'), true)
  t.equal(statSync(path).mode & 0o777, 0o600)
  const link = join(directory, 'link')
  symlinkSync('target', link)
  t.throws(() => checkIsFree(link), error)
  writePrivate(link, Buffer.from('new'), true)
  t.equal(readFileSync(join(directory, 'target'), 'utf8'), 'of somebody', 'a link is not followed')
})

t.test('what cannot be written says so, and leaves nothing', async (t) => {
  const directory = t.testdir({ inner: {} })
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['no such directory', join(directory, 'none/x'), /ENOENT/],
    ['a directory', join(directory, 'inner'), /cannot be written/],
    ['a file system that takes none', '/proc/x', /cannot be written/],
  ]
  for (const [name, path, reason] of cases)
    t.throws(
      () => writePrivate(path, Buffer.from('x'), true),
      { code: 'invalid', message: reason },
      name,
    )
  t.strictSame(readdirSync(directory), ['inner'])
})
