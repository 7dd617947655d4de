import fc from 'fast-check'
import t from 'tap'
import { auditRows, type EpochLedger, hasOverlap } from '#collector/store/audit-rows.ts'
import { emptyTally } from '#collector/store/tally.ts'
import type { AgentInfo, AuditRow } from '#proto/api.ts'
import { agentInfo } from '#test/fixtures/agent-info.ts'

/** Numbers 1 to 100, which are 90 execs of which 30 have expired, and a gap of 10; 5 more were filtered. */
const ledger = (change: Partial<EpochLedger> = {}): EpochLedger => ({
  agent: 'a',
  node: 'n',
  epoch: 7,
  firstDay: '2026-11-20',
  lastDay: '2026-11-23',
  firstSeq: 1,
  lastSeq: 100,
  numbers: 100,
  before: { captured: 0, filtered: 0 },
  after: { captured: 105, filtered: 5 },
  acked: { units: { exec: 90 }, lost: { ring_full: 10 }, lostUnknown: { blind: 1 } },
  expired: { ...emptyTally, units: { exec: 30 } },
  ...change,
})

const agent = (change: Partial<AgentInfo> = {}): AgentInfo =>
  agentInfo({
    ...{ agent: 'a', node: 'n', epoch: 7 },
    epochs: [{ epoch: 7, lastSeq: 100, captured: 105, filtered: 5 }],
    ...change,
  })

const audit = (ledgers: readonly EpochLedger[], agents: readonly AgentInfo[] = []) =>
  auditRows({ ledgers, agents, counts: new Map(), deep: false })

const says = (captured: number, filtered: number): AgentInfo =>
  agent({ epochs: [{ epoch: 7, lastSeq: 200, captured, filtered }] })

const identity = (row: AuditRow): boolean =>
  row.captured ===
  row.stored + row.filtered + row.gaps + row.expired + row.inFlight + row.unaccounted

t.test(
  'the sum holds whatever the numbers are: what is missing in it is called unaccounted',
  async () => {
    const count = fc.integer({ min: 0, max: 2 ** 40 })
    const totals = fc.record({ captured: count, filtered: count })
    const tally = fc.record({
      units: fc.dictionary(fc.constantFrom('exec', 'exit', 'dns'), count),
      lost: fc.dictionary(fc.constantFrom('ring_full', 'blind'), count),
      lostUnknown: fc.constant({}),
    })
    fc.assert(
      fc.property(
        ...[totals, totals, tally, tally, count, totals],
        (before, after, acked, expired, firstSeq, word) => {
          const row = ledger({ before, after, acked, expired, firstSeq, lastSeq: firstSeq + 9 })
          const agents = [says(word.captured, word.filtered)]
          return [...audit([row], agents), ...audit([row])].every(
            (one) => identity(one) && one.inFlight >= 0,
          )
        },
      ),
    )
  },
)

