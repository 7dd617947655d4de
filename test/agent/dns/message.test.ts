import fc from 'fast-check'
import t from 'tap'
import { answersMax, type DnsMessage, parseDnsMessage } from '#agent/dns/message.ts'
import { realMessages } from './real-messages.ts'
import {
  Compressor,
  dotted,
  flags,
  labels,
  labelsOf,
  message,
  name,
  pointer,
  question,
  types,
  u16,
  type WireAnswer,
} from './wire.ts'

const texts = (parsed: DnsMessage | undefined): readonly string[] | undefined =>
  parsed?.answers.map(({ name, type, ttlSeconds, text }) => `${name} ${type} ${ttlSeconds} ${text}`)

const questionName = pointer(12)
const address = (last: number): WireAnswer => ({
  name: questionName,
  type: types.a,
  data: Buffer.from([192, 0, 2, last]),
})

const unreadable: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['a header that is cut', message({}).subarray(0, 11)],
  ['a header alone', message({ questions: [] })],
  ['a header that promises a question', message({ questions: [], questionCount: 1 })],
  ['no question before the answers', message({ questions: [], answers: [address(1)] })],
  [
    'answers alone, by a name of their own',
    message({ questions: [], answers: [{ ...address(1), name: dotted('web.example') }] }),
  ],
  ['a question without its class', message({}).subarray(0, -1)],
  ['a question that points at itself', message({ questions: [question(pointer(12))] })],
  ['a question that points at the header', message({ questions: [question(pointer(0))] })],
  ['a question with a label of 64 bytes', message({ questions: [question(name('a'.repeat(64)))] })],
  ['an inverse query', message({ flags: 1 << 11 })],
  ['a server status', message({ flags: 2 << 11 })],
  ['a notification of a zone', message({ flags: flags.reply | (4 << 11) })],
  ['a dynamic update', message({ flags: 5 << 11 })],
  ['the last opcode', message({ flags: flags.opcode })],
]
for (const [what, bytes] of unreadable)
  t.test(`no message: ${what}`, async (t) => {
    t.equal(parseDnsMessage(bytes), undefined)
  })

/** A first answer that is right, then something that is not. */
const broken: readonly (readonly [string, Parameters<typeof message>[0]])[] = [
  ['65,535 answers', { answers: [address(1)], answerCount: 0xffff }],
  ['one answer more than there is', { answers: [address(1)], answerCount: 2 }],
  ['data beyond the end', { answers: [address(1), { ...address(2), dataBytes: 5 }] }],
  ['data of 65,535 bytes', { answers: [address(1), { ...address(2), dataBytes: 0xffff }] }],
  ['a name in a loop', { answers: [address(1), { ...address(2), name: pointer(28 + 1 + 16) }] }],
  [
    'a name that points forwards',
    { answers: [address(1), { ...address(2), name: pointer(0x3fff) }] },
  ],
  [
    'half an answer',
    { answers: [address(1)], answerCount: 2, tail: Buffer.concat([questionName, u16(1, 1)]) },
  ],
]
for (const [what, wire] of broken)
  t.test(`what was readable is kept, and called truncated: ${what}`, async (t) => {
    const parsed = parseDnsMessage(message({ flags: flags.reply, ...wire }))
    t.strictSame(texts(parsed), ['web.example A 60 192.0.2.1'])
    t.equal(parsed?.truncated, true)
  })

const questions: readonly (readonly [string, Parameters<typeof message>[0], boolean])[] = [
  ['65,535 questions', { questionCount: 0xffff }, true],
  [
    'a second question in a loop',
    { questions: [question(dotted('web.example')), question(pointer(29))] },
    true,
  ],
  ['a second question that is cut', { questions: [question(dotted('web.example')), u16(0)] }, true],
  ['two questions', { questions: [question(dotted('web.example')), question(dotted('x'))] }, false],
  [
    'two questions, one name',
    { questions: [question(dotted('web.example')), question(pointer(12), 28)] },
    false,
  ],
]
for (const [what, wire, truncated] of questions)
  t.test(`the first question counts: ${what}`, async (t) => {
    const parsed = parseDnsMessage(message({ flags: flags.reply, answers: [address(1)], ...wire }))
    t.strictSame(parsed?.question, { name: 'web.example', type: 'A' })
    t.equal(parsed?.truncated, truncated)
    t.equal(parsed?.answers.length, truncated ? 0 : 1)
  })

