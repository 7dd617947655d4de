import fc from 'fast-check'
import t from 'tap'
import { decimalEscape, readName } from '#agent/dns/name.ts'
import { type Label, labels, labelsOf, name, pointer, u16 } from './wire.ts'

/** Where names begin in a message: bytes from here on, after a header of zeros. */
const start = 12
const at = (...parts: readonly Buffer[]): Buffer => Buffer.concat([Buffer.alloc(start), ...parts])

/** `count` pointers, each to the one before, behind a name `x`. */
const pointerChain = (count: number): Buffer => {
  const first = name('x')
  const offsets = Array.from({ length: count }, (_, index) =>
    index === 0 ? start : start + first.length + 2 * (index - 1),
  )
  return at(first, ...offsets.map(pointer))
}

/** Labels of 63 bytes thrice, and one more: with length bytes and the root's, 192 + 1 + size + 1. */
const long = (size: number): Buffer =>
  name(...Array.from({ length: 3 }, () => 'a'.repeat(63)), 'b'.repeat(size))

const invalid: readonly (readonly [string, Buffer, number])[] = [
  ['nothing', at(), start],
  ['an offset beyond the end', at(name('x')), 400],
  ['a label without its root', at(labels('web')), start],
  ['a label that is longer than the message', at(Buffer.from([5, 0x61, 0x62])), start],
  ['a label of 64 bytes', at(name('a'.repeat(64))), start],
  ['the extended label type 01 (RFC 2673)', at(Buffer.from([0x41, 1, 1, 0])), start],
  ['the label type 10, which was never given out', at(Buffer.from([0x80, 0, 0])), start],
  ['a name of 256 bytes', at(long(62)), start],
  [
    'a name whose pointer makes it longer than 255 bytes',
    at(long(61), labels('c'), pointer(start)),
    start + long(61).length,
  ],
  ['half a pointer', at(Buffer.from([0xc0])), start],
  ['a pointer to itself', at(pointer(start)), start],
  ['a pointer to the label before it', at(labels('x'), pointer(start)), start],
  ['two pointers at each other', at(pointer(start + 2), pointer(start)), start + 2],
  ['a pointer forwards', at(pointer(start + 2), name('x')), start],
  ['a pointer beyond the end', at(name('x'), pointer(0x3fff)), start + 3],
  ['a pointer into the header', at(name('x'), pointer(0)), start + 3],
  ['a pointer to the last byte of the header', at(name('x'), pointer(11)), start + 3],
  [
    'a loop through the name that was pointed at',
    at(labels('x'), pointer(start), pointer(start)),
    start + 4,
  ],
  [
    'a pointer backwards to one that leads forwards',
    at(pointer(start + 2), name('x'), pointer(start)),
    start + 5,
  ],
  ['128 pointers', pointerChain(128), start + 3 + 2 * 127],
]
for (const [what, bytes, from] of invalid)
  t.test(`no name: ${what}`, async (t) => {
    t.equal(readName(bytes, from), undefined)
  })

const valid: readonly (readonly [string, Buffer, number, string, number])[] = [
  ['the root', at(name()), start, '.', start + 1],
  ['case as it was sent', at(name('wWw', 'Example')), start, 'wWw.Example', start + 13],
  ['what host names use', at(name('_sip', 'a-1')), start, '_sip.a-1', start + 10],
  ['a label of 63 bytes', at(name('a'.repeat(63))), start, 'a'.repeat(63), start + 65],
  [
    'a name of 255 bytes',
    at(long(61)),
    start,
    `${`${'a'.repeat(63)}.`.repeat(3)}${'b'.repeat(61)}`,
    start + 255,
  ],
  ['127 labels', at(name(...'a'.repeat(127))), start, Array(127).fill('a').join('.'), start + 255],
  ['a dot within a label', at(name('a.b', 'c')), start, 'a\\.b.c', start + 7],
  ['a label that is a dot', at(name('.')), start, '\\.', start + 3],
  ['a backslash', at(name('a\\046b')), start, 'a\\\\046b', start + 8],
  ['a terminal escape', at(name('\x1b[31m\x9b2J', 'x')), start, '\\027[31m\\1552J.x', start + 12],
  [
    'a space, a NUL, a newline, a delete',
    at(name(' \0\n\x7f')),
    start,
    '\\032\\000\\010\\127',
    start + 6,
  ],
  ['UTF-8 is bytes', at(name(Buffer.from('ü'))), start, '\\195\\188', start + 4],
  ['a pointer to the whole', at(name('x'), pointer(start)), start + 3, 'x', start + 5],
  [
    'a pointer to the end of a name',
    at(name('www', 'x'), labels('y'), pointer(start + 4)),
    start + 7,
    'y.x',
    start + 11,
  ],
  [
    'a pointer to a pointer',
    at(name('x'), labels('y'), pointer(start), labels('z'), pointer(start + 3)),
    start + 7,
    'z.y.x',
    start + 11,
  ],
  ['a pointer to the root', at(name(), labels('y'), pointer(start)), start + 1, 'y', start + 5],
  ['127 pointers', pointerChain(127), start + 3 + 2 * 126, 'x', start + 3 + 2 * 127],
]
for (const [what, bytes, from, text, end] of valid)
  t.test(`a name: ${what}`, async (t) => {
    t.strictSame(readName(bytes, from), { text, end })
  })

t.test('all 255 bytes of a name may need escaping', async (t) => {
  const wild = Array.from({ length: 4 }, (_, index) =>
    new Uint8Array(index < 3 ? 63 : 61).fill(255),
  )
  t.equal(readName(at(name(...wild)), start)?.text.length, 4 * 250 + 3)
})

t.test('a view of a larger memory is read within its bounds', async (t) => {
  const bytes = at(name('web'))
  t.equal(readName(bytes.subarray(0, bytes.length - 1), start), undefined)
  t.equal(readName(new Uint8Array(bytes), start)?.text, 'web')
})

const someLabel: fc.Arbitrary<Label> = fc.uint8Array({ minLength: 1, maxLength: 20 })

t.test('whatever its bytes, a name is printable and can be read back', async () => {
  fc.assert(
    fc.property(fc.array(someLabel, { maxLength: 12 }), (texts) => {
      const text = readName(at(name(...texts)), start)?.text ?? ''
      const hex = texts.map((one) => Buffer.from(one as Uint8Array).toString('hex'))
      return /^[!-~]+$/.test(text) && labelsOf(text).join() === hex.join()
    }),
  )
})

t.test('whatever the bytes, reading ends, within them and within 255 bytes', async () => {
  // Few values, so that pointers often lead somewhere.
  const byte = fc.oneof(fc.constantFrom(0, 1, 2, 12, 13, 14, 0xc0), fc.nat(255))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), fc.nat(320), (values, from) => {
      const found = readName(Uint8Array.from(values), from)
      if (found === undefined) return true
      const sizeBytes = labelsOf(found.text).reduce((sum, hex) => sum + hex.length / 2 + 1, 1)
      return found.end > from && found.end <= values.length && sizeBytes <= 255
    }),
    { numRuns: 2000 },
  )
})

t.test('a byte is three decimal digits', async (t) => {
  t.strictSame([0, 9, 46, 255].map(decimalEscape), ['\\000', '\\009', '\\046', '\\255'])
})

t.test('a pointer has 14 bits', async (t) => {
  const far = 0x3000
  const bytes = Buffer.concat([Buffer.alloc(far), name('x'), u16(0xc000 | far)])
  t.strictSame(readName(bytes, far + 3), { text: 'x', end: far + 5 })
})
