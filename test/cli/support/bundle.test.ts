import t from 'tap'
import { collect, partBytesMax } from '#cli/support/bundle.ts'
import { PartError } from '#cli/support/limited-get.ts'
import type { Content, Part } from '#cli/support/part.ts'
import { plainNames, pseudonyms } from '#cli/support/pseudonyms.ts'

const part = (file: string, read: () => Content): Part => ({
  file,
  from: 'here',
  read: async () => read(),
})
const json = (value: unknown): Content => ({ kind: 'json', value })
const options = { names: plainNames, secrets: ['swordfish'], about: { mayfly: '1' } }

t.test('what fails, and how, is an entry; the rest is there', async (t) => {
  const { files, results, secretsRemoved } = await collect(
    [
      part('a.json', () => json({ detail: 'token: swordfish', 'a swordfish': ['x'] })),
      part('b.json', () => {
        throw new PartError('status 403')
      }),
      part('c.json', () => {
        throw new TypeError('a fault of ours')
      }),
      part('d.txt', () => ({ kind: 'text', text: 'x'.repeat(partBytesMax + 1) })),
      part('e.txt', () => ({ kind: 'text', text: 'mayfly_x 1\n' })),
    ],
    options,
  )
  t.strictSame(
    files.map(({ path }) => path),
    ['about.json', 'a.json', 'e.txt'],
  )
  t.strictSame(JSON.parse(files[1]?.text ?? ''), {
    detail: 'token: [redacted]',
    'a [redacted]': ['x'],
  })
  t.equal(secretsRemoved, 2)
  const about = JSON.parse(files[0]?.text ?? '')
  t.match(about, { mayfly: '1', secretsRemoved: 2 })
  t.strictSame(about.parts.slice(1), [
    { file: 'b.json', missing: 'status 403' },
    { file: 'c.json', missing: 'unexpected: TypeError: a fault of ours' },
    { file: 'd.txt', missing: `longer than ${partBytesMax} bytes` },
    { file: 'e.txt', sizeBytes: 11 },
  ])
  t.equal(results.length, 5)
})

t.test(
  'a name of one part goes out of the sentences of another, before it or behind',
  async (t) => {
    const names = pseudonyms(Buffer.alloc(32))
    const { files } = await collect(
      [
        part('a.json', () => json('the disk of node-1 is full')),
        part('b.json', () => json({ node: names.of('node-1') })),
      ],
      { ...options, names },
    )
    for (const { text } of files) t.notMatch(text, 'node-1')
  },
)