t.test('the header says what it is', async (t) => {
  const of = (bits: number) => parseDnsMessage(message({ id: 0xfffe, flags: bits }))
  t.match(of(0), { id: 0xfffe, isReply: false, truncated: false, rcode: 'NOERROR', answers: [] })
  t.match(of(flags.reply), { isReply: true, truncated: false })
  t.match(of(flags.reply | flags.truncated), { truncated: true })
  // AA, RD, RA, Z, AD, CD.
  t.match(of(0x05f0), { isReply: false, truncated: false, rcode: 'NOERROR' })
})

t.test('every rcode has a text', async (t) => {
  const rcodes = Array.from(
    { length: 16 },
    (_, rcode) => parseDnsMessage(message({ flags: rcode }))?.rcode,
  )
  t.strictSame(rcodes, [
    'NOERROR',
    'FORMERR',
    'SERVFAIL',
    'NXDOMAIN',
    'NOTIMP',
    'REFUSED',
    'YXDOMAIN',
    'YXRRSET',
    'NXRRSET',
    'NOTAUTH',
    'NOTZONE',
    'RCODE11',
    'RCODE12',
    'RCODE13',
    'RCODE14',
    'RCODE15',
  ])
})

const typeTexts: readonly (readonly [number, string])[] = [
  [0, 'TYPE0'],
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [65, 'TYPE65'],
  [255, 'ANY'],
  [257, 'CAA'],
  [0xffff, 'TYPE65535'],
]
for (const [type, text] of typeTexts)
  t.test(`type ${type} is ${text}`, async (t) => {
    t.equal(
      parseDnsMessage(message({ questions: [question(dotted('x'), type)] }))?.question.type,
      text,
    )
  })

t.test('a TTL is 31 bits, without its sign', async (t) => {
  const ttls = [0, 1, 0x12345, 0x7fffffff, 0x80000000, 0xffffffff]
  const answers = ttls.map((ttlSeconds) => ({ ...address(1), ttlSeconds }))
  t.strictSame(
    parseDnsMessage(message({ answers }))?.answers.map(({ ttlSeconds }) => ttlSeconds),
    [0, 1, 0x12345, 0x7fffffff, 0, 0],
  )
})

t.test('data that its type does not allow hides no other answer', async (t) => {
  const answers = [
    { ...address(1), data: Buffer.from([1, 2, 3]) },
    { ...address(1), type: types.cname, data: pointer(0x3fff) },
    { ...address(1), dnsClass: 3 },
    address(4),
  ]
  const parsed = parseDnsMessage(message({ answers }))
  t.strictSame(
    parsed?.answers.map(({ text, isAddress }) => [text, isAddress]),
    [
      ['A 3 bytes', false],
      ['CNAME 2 bytes', false],
      ['A 4 bytes', false],
      ['192.0.2.4', true],
    ],
  )
  t.equal(parsed?.truncated, false)
})

t.test('EDNS among the answers is no answer', async (t) => {
  const opt = { name: name(), type: types.opt, dnsClass: 4096, data: Buffer.from([0, 10, 0, 0]) }
  const parsed = parseDnsMessage(message({ answers: [address(1), opt, address(2)] }))
  t.strictSame(texts(parsed), ['web.example A 60 192.0.2.1', 'web.example A 60 192.0.2.2'])
  t.equal(parsed?.truncated, false)
})

