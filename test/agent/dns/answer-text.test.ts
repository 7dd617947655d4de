import fc from 'fast-check'
import t from 'tap'
import { answerText } from '#agent/dns/answer-text.ts'
import { dotted, labels, name, pointer, u16 } from './wire.ts'

/** Every answer here lies behind a header of zeros and the name `host.example`, which others may point at. */
const before = Buffer.concat([Buffer.alloc(12), dotted('host.example')])

const read = (type: string, data: Buffer, isInternet = true) =>
  answerText(Buffer.concat([before, data, Buffer.from('rest')]), {
    type,
    isInternet,
    from: before.length,
    to: before.length + data.length,
  })

const numbers = (...values: readonly number[]): Buffer => Buffer.from(values)
const strings = (...texts: readonly (string | Buffer)[]): Buffer => labels(...texts)

/** What says nothing in the form of its type: shown by type and size, and no address. */
const formless: readonly (readonly [string, string, Buffer])[] = [
  ['an A without data', 'A', numbers()],
  ['an A of three bytes', 'A', numbers(192, 0, 2)],
  ['an A of sixteen bytes', 'A', Buffer.alloc(16)],
  ['an AAAA of four bytes', 'AAAA', numbers(192, 0, 2, 1)],
  ['an AAAA of fifteen bytes', 'AAAA', Buffer.alloc(15)],
  ['an AAAA of seventeen bytes', 'AAAA', Buffer.alloc(17)],
  ['a CNAME without data', 'CNAME', numbers()],
  ['a CNAME that goes on behind its name', 'CNAME', Buffer.concat([dotted('x'), numbers(0)])],
  ['a CNAME that ends within its name', 'CNAME', labels('x')],
  ['a CNAME whose name leaves the answer', 'CNAME', numbers(4)],
  ['a CNAME that points at itself', 'CNAME', pointer(before.length)],
  ['an MX without a name', 'MX', u16(10)],
  ['an MX with half a number', 'MX', numbers(1)],
  ['an SRV of two numbers', 'SRV', Buffer.concat([u16(0, 5), dotted('xy')])],
  ['an SRV of numbers alone', 'SRV', u16(0, 5, 5060)],
  ['a TXT without a string', 'TXT', numbers()],
  ['a TXT whose string is longer than it', 'TXT', numbers(3, 0x61, 0x62)],
  ['a TXT whose second string is longer than it', 'TXT', numbers(1, 0x61, 4, 0x62)],
  ['a type without a common name', 'TYPE65', numbers(0, 1, 0)],
  ['a type that is not shown', 'SOA', Buffer.alloc(40)],
  ['a name of an object’s own', 'constructor', numbers(1)],
]
for (const [what, type, data] of formless)
  t.test(`type and size: ${what}`, async (t) => {
    t.strictSame(read(type, data), { text: `${type} ${data.length} bytes`, isAddress: false })
  })

for (const [type, data] of [
  ['A', numbers(192, 0, 2, 7)],
  ['AAAA', Buffer.alloc(16)],
] as const)
  t.test(`an ${type} of another class than the Internet’s is no address`, async (t) => {
    t.strictSame(read(type, data, false), {
      text: `${type} ${data.length} bytes`,
      isAddress: false,
    })
  })

const addresses: readonly (readonly [string, string, Buffer, string])[] = [
  ['IPv4', 'A', numbers(192, 0, 2, 7), '192.0.2.7'],
  ['IPv4 of zeros', 'A', numbers(0, 0, 0, 0), '0.0.0.0'],
  ['IPv4 of ones', 'A', numbers(255, 255, 255, 255), '255.255.255.255'],
  ['no address', 'AAAA', u16(0, 0, 0, 0, 0, 0, 0, 0), '::'],
  ['loopback', 'AAAA', u16(0, 0, 0, 0, 0, 0, 0, 1), '::1'],
  [
    'lower case, no leading zeros',
    'AAAA',
    u16(0x2001, 0xdb8, 0xab, 1, 2, 3, 4, 0xf),
    '2001:db8:ab:1:2:3:4:f',
  ],
  [
    'one zero group is not shortened',
    'AAAA',
    u16(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1),
    '2001:db8:0:1:1:1:1:1',
  ],
  ['the longer run is shortened', 'AAAA', u16(0x2001, 0, 0, 1, 0, 0, 0, 1), '2001:0:0:1::1'],
  ['of equal runs the first', 'AAAA', u16(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), '2001:db8::1:0:0:1'],
  ['a run at the end', 'AAAA', u16(0xfe80, 0, 0, 0, 0, 0, 0, 0), 'fe80::'],
  [
    'IPv4 that is mapped, as connections have it',
    'AAAA',
    u16(0, 0, 0, 0, 0, 0xffff, 0xc000, 0x0207),
    '192.0.2.7',
  ],
]
for (const [what, type, data, text] of addresses)
  t.test(`address: ${what}`, async (t) => {
    t.strictSame(read(type, data), { text, isAddress: true })
  })

