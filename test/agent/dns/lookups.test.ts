import fc from 'fast-check'
import t from 'tap'
import { DnsLookups, unansweredAfterNs } from '#agent/dns/lookups.ts'
import type { DnsRecord } from '#agent/sources/record.ts'
import { realMessages } from './real-messages.ts'
import {
  dotted,
  flags,
  message,
  name,
  pointer,
  question,
  types,
  type WireAnswer,
  type WireMessage,
} from './wire.ts'

const secondNs = 1_000_000_000
const server = { address: '10.96.0.10', port: 53 }

const record = (
  direction: DnsRecord['direction'],
  bytes: Buffer,
  changes: Partial<DnsRecord> = {},
): DnsRecord => ({
  kind: 'dns',
  bootNs: 0,
  cgroups: [],
  transport: 'udp',
  local: { address: '10.0.0.7', port: 40_000 },
  peer: server,
  netNamespace: 1,
  snapshot: false,
  socket: 5,
  direction,
  message: bytes,
  messageBytes: bytes.length,
  ...changes,
})

const query = (changes: Partial<DnsRecord> = {}, wire: WireMessage = {}): DnsRecord =>
  record('query', message(wire), changes)
const reply = (changes: Partial<DnsRecord> = {}, wire: WireMessage = {}): DnsRecord =>
  record('reply', message({ ...wire, flags: flags.reply | (wire.flags ?? 0) }), changes)

const address = (last: number, ttlSeconds = 60): WireAnswer => ({
  name: pointer(12),
  type: types.a,
  ttlSeconds,
  data: Buffer.from([192, 0, 2, last]),
})
const asked = (text: string, type?: number): WireMessage => ({
  questions: [question(dotted(text), type)],
})

const zero = { malformed: 0, duplicates: 0, evicted: 0, lost: 0, forgotten: 0, truncated: 0 }

const malformed: readonly (readonly [string, Partial<DnsRecord>])[] = [
  ['nothing', { message: Buffer.alloc(0) }],
  ['a header alone', { message: message({ questions: [] }) }],
  ['a name in a loop', { message: message({ questions: [question(pointer(12))] }) }],
  ['another opcode', { message: message({ flags: flags.opcode }) }],
]
for (const [what, changes] of malformed)
  t.test(`counted, and nothing else: ${what}`, async (t) => {
    const lookups = new DnsLookups<string>()
    lookups.query(query(changes), 'owner')
    t.equal(lookups.reply(reply(changes)), undefined)
    t.strictSame(lookups.counts, { ...zero, malformed: 2 })
    t.strictSame(lookups.expired(Number.MAX_SAFE_INTEGER), [])
  })

t.test(
  'a reply that is sent to a server, and a query that comes from one, are malformed',
  async (t) => {
    const lookups = new DnsLookups<string>()
    lookups.query(query({ message: message({ flags: flags.reply }) }), 'owner')
    t.equal(lookups.reply(reply({ message: message({}) })), undefined)
    t.strictSame(lookups.counts, { ...zero, malformed: 2 })
    t.equal(lookups.pending, 0)
  },
)

t.test('a reply answers its query', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query({ bootNs: 1000 }), 'owner')
  t.equal(lookups.pending, 1)
  t.strictSame(
    lookups.reply(reply({ bootNs: 3500 }, { answers: [address(1, 30), address(2, 20)] })),
    {
      bootNs: 3500,
      name: 'web.example',
      type: 'A',
      rcode: 'NOERROR',
      answers: ['192.0.2.1', '192.0.2.2'],
      addresses: ['192.0.2.1', '192.0.2.2'],
      ttlSeconds: 20,
      latencyNs: 2500,
    },
  )
  t.equal(lookups.pending, 0)
  t.strictSame(lookups.expired(100 * secondNs), [])
  t.strictSame(lookups.counts, zero)
})

t.test('between dig and dnsmasq: a chain of names', async (t) => {
  t.match(new DnsLookups().reply(record('reply', realMessages.chainReply)), {
    name: 'www.example',
    answers: ['CNAME lb.example', 'CNAME web.example', '192.0.2.8', '192.0.2.7'],
    addresses: ['192.0.2.8', '192.0.2.7'],
    ttlSeconds: 0,
    latencyNs: null,
  })
})