t.test('only so many answers are kept', async (t) => {
  const many = (count: number) =>
    parseDnsMessage(message({ answers: Array.from({ length: count }, (_, last) => address(last)) }))
  t.match(many(answersMax), { truncated: false, answers: { length: answersMax } })
  const more = many(answersMax + 1)
  t.match(more, { truncated: true, answers: { length: answersMax } })
  t.equal(more?.answers.at(-1)?.text, `192.0.2.${answersMax - 1}`)
})

t.test('what lies behind the answers may be cut', async (t) => {
  const wire = message({ answers: [address(1)], tail: Buffer.from([0xc0]) })
  t.match(parseDnsMessage(wire), { truncated: false, answers: { length: 1 } })
})

const real = (bytes: Buffer): readonly unknown[] => {
  const parsed = parseDnsMessage(bytes)
  return [
    parsed?.question.name,
    parsed?.question.type,
    parsed?.rcode,
    parsed?.truncated,
    ...(texts(parsed) ?? []),
  ]
}
const address7 = 'web.example A 300 192.0.2.7'
const address8 = 'web.example A 60 192.0.2.8'
const x = 'x'.repeat(250)
const dnsmasq: readonly (readonly [keyof typeof realMessages, readonly unknown[]])[] = [
  ['addressQuery', ['web.example', 'A', 'NOERROR', false]],
  ['addressReply', ['web.example', 'A', 'NOERROR', false, address7, address8]],
  ['plainQuery', ['web.example', 'A', 'NOERROR', false]],
  ['plainReply', ['web.example', 'A', 'NOERROR', false, address8, address7]],
  ['mixedCaseQuery', ['wEb.eXAmple', 'A', 'NOERROR', false]],
  ['ipv6Reply', ['web.example', 'AAAA', 'NOERROR', false, 'web.example AAAA 300 2001:db8::7']],
  [
    'chainReply',
    [
      'www.example',
      'A',
      'NOERROR',
      false,
      'www.example CNAME 0 CNAME lb.example',
      'lb.example CNAME 20 CNAME web.example',
      address8,
      address7,
    ],
  ],
  ['mailReply', ['example', 'MX', 'NOERROR', false, 'example MX 0 MX 10 mail.example']],
  [
    'serviceReply',
    [
      '_sip._udp.example',
      'SRV',
      'NOERROR',
      false,
      '_sip._udp.example SRV 0 SRV 0 5 5060 pbx.example',
    ],
  ],
  [
    'textReply',
    ['example', 'TXT', 'NOERROR', false, 'example TXT 0 TXT "v=spf1 -all" "say \\"hi\\""'],
  ],
  [
    'longTextReply',
    [
      'long.example',
      'TXT',
      'NOERROR',
      false,
      `long.example TXT 0 TXT "${x}" "${x}" "${'x'.repeat(9)}"…`,
    ],
  ],
  [
    'pointerReply',
    [
      '7.2.0.192.in-addr.arpa',
      'PTR',
      'NOERROR',
      false,
      '7.2.0.192.in-addr.arpa PTR 0 PTR web.example',
    ],
  ],
  ['httpsReply', ['example', 'TYPE65', 'NOERROR', false, 'example TYPE65 0 TYPE65 11 bytes']],
  ['authorityReply', ['example', 'CAA', 'NOERROR', false, 'example CAA 0 CAA 17 bytes']],
  ['missingReply', ['nothere.example', 'A', 'NXDOMAIN', false]],
  ['refusedReply', ['elsewhere.test', 'A', 'REFUSED', false]],
  ['binaryReply', ['a\\.b\\\\c\\001\\226.example', 'A', 'NXDOMAIN', false]],
  [
    'chaosReply',
    ['version.bind', 'TXT', 'NOERROR', false, 'version.bind TXT 0 TXT "dnsmasq-2.90"'],
  ],
  ['rootReply', ['.', 'NS', 'REFUSED', false]],
]
for (const [which, expected] of dnsmasq)
  t.test(`between dig and dnsmasq: ${which}`, async (t) => {
    t.strictSame(real(realMessages[which]), expected)
  })