const x = (count: number): string => 'x'.repeat(count)

const texts: readonly (readonly [string, string, Buffer, string])[] = [
  ['an alias', 'CNAME', dotted('Target.example'), 'CNAME Target.example'],
  ['an alias that points at the question', 'CNAME', pointer(12), 'CNAME host.example'],
  [
    'an alias that ends elsewhere',
    'CNAME',
    Buffer.concat([labels('a'), pointer(17)]),
    'CNAME a.example',
  ],
  ['a server of the root', 'NS', name(), 'NS .'],
  ['a host’s name', 'PTR', dotted('host.example'), 'PTR host.example'],
  ['terminal escapes in a name', 'PTR', name('\x1b[2J'), 'PTR \\027[2J'],
  ['spaces and quotes in a name', 'PTR', name('a b"'), 'PTR a\\032b"'],
  ['mail', 'MX', Buffer.concat([u16(10), dotted('mail.example')]), 'MX 10 mail.example'],
  ['no mail (RFC 7505)', 'MX', Buffer.concat([u16(0), name()]), 'MX 0 .'],
  ['numbers without sign', 'MX', Buffer.concat([u16(0xffff), dotted('x')]), 'MX 65535 x'],
  [
    'a service',
    'SRV',
    Buffer.concat([u16(0, 5, 5060), dotted('pbx.example')]),
    'SRV 0 5 5060 pbx.example',
  ],
  [
    'a service that points',
    'SRV',
    Buffer.concat([u16(1, 2, 3), pointer(12)]),
    'SRV 1 2 3 host.example',
  ],
  ['one string', 'TXT', strings('v=spf1 -all'), 'TXT "v=spf1 -all"'],
  ['an empty string', 'TXT', strings(''), 'TXT ""'],
  ['several strings', 'TXT', strings('a', '', 'b'), 'TXT "a" "" "b"'],
  ['quotes and backslashes', 'TXT', strings('say "hi\\"'), 'TXT "say \\"hi\\\\\\""'],
  [
    'bytes that are not printable',
    'TXT',
    strings('\x1b]0;x\x07\n\x7f\xff'),
    'TXT "\\027]0;x\\007\\010\\127\\255"',
  ],
  // A length byte and its string count: 256 + 256 are just the limit.
  ['strings just within the limit', 'TXT', strings(x(255), x(255)), `TXT "${x(255)}" "${x(255)}"`],
  [
    'a string beyond the limit',
    'TXT',
    strings(x(255), x(255), x(1)),
    `TXT "${x(255)}" "${x(255)}" …`,
  ],
  [
    'a string across the limit',
    'TXT',
    strings(x(255), x(200), x(100)),
    `TXT "${x(255)}" "${x(200)}" "${x(54)}"…`,
  ],
  [
    'a string whose length byte is the last within',
    'TXT',
    strings(x(255), x(254), x(9)),
    `TXT "${x(255)}" "${x(254)}" …`,
  ],
]
for (const [what, type, data, text] of texts)
  t.test(`text: ${what}`, async (t) => {
    t.strictSame(read(type, data), { text, isAddress: false })
  })

t.test('an answer of nothing but empty strings is bounded too', async (t) => {
  const { text } = read('TXT', Buffer.alloc(60_000))
  t.equal(text, `TXT${' ""'.repeat(511)} …`)
})

t.test('an address is read from where its view lies in a larger memory', async (t) => {
  const memory = Buffer.concat([Buffer.alloc(5, 0xee), u16(0xfe80, 0, 0, 0, 0, 0, 0, 9)])
  const data = { type: 'AAAA', isInternet: true, from: 0, to: 16 }
  t.equal(answerText(memory.subarray(5), data).text, 'fe80::9')
})

t.test(
  'whatever the data, the text is one line of printable ASCII, but for the mark of a cut',
  async () => {
    const type = fc.constantFrom(
      'A',
      'AAAA',
      'CNAME',
      'NS',
      'PTR',
      'MX',
      'SRV',
      'TXT',
      'SOA',
      'TYPE65',
    )
    const byte = fc.oneof(fc.constantFrom(0, 1, 2, 12, 0xc0), fc.nat(255))
    fc.assert(
      fc.property(type, fc.array(byte, { maxLength: 700 }), (type, values) => {
        const { text, isAddress } = read(type, Buffer.from(values))
        return /^[ -~]+…?$/.test(text) && isAddress === /^[0-9a-f:.]+$/.test(text)
      }),
      { numRuns: 1000 },
    )
  },
)
