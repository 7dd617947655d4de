import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { auditLines, faultsOf } from '#cli/render/audit.ts'
import { coloured, plain } from '#cli/render/paint.ts'
import type { AuditRow } from '#proto/api.ts'
import { auditRow } from '#test/fixtures/audit-rows.ts'

const golden = (name: string): URL => new URL(`../../golden/${name}.txt`, import.meta.url)

const table = (rows: readonly AuditRow[], deep = false): readonly string[] => [
  ...auditLines({ rows, query: 'SELECT 1\nFROM events', deep }, { paint: plain, width: 140 }),
]
const sound = { gaps: 0, gapsByReason: {}, stored: 930, inFlight: 10 }
const verdict = (...rows: readonly Partial<AuditRow>[]): string =>
  table(rows.map((facts) => auditRow({ ...sound, ...facts }))).at(-1) ?? ''

t.test('every verdict is a sentence that says how complete the record is', async (t) => {
  t.equal(verdict({ inFlight: 0 }), 'complete: every captured event is accounted for')
  t.match(verdict({}), /^complete: .*; 10 still on their way$/)
  t.equal(
    verdict({ gaps: 1, gapsByReason: { clock: 1 }, lostUnknown: { blind: 2 }, inFlight: 0 }),
    'complete but for 1 event known to be lost and 2 gaps of unknown size',
  )
  t.match(verdict({ lostUnknown: { blind: 1 } }), /^complete but for 1 gap of unknown size; 10/)
  t.equal(verdict({ unaccounted: 7 }), 'not complete: 7 events unaccounted for')
  t.equal(verdict({ missingSeqs: 1 }), 'not complete: 1 sequence number missing')
  t.equal(verdict({ kernelUnaccounted: -3 }), 'not complete: 3 kernel records unaccounted for')
})

t.test('what is too much in one epoch does not make up for what another lost', async (t) => {
  const rows = [auditRow({ unaccounted: 5 }), auditRow({ epoch: 2, unaccounted: -5 })]
  t.strictSame(faultsOf(rows), ['5 events unaccounted for', '5 events more than were captured'])
  t.strictSame(faultsOf([auditRow()]), [])
  t.strictSame(faultsOf([]), [])
})

t.test('nobody there is nothing to audit, and says where to look', async (t) => {
  t.match(table([]), [/^Nothing to audit: .*mayfly status/])
})

t.test(
  'reasons come with their nodes, the largest first, and not all of a cluster’s',
  async (t) => {
    const rows = [1, 5, 3, 2].map((count) =>
      auditRow({
        node: `node-${count}`,
        gapsByReason: { ring_full: count, spool_full: 0 },
        lostUnknown: { agent_absent: 1 },
      }),
    )
    const text = table(rows).join('\n')
    t.match(
      text,
      '\nin gaps, by reason\n  11  ring_full  on node-5, node-3, node-2 and 1 more\n\ngaps of which nobody',
    )
    t.match(text, /\n {2}4 {2}agent_absent {2}on node-1, node-5, node-3 and 1 more\n/)
  },
)

t.test('numbers are never cut: where there is no room, the days are left out', async (t) => {
  const narrow = { paint: plain, width: 80 }
  const [head, , line] = auditLines({ rows: [auditRow()], query: '', deep: false }, narrow)
  t.match([head, line], [/UNACCOUNTED$/, /10 +0$/])
  t.match(table([auditRow()])[2], /10 +0 {2}2026-07-01$/)
})

t.test('names of others move no cursor, and faults are seen in colour', async (t) => {
  const row = auditRow({ node: 'n\x1b[2J', agent: 'a\nb', unaccounted: 1 })
  t.match(table([row]), [/^ {2}EPOCH/, 'n\\x1b[2J (a\\x0ab)'])
  const lines = [
    ...auditLines({ rows: [row], query: '', deep: false }, { paint: coloured, width: 80 }),
  ]
  t.match(lines[2], /^\x1b\[31m {2}45035996…/)
  t.match(lines.at(-1), /^\x1b\[31mnot complete/)
})

t.test('the table as it has always been', async (t) => {
  const rows = [
    auditRow({ lostUnknown: { agent_absent: 2 } }),
    auditRow({
      ...{ epoch: 12, captured: 2_345_678, stored: 2_345_578, firstDay: '2026-06-28' },
      deep: { duplicates: 1, units: { gap: 30, exec: 1_200_000, exit: 1_145_578 } },
    }),
    auditRow({
      node: 'node-2',
      agent: 'spare',
      elsewhere: 4,
      stored: 897,
      unaccounted: 3,
      missingSeqs: 2,
    }),
  ]
  const text = `${table(rows, true).join('\n')}\n`
  if (process.env.MAYFLY_UPDATE_GOLDEN) writeFileSync(golden('audit'), text)
  t.equal(text, readFileSync(golden('audit'), 'utf8'))
})
