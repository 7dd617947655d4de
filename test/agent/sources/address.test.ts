import fc from 'fast-check'
import t from 'tap'
import { parseAddress } from '#agent/sources/address.ts'

const bytesOf = (groups: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(16)
  for (const [index, group] of groups.entries()) bytes.writeUInt16BE(group, index * 2)
  return bytes
}

/** RFC 5952, section 4, and the forms that only look alike. */
const cases: readonly (readonly [string, readonly number[], string])[] = [
  ['IPv4 that is mapped reads as IPv4', [0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0102], '10.0.1.2'],
  ['no address', [0, 0, 0, 0, 0, 0, 0, 0], '::'],
  ['loopback', [0, 0, 0, 0, 0, 0, 0, 1], '::1'],
  ['leading zeros go', [0x2001, 0xdb8, 0, 0, 0, 0, 2, 1], '2001:db8::2:1'],
  ['one zero group is not shortened', [0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
  ['the longer run is shortened', [0x2001, 0, 0, 1, 0, 0, 0, 1], '2001:0:0:1::1'],
  ['of equal runs the first', [0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
  ['a run at the end', [0xfe80, 0, 0, 0, 0, 0, 0, 0], 'fe80::'],
  ['IPv4-compatible is not IPv4', [0, 0, 0, 0, 0, 0, 0x0a00, 0x0102], '::a00:102'],
]

for (const [name, groups, text] of cases)
  t.test(name, async (t) => {
    t.equal(parseAddress(bytesOf(groups)), text)
  })

t.test('every IPv6 address reads as browsers write it (WHATWG URL, the same rules)', async () => {
  // Zeros are what the rules are about.
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      fc.pre(!(groups.slice(0, 5).every((one) => one === 0) && groups[5] === 0xffff))
      const written = groups.map((one) => one.toString(16)).join(':')
      return new URL(`http://[${written}]`).hostname === `[${parseAddress(bytesOf(groups))}]`
    }),
  )
})
