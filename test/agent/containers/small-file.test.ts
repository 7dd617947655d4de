import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { readSmallFile } from '#agent/containers/small-file.ts'

t.test('what is no regular file is missing, and nobody waits for it', (t) => {
  const root = t.testdir({ directory: {} })
  execFileSync('mkfifo', [join(root, 'fifo')])
  for (const path of [
    join(root, 'nowhere'),
    join(root, 'directory'),
    join(root, 'fifo'),
    '/dev/zero',
    'a\u0000b',
  ])
    t.same(readSmallFile(path, 100), { kind: 'missing' }, JSON.stringify(path))
  t.end()
})

t.test('a file up to the limit is read, a larger one is not', (t) => {
  const root = t.testdir({ empty: '', fits: 'ä'.repeat(50), large: 'x'.repeat(101) })
  t.same(readSmallFile(join(root, 'empty'), 100), { kind: 'text', text: '' })
  t.same(readSmallFile(join(root, 'fits'), 100), { kind: 'text', text: 'ä'.repeat(50) })
  t.same(readSmallFile(join(root, 'large'), 100), { kind: 'too_large' })
  t.end()
})
