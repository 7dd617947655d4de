import fc from 'fast-check'
import t from 'tap'
import { decodeArgv, escapeBytes } from '#agent/tracker/text.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')

t.test('argument areas', async (t) => {
  const rows = [
    { name: 'an empty area is an empty argv', area: '', argv: [] },
    { name: 'one lonely NUL is one empty argument', area: '\0', argv: [''] },
    { name: 'arguments are separated by NUL', area: 'sh\0-c\0ls\0', argv: ['sh', '-c', 'ls'] },
    {
      name: 'empty arguments in the middle and at the end stay',
      area: 'a\0\0b\0\0',
      argv: ['a', '', 'b', ''],
    },
    { name: 'a cut last argument stays', area: 'a\0lon', argv: ['a', 'lon'] },
    {
      name: 'newlines and escapes are ordinary text here',
      area: 'a\n\x1b[31m\0',
      argv: ['a\n\x1b[31m'],
    },
  ]
  for (const { name, area, argv } of rows)
    t.strictSame(decodeArgv(bytes(area)), { argv, escaped: false }, name)
})

t.test('bytes that are not UTF-8', async (t) => {
  t.strictSame(
    decodeArgv(bytes('ok\\\0\xff\xfe\0')),
    { argv: ['ok\\\\', '\\xff\\xfe'], escaped: true },
    'are escaped, and then backslashes are doubled everywhere',
  )
  t.equal(escapeBytes(bytes('\xc0\xaf')), '\\xc0\\xaf', 'overlong forms are not UTF-8')
  t.equal(escapeBytes(bytes('\xed\xa0\x80')), '\\xed\\xa0\\x80', 'surrogates are not UTF-8')
  t.equal(escapeBytes(bytes('\xe2\x82')), '\\xe2\\x82', 'a cut character is escaped byte by byte')
  t.equal(escapeBytes(Buffer.from('é€𝄞')), 'é€𝄞', 'valid characters of each length pass')
})

t.test('escaping loses nothing', async () => {
  const restore = (text: string): Buffer =>
    Buffer.concat(
      [...text.matchAll(/\\x([0-9a-f]{2})|\\\\|([^\\]+)/g)].map(([all, hex, plain]) =>
        hex !== undefined
          ? Buffer.from(hex, 'hex')
          : Buffer.from(plain ?? (all === '\\\\' ? '\\' : '')),
      ),
    )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (area) =>
      Buffer.from(area).equals(restore(escapeBytes(area))),
    ),
  )
})

t.test('valid text in, the same arguments out', async () => {
  const argument = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'))
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1 }), (argv) => {
      const area = Buffer.from(argv.map((one) => `${one}\0`).join(''))
      const decoded = decodeArgv(area)
      return !decoded.escaped && decoded.argv.join('\0') === argv.join('\0')
    }),
  )
})
