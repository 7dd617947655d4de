import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { nodeDisk } from '#agent/spool/disk.ts'

t.test('a file grows by whole appends, is cut, read in part and removed', async (t) => {
  const path = join(t.testdir(), 'file')
  const file = nodeDisk.open(path, true)
  t.equal(file.append([Buffer.from('abc'), Buffer.from('def')]), 6)
  file.truncate(5)
  file.append([Buffer.from('X')])
  await nodeDisk.sync(path)
  file.close()
  t.equal(nodeDisk.read(path).toString(), 'abcdeX')
  const { head, bytes } = nodeDisk.readHead(path, 3)
  t.strictSame([head.toString(), bytes], ['abc', 6])
  t.equal(nodeDisk.readHead(path, 100).head.length, 6, 'no more than there is')
  nodeDisk.truncate(path, 2)
  t.equal(readFileSync(path, 'utf8'), 'ab')
  nodeDisk.remove(path)
  t.throws(() => nodeDisk.read(path), { code: 'ENOENT' })
})

t.test('a new file must not be there yet', async (t) => {
  const dir = t.testdir({ file: 'x' })
  t.throws(() => nodeDisk.open(join(dir, 'file'), true), { code: 'EEXIST' })
  t.throws(() => nodeDisk.open(join(dir, 'none', 'file'), false), { code: 'ENOENT' })
})

t.test('what is replaced is replaced whole', async (t) => {
  const dir = t.testdir({ file: 'old content' })
  const [path, aside] = [join(dir, 'file'), join(dir, 'aside')]
  writeFileSync(aside, 'left by a crash, and longer than what follows')
  t.equal(nodeDisk.replaceSynced(path, aside, [Buffer.from('new')]), 3)
  t.equal(readFileSync(path, 'utf8'), 'new')
  nodeDisk.replace(path, aside, 'newer')
  t.equal(readFileSync(path, 'utf8'), 'newer')
  t.strictSame(nodeDisk.list(dir), ['file'])
})
