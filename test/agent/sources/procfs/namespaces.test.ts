import fc from 'fast-check'
import t from 'tap'
import {
  namespaceNames,
  parseNamespaceLink,
  readNamespace,
  readNamespaces,
} from '#agent/sources/procfs/namespaces.ts'
import { readValue } from '#agent/sources/procfs/proc-file.ts'

t.test('the text of a link holds the inode', async (t) => {
  t.equal(parseNamespaceLink('mnt:[4026531841]'), 4026531841)
  for (const text of [
    '',
    'mnt:[]',
    'mnt:[x]',
    'mnt:[1',
    '/etc/passwd',
    'MNT:[1]',
    `mnt:[${'9'.repeat(30)}]`,
  ]) {
    t.equal(parseNamespaceLink(text), undefined, text)
  }
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary-ascii' }),
      (text) => parseNamespaceLink(text) === undefined,
    ),
  )
})

t.test('our own namespaces', async (t) => {
  const own = readValue(readNamespaces('/proc', process.pid))
  for (const name of namespaceNames) {
    t.equal(own?.[name], readNamespace('/proc', process.pid, name), name)
  }
  t.equal(readNamespaces('/proc', 2 ** 30), undefined)
})

t.test('namespaces this kernel does not have are zero', async (t) => {
  const root = t.testdir({ 7: { ns: { mnt: t.fixture('symlink', 'mnt:[5]') } } })
  t.strictSame(readNamespaces(root, 7), {
    mnt: 5,
    pid: 0,
    net: 0,
    user: 0,
    uts: 0,
    ipc: 0,
    cgroup: 0,
  })
})