t.test('between dig and dnsmasq: a reply that did not fit', async (t) => {
  const parsed = parseDnsMessage(realMessages.truncatedReply)
  t.equal(parsed?.truncated, true)
  t.equal(parsed?.answers.length, 30)
  t.ok(parsed?.answers.every(({ text, isAddress }) => isAddress && text.startsWith('192.0.2.')))
})

t.test('a server’s reply repeats the case of the question', async (t) => {
  const asked = parseDnsMessage(realMessages.mixedCaseQuery)?.question.name ?? ''
  const replied = parseDnsMessage(realMessages.mixedCaseReply)?.question.name ?? ''
  t.equal(replied, asked)
  t.not(asked, 'web.example')
  t.equal(asked.toLowerCase(), 'web.example')
})

t.test('cut anywhere, a real message keeps what is readable, and says what is not', async (t) => {
  for (const [which, bytes] of Object.entries(realMessages)) {
    const whole = parseDnsMessage(bytes)
    const all = texts(whole) ?? []
    let keptBefore = -1
    for (let size = 0; size < bytes.length; size += 1) {
      const parsed = parseDnsMessage(bytes.subarray(0, size))
      const kept = texts(parsed) ?? []
      const wrong =
        (parsed === undefined && keptBefore >= 0 && 'lost its question') ||
        (parsed !== undefined &&
          ((parsed.question.name !== whole?.question.name && 'has another question') ||
            (kept.some((text, index) => text !== all[index]) && 'has another answer') ||
            (kept.length < keptBefore && 'lost an answer') ||
            (!parsed.truncated && kept.length < all.length && 'calls itself whole')))
      if (wrong) t.fail(`${which}, cut at ${size}, ${wrong}`)
      if (parsed !== undefined) keptBefore = kept.length
    }
    // One byte short, only the last thing is missing: an answer, or of a question alone all there is.
    t.ok(keptBefore >= all.length - 1, which)
  }
})

t.test('whatever the bytes, parsing ends and names stay printable', async () => {
  const header = fc.tuple(
    fc.constantFrom(0, 0x8180),
    fc.constantFrom(1, 2, 0xffff),
    fc.constantFrom(0, 1, 3, 0xffff),
  )
  const byte = fc.oneof(fc.constantFrom(0, 1, 4, 12, 28, 0xc0), fc.nat(255))
  fc.assert(
    fc.property(header, fc.array(byte, { maxLength: 400 }), ([bits, asked, answered], values) => {
      const bytes = Buffer.concat([u16(1, bits, asked, answered, 0, 0), Buffer.from(values)])
      const parsed = parseDnsMessage(bytes)
      if (parsed === undefined) return true
      const names = [parsed.question.name, ...parsed.answers.map(({ name }) => name)]
      return (
        names.every((text) => /^[!-~]+$/.test(text)) &&
        parsed.answers.length <= answersMax &&
        (parsed.truncated || parsed.answers.length <= answered)
      )
    }),
    { numRuns: 2000 },
  )
})

t.test('bytes without a thought of DNS never throw', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      parseDnsMessage(bytes)
    }),
    { numRuns: 2000 },
  )
})

t.test('a real message with some bytes changed never throws', async () => {
  const change = fc.tuple(fc.nat(600), fc.nat(255))
  const which = fc.constantFrom(...Object.values(realMessages))
  fc.assert(
    fc.property(which, fc.array(change, { minLength: 1, maxLength: 6 }), (bytes, changes) => {
      const changed = Buffer.from(bytes)
      for (const [at, value] of changes) changed[at % changed.length] = value
      const parsed = parseDnsMessage(changed)
      return parsed === undefined || /^[!-~]+$/.test(parsed.question.name)
    }),
    { numRuns: 2000 },
  )
})

const hexOf = (text: Uint8Array): string => Buffer.from(text).toString('hex')