t.test('what each part of the ledger means', async (t) => {
  for (const [name, input, agents, expected] of [
    [
      'all is well, and the agent is silent',
      ledger(),
      [],
      {
        ...{ captured: 105, stored: 60, filtered: 5, gaps: 10, expired: 30, inFlight: 0 },
        ...{ unaccounted: 0, elsewhere: 0, missingSeqs: 0, kernelUnaccounted: 0 },
        ...{ gapsByReason: { ring_full: 10 }, lostUnknown: { blind: 1 } },
        ...{ firstDay: '2026-11-20', lastDay: '2026-11-23', firstSeq: 1, lastSeq: 100 },
      },
    ],
    [
      'an event that is neither stored nor in a gap',
      ledger({ after: { captured: 106, filtered: 5 } }),
      [],
      { captured: 106, unaccounted: 1 },
    ],
    [
      'more is stored than was captured',
      ledger({ after: { captured: 104, filtered: 5 } }),
      [],
      { unaccounted: -1 },
    ],
    [
      'the agent has counted on meanwhile',
      ledger(),
      [says(150, 8)],
      { captured: 150, filtered: 8, inFlight: 42, unaccounted: 0 },
    ],
    [
      'the agent’s word is older than what it delivered since',
      ledger(),
      [says(80, 9)],
      { captured: 105, filtered: 5, inFlight: 0, unaccounted: 0 },
    ],
    [
      'nothing but filtered events since',
      ledger(),
      [says(115, 15)],
      { captured: 115, filtered: 15, inFlight: 0, unaccounted: 0 },
    ],
    [
      'the first numbers went to another store',
      ledger({
        ...{ firstSeq: 51, numbers: 50, before: { captured: 1_000, filtered: 200 } },
        after: { captured: 1_105, filtered: 205 },
      }),
      [],
      { captured: 105, filtered: 5, elsewhere: 1_000, unaccounted: 0 },
    ],
    [
      'an epoch whose first number is here begins with nothing',
      ledger({ before: { captured: 3, filtered: 0 }, after: { captured: 108, filtered: 5 } }),
      [],
      { elsewhere: 0, unaccounted: 3 },
    ],
    ['a hole', ledger({ numbers: 97 }), [], { missingSeqs: 3 }],
    [
      'a fault in the kernel’s count',
      ledger(),
      [agent({ kernelUnaccounted: 4 })],
      { kernelUnaccounted: 4 },
    ],
    [
      'the same, of an agent that is in another epoch by now',
      ledger(),
      [agent({ kernelUnaccounted: 4, epoch: 8 })],
      { kernelUnaccounted: 0 },
    ],
  ] as const) {
    const [row, ...more] = audit([input], agents)
    t.match(row, expected, name)
    t.strictSame(more, [], name)
    t.notOk(row && 'deep' in row, name)
  }
})

t.test('an epoch of which nothing has arrived is all in flight', async (t) => {
  const spoken = agent({
    epoch: 9,
    kernelUnaccounted: 2,
    epochs: [
      { epoch: 7, lastSeq: 100, captured: 105, filtered: 5 },
      { epoch: 9, lastSeq: 20, captured: 30, filtered: 4 },
    ],
  })
  const rows = audit([ledger()], [spoken])
  t.same(
    rows.map(({ epoch }) => epoch).toSorted(),
    [7, 9],
    'what is durable in part has one row, not two',
  )
  t.match(
    rows.find(({ epoch }) => epoch === 9),
    { ...{ captured: 30, filtered: 4, inFlight: 26, stored: 0 }, kernelUnaccounted: 2, lastSeq: 0 },
  )
  t.ok(rows.every(identity))
})

t.test('one agent’s word is not another’s, though their epochs have one number', async (t) => {
  const rows = audit([ledger({ agent: 'b' })], [says(500, 0)])
  t.same(
    rows.map(({ agent: name, inFlight }) => [name, inFlight]),
    [
      ['a', 500],
      ['b', 0],
    ],
  )
})

t.test('what was counted stands in the place of what was believed', async (t) => {
  const counts = new Map([
    [
      '7 a',
      {
        ...{ units: { exec: 58, exit: 1 }, lost: { ring_full: 4 }, lostUnknown: {} },
        duplicates: 3,
      },
    ],
  ])
  const expired = { units: { exec: 30 }, lost: { ring_full: 6 }, lostUnknown: { blind: 1 } }
  const rows = auditRows({ ledgers: [ledger({ expired })], agents: [], counts, deep: true })
  t.match(rows[0], {
    ...{ stored: 59, gaps: 10, expired: 30, unaccounted: 1 },
    lostUnknown: { blind: 1 },
    deep: { duplicates: 3, units: { exec: 58, exit: 1, gap: 4 } },
  })
  t.ok(rows.every(identity))
})

t.test('numbers that two collectors stored show as more than there can be', async (t) => {
  t.notOk(hasOverlap(ledger()))
  t.notOk(hasOverlap(ledger({ numbers: 99 })))
  t.ok(hasOverlap(ledger({ numbers: 101 })))
  t.equal(audit([ledger({ numbers: 101 })])[0]?.missingSeqs, 0)
})