t.test('the name is the query’s, case as it was sent', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query({}, asked('wEb.eXAmPle')), 'owner')
  t.match(lookups.reply(reply({ bootNs: 9 }, asked('web.example'))), {
    name: 'wEb.eXAmPle',
    latencyNs: 9,
  })
  t.match(lookups.reply(reply({ socket: 6 }, asked('WEB.example'))), {
    name: 'WEB.example',
    latencyNs: null,
  })
})

t.test('a failure is an answer', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query(), 'owner')
  t.match(lookups.reply(reply({}, { flags: 3 })), {
    rcode: 'NXDOMAIN',
    answers: [],
    addresses: [],
    ttlSeconds: null,
    latencyNs: 0,
  })
})

t.test('time that ran backwards between two processors is no time', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query({ bootNs: 100 }), 'owner')
  t.equal(lookups.reply(reply({ bootNs: 90 }))?.latencyNs, 0)
})

const strangers: readonly (readonly [string, Partial<DnsRecord>, WireMessage])[] = [
  ['id', {}, { id: 8 }],
  ['name', {}, asked('wab.example')],
  ['label, though the text looks alike', {}, { questions: [question(name('web.example'))] }],
  ['type', {}, asked('web.example', types.aaaa)],
  ['socket', { socket: 6 }, {}],
]
for (const [what, changes, wire] of strangers)
  t.test(`a reply with another ${what} is a lookup of its own`, async (t) => {
    const lookups = new DnsLookups<string>()
    lookups.query(query(), 'owner')
    t.equal(lookups.reply(reply(changes, wire))?.latencyNs, null)
    t.equal(lookups.pending, 1)
    t.equal(lookups.reply(reply({ bootNs: 4 }))?.latencyNs, 4)
  })

t.test('a known socket may be answered from another address', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query(), 'owner')
  t.equal(
    lookups.reply(reply({ peer: { address: '10.1.1.1', port: 53 }, bootNs: 4 }))?.latencyNs,
    4,
  )
})

const unknownSockets: readonly (readonly [string, Partial<DnsRecord>])[] = [
  ['own address', { local: { address: '10.0.0.8', port: 40_000 } }],
  ['own port', { local: { address: '10.0.0.7', port: 40_001 } }],
  ['server', { peer: { address: '10.96.0.11', port: 53 } }],
  ['server’s port', { peer: { address: '10.96.0.10', port: 5353 } }],
]
for (const [what, changes] of unknownSockets)
  t.test(`where the socket is not known, another ${what} is another lookup`, async (t) => {
    const lookups = new DnsLookups<string>()
    lookups.query(query({ socket: 0 }), 'owner')
    t.equal(lookups.reply(reply({ socket: 0, ...changes }))?.latencyNs, null)
    t.equal(lookups.reply(reply({ socket: 0, bootNs: 4 }))?.latencyNs, 4)
  })

t.test('a query sent again counts once, from the first time, for the first owner', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query({ bootNs: 1 }), 'first')
  lookups.query(query({ bootNs: 2 * secondNs }, asked('WEB.example')), 'second')
  lookups.query(query({ bootNs: 4 * secondNs }), 'third')
  t.strictSame(lookups.expired(unansweredAfterNs), [])
  t.strictSame(lookups.expired(unansweredAfterNs + 1), [
    { owner: 'first', bootNs: 1, name: 'web.example', type: 'A', count: 3 },
  ])
  t.strictSame(lookups.expired(unansweredAfterNs + 1), [], 'each once')
})

t.test('the latency of a query sent again is from the first time', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query({ bootNs: 10 }), 'first')
  lookups.query(query({ bootNs: 20 }), 'second')
  t.equal(lookups.reply(reply({ bootNs: 30 }))?.latencyNs, 20)
})

t.test('what is asked again after five seconds is another lookup, looked for or not', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query({ bootNs: 0 }), 'first')
  lookups.query(query({ bootNs: unansweredAfterNs }), 'second')
  t.match(lookups.reply(reply({ bootNs: unansweredAfterNs + 7 })), { latencyNs: 7 })
  t.strictSame(
    lookups.expired(0).map(({ owner, count }) => [owner, count]),
    [['first', 1]],
  )
  t.strictSame(lookups.counts, zero)
})