t.test('what a server writes, with or without compression, comes back', async () => {
  // Few short labels, so that names share their ends.
  const label = fc.oneof(
    fc.constantFrom('a', 'bc', 'example').map((text) => new Uint8Array(Buffer.from(text))),
    fc.uint8Array({ minLength: 1, maxLength: 5 }),
  )
  const someName = fc.array(label, { maxLength: 4 })
  const someAnswer = fc.record({
    owner: someName,
    ttlSeconds: fc.nat(0x7fffffff),
    target: fc.oneof(someName, fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))),
  })
  fc.assert(
    fc.property(
      someName,
      fc.array(someAnswer, { maxLength: 6 }),
      fc.boolean(),
      (asked, specs, compress) => {
        const compressor = new Compressor()
        const write = (texts: readonly Uint8Array[], at: number): Buffer =>
          compress ? compressor.name(texts, at) : name(...texts)
        const asks = question(write(asked, 12))
        let at = 12 + asks.length
        const answers: WireAnswer[] = specs.map(({ owner, ttlSeconds, target }) => {
          const ownerName = write(owner, at)
          const isName = target.length === 0 || typeof target[0] !== 'number'
          const dataAt = at + ownerName.length + 10
          const data = isName
            ? write(target as Uint8Array[], dataAt)
            : Buffer.from(target as number[])
          at = dataAt + data.length
          return { name: ownerName, type: isName ? types.cname : types.a, ttlSeconds, data }
        })
        const parsed = parseDnsMessage(message({ flags: flags.reply, questions: [asks], answers }))
        if (parsed === undefined || parsed.truncated) return false
        if (parsed.answers.length !== specs.length) return false
        if (labelsOf(parsed.question.name).join() !== asked.map(hexOf).join()) return false
        return parsed.answers.every((answer, index) => {
          const spec = specs[index] as (typeof specs)[number]
          if (labelsOf(answer.name).join() !== spec.owner.map(hexOf).join()) return false
          if (answer.ttlSeconds !== spec.ttlSeconds) return false
          if (answer.isAddress) return answer.text === spec.target.join('.')
          const target = labelsOf(answer.text.slice('CNAME '.length))
          return target.join() === (spec.target as Uint8Array[]).map(hexOf).join()
        })
      },
    ),
    { numRuns: 500 },
  )
})

t.test('an answer may point into the data of an earlier one', async (t) => {
  const alias = {
    name: questionName,
    type: types.cname,
    data: Buffer.concat([labels('lb'), pointer(16)]),
  }
  const dataAt = 12 + question(dotted('web.example')).length + 2 + 10
  const parsed = parseDnsMessage(
    message({ answers: [alias, { ...address(9), name: pointer(dataAt) }] }),
  )
  t.strictSame(texts(parsed), [
    'web.example CNAME 60 CNAME lb.example',
    'lb.example A 60 192.0.2.9',
  ])
})

t.test('a kilobyte that stands for sixty-four is not taken apart', async (t) => {
  // One name of 255 bytes, and answers that are aliases of it by two pointers each.
  const label = Buffer.concat([Buffer.from([63]), Buffer.alloc(63, 0x61)])
  const name = Buffer.concat([
    label,
    label,
    label,
    Buffer.from([60]),
    Buffer.alloc(60, 0x61),
    Buffer.from([0]),
  ])
  const header = Buffer.from([0, 1, 0x81, 0x80, 0, 1, 0, 64, 0, 0, 0, 0])
  const answer = Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 12])
  const message = parseDnsMessage(
    Buffer.concat([
      header,
      name,
      Buffer.from([0, 1, 0, 1]),
      ...Array.from({ length: 64 }, () => answer),
    ]),
  )
  t.equal(message?.truncated, true)
  const chars = (message?.answers ?? []).reduce(
    (sum, one) => sum + one.name.length + one.text.length,
    0,
  )
  t.ok(chars > 4_096 && chars < 5_000, `${chars} characters`)
})
