import t from 'tap'
import {
  heldContainers,
  heldCoverage,
  heldRows,
  holdQuery,
} from '#collector/store/hold-selection.ts'
import type { HoldSelection } from '#proto/api.ts'

t.test('a hold that cannot be meant is refused by name', async (t) => {
  for (const [name, selection, message] of [
    ['everything', {}, /everything/],
    ['fields without a value', { pod: undefined } as unknown as HoldSelection, /everything/],
    ['an empty name', { namespace: 'shop', pod: '' }, /pod is empty/],
    ['a time that is none', { since: 'yesterday' }, /since: write RFC 3339/],
    ['a span, which means another time every hour', { until: '15m' }, /until: write RFC 3339/],
    ['a date that does not exist', { since: '2026-02-30T00:00:00Z' }, /since: write RFC 3339/],
    ['nothing', { since: '2026-11-02T00:00:00Z', until: '2026-11-02T00:00:00Z' }, /nothing/],
    ['a name that is too long', { pod: 'x'.repeat(5_000) }, /pod: longer/],
  ] as const) {
    t.throws(() => holdQuery(selection), { code: 'bad_query', message }, name)
  }
})

t.test('times are those of the timeline, to the microsecond', async (t) => {
  t.strictSame(
    holdQuery({
      node: 'n',
      since: '2026-11-02T00:00:00.000001Z',
      until: '2026-11-02T01:00:01+01:00',
    }),
    { node: 'n', limit: 1, sinceUs: 1_793_577_600_000_001, untilUs: 1_793_577_601_000_000 },
  )
})

t.test('hostile names stay inside their literals', async (t) => {
  const query = holdQuery({ node: "n') OR 1 --", pod: "x' OR '1'='1" })
  for (const sql of [
    heldRows(query, 'SELECT 1, 2'),
    heldCoverage(query, 'SELECT 1, 2'),
    heldContainers(query),
  ])
    t.notMatch(sql?.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''"), /OR 1|OR '1/)
})

t.test('only what speaks of containers needs them listed', async (t) => {
  t.equal(heldContainers(holdQuery({ node: 'n', since: '2026-11-02T00:00:00Z' })), undefined)
  t.type(heldContainers(holdQuery({ workload: 'api' })), 'string')
})