t.test('a reply after its query was given up is a lookup without latency', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query(), 'owner')
  t.equal(lookups.expired(unansweredAfterNs).length, 1)
  t.equal(lookups.reply(reply({ bootNs: unansweredAfterNs + 1 }))?.latencyNs, null)
})

t.test('the oldest are given up first, the younger wait on', async (t) => {
  const lookups = new DnsLookups<string>()
  for (const second of [0, 1, 2])
    lookups.query(query({ socket: 10 + second, bootNs: second * secondNs }), `${second}`)
  const owners = (nowNs: number) => lookups.expired(nowNs).map(({ owner }) => owner)
  t.strictSame(owners(unansweredAfterNs + secondNs), ['0', '1'])
  t.equal(lookups.pending, 1)
  t.strictSame(owners(unansweredAfterNs + 2 * secondNs), ['2'])
})

t.test('a second reply to the same query is a duplicate, for five seconds', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query(), 'owner')
  t.ok(lookups.reply(reply({ bootNs: 1 })))
  t.equal(lookups.reply(reply({ bootNs: 2 }, asked('WEB.example'))), undefined)
  t.equal(lookups.reply(reply({ bootNs: 5 * secondNs })), undefined)
  t.equal(lookups.counts.duplicates, 2)
  t.equal(lookups.reply(reply({ bootNs: 5 * secondNs + 1 }))?.latencyNs, null)
  t.equal(lookups.reply(reply({ bootNs: 5 * secondNs + 2 })), undefined, 'and so is the next')
  t.equal(lookups.counts.duplicates, 3)
})

t.test('a second reply is a duplicate also where the query was not seen', async (t) => {
  const lookups = new DnsLookups<string>()
  t.equal(lookups.reply(reply({ bootNs: 1 }))?.latencyNs, null)
  t.equal(lookups.reply(reply({ bootNs: 2 })), undefined)
  t.equal(lookups.counts.duplicates, 1)
})

t.test('one server’s failure does not hide the next one’s addresses', async (t) => {
  const lookups = new DnsLookups<string>()
  lookups.query(query(), 'owner')
  t.match(lookups.reply(reply({ bootNs: 1 }, { flags: 2 })), { rcode: 'SERVFAIL', latencyNs: 1 })
  t.match(lookups.reply(reply({ bootNs: 2 }, { answers: [address(1)] })), {
    rcode: 'NOERROR',
    addresses: ['192.0.2.1'],
    latencyNs: null,
  })
  t.equal(lookups.counts.duplicates, 0)
})

t.test('who asks again on the same socket is answered again', async (t) => {
  const lookups = new DnsLookups<string>()
  for (const bootNs of [10, 20, 30]) {
    lookups.query(query({ bootNs }), 'owner')
    t.equal(lookups.reply(reply({ bootNs: bootNs + 3 }))?.latencyNs, 3)
  }
  t.equal(lookups.counts.duplicates, 0)
})

t.test('looking for unanswered queries forgets no duplicate before its time', async (t) => {
  const lookups = new DnsLookups<string>()
  t.ok(lookups.reply(reply({ bootNs: 1 })))
  lookups.expired(5 * secondNs)
  t.equal(lookups.reply(reply({ bootNs: 5 * secondNs })), undefined)
  lookups.expired(5 * secondNs + 1)
  t.ok(lookups.reply(reply({ bootNs: 5 * secondNs })))
})

t.test('a reply that lacks answers is counted', async (t) => {
  const lookups = new DnsLookups<string>()
  const cut = { answers: [address(1)], answerCount: 2 }
  t.strictSame(lookups.reply(reply({}, cut))?.answers, ['192.0.2.1'])
  t.strictSame(lookups.counts, { ...zero, truncated: 1 })
})

t.test('in a flood of unanswered queries the oldest go early, not lost', async (t) => {
  const lookups = new DnsLookups<number>({ pendingMax: 3 })
  for (let id = 1; id <= 5; id += 1) lookups.query(query({ bootNs: id }, { id }), id)
  t.equal(lookups.pending, 3)
  t.strictSame(lookups.counts, { ...zero, evicted: 2 })
  t.strictSame(
    lookups.expired(5).map(({ owner }) => owner),
    [1, 2],
  )
  t.equal(lookups.reply(reply({ bootNs: 9 }, { id: 3 }))?.latencyNs, 6)
})

t.test('a large map makes room for several at once', async (t) => {
  const lookups = new DnsLookups<number>({ pendingMax: 512, answeredMax: 512 })
  for (let id = 1; id <= 513; id += 1) lookups.query(query({}, { id }), id)
  t.equal(lookups.pending, 511)
  t.equal(lookups.counts.evicted, 2)
  for (let id = 1; id <= 513; id += 1) lookups.reply(reply({}, { id }))
  t.equal(lookups.counts.forgotten, 2)
})

t.test('a query sent again does not count as younger', async (t) => {
  const lookups = new DnsLookups<number>({ pendingMax: 2 })
  for (const id of [1, 2, 1, 3]) lookups.query(query({}, { id }), id)
  t.match(lookups.expired(0), [{ owner: 1, count: 2 }])
})

t.test('what nobody asks for in time is lost, and counted', async (t) => {
  const lookups = new DnsLookups<number>({ pendingMax: 2 })
  for (const id of [1, 2, 3, 4, 5, 5, 6, 7]) lookups.query(query({}, { id }), id)
  t.strictSame(lookups.counts, { ...zero, evicted: 5, lost: 4 })
  t.strictSame(
    lookups.expired(0).map(({ owner }) => owner),
    [1, 2],
  )
})

t.test('an answered query that was forgotten early is counted', async (t) => {
  const lookups = new DnsLookups<number>({ answeredMax: 2 })
  for (const id of [1, 2, 3]) t.ok(lookups.reply(reply({}, { id })))
  t.strictSame(lookups.counts, { ...zero, forgotten: 1 })
  t.equal(lookups.reply(reply({}, { id: 3 })), undefined)
  t.ok(lookups.reply(reply({}, { id: 1 })), 'its duplicate is a lookup')
})

t.test('of answered queries the one that was answered again is not the oldest', async (t) => {
  const lookups = new DnsLookups<number>({ answeredMax: 3 })
  for (const id of [1, 2, 1, 3, 4]) {
    lookups.query(query({}, { id }), id)
    lookups.reply(reply({}, { id }))
  }
  t.equal(lookups.reply(reply({}, { id: 1 })), undefined)
  t.equal(lookups.counts.duplicates, 1)
})

t.test('whatever comes, each message is in one lookup or counted', async () => {
  const step = fc.record({
    what: fc.constantFrom('query', 'query', 'reply', 'expired', 'junk'),
    id: fc.nat(5),
    aheadNs: fc.nat(3 * secondNs),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, max) => {
        const lookups = new DnsLookups<number>({ pendingMax: max, answeredMax: max })
        const sent = { query: 0, reply: 0, junk: 0 }
        let [nowNs, answered, replies, unanswered] = [0, 0, 0, 0]
        const give = (atNs: number): void => {
          for (const { count } of lookups.expired(atNs)) unanswered += count
        }
        for (const { what, id, aheadNs } of steps) {
          nowNs += aheadNs
          if (what === 'expired') give(nowNs)
          if (what === 'junk') lookups.query(query({ message: Buffer.alloc(id) }), id)
          if (what === 'query') lookups.query(query({ bootNs: nowNs }, { id }), id)
          if (what === 'reply') {
            const found = lookups.reply(reply({ bootNs: nowNs }, { id }))
            if (found !== undefined) replies += 1
            if (typeof found?.latencyNs === 'number') answered += 1
          }
          if (what !== 'expired') sent[what] += 1
          if (lookups.pending > max) return false
        }
        give(Number.MAX_SAFE_INTEGER)
        const { malformed, duplicates, lost } = lookups.counts
        const known = unanswered + lost
        return (
          lookups.pending === 0 &&
          malformed === sent.junk &&
          replies + duplicates === sent.reply &&
          // An answered query may have been sent more than once.
          known + answered <= sent.query &&
          (answered > 0 || known === sent.query)
        )
      },
    ),
  )
})
