import fc from 'fast-check'
import t from 'tap'
import {
  checkQuery,
  containerCondition,
  eventCondition,
  rangeConditions,
} from '#collector/store/filters.ts'
import type { EventQuery } from '#collector/store/store.ts'
import { hostileText } from './event-arbitraries.ts'
import { containerId } from './fixtures.ts'

/** A statement with its string literals left out: what hostile values must not change. */
const skeleton = (sql: string): string => sql.replace(/'(?:[^'\\]|\\.)*'/g, '?')

t.test('what cannot be asked is refused, and the message names the field', async (t) => {
  for (const [name, change, message] of [
    ['a limit of nothing', { limit: 0 }, /^limit: 0 /],
    ['a limit below nothing', { limit: -1 }, /^limit/],
    ['half a row', { limit: 1.5 }, /^limit/],
    ['no number as limit', { limit: Number.NaN }, /^limit/],
    ['endless rows', { limit: Number.POSITIVE_INFINITY }, /^limit/],
    ['since no time', { sinceUs: Number.NaN }, /^sinceUs: not a time/],
    ['until the end of time', { untilUs: Number.POSITIVE_INFINITY }, /^untilUs/],
    ['a time beyond 64 bits', { untilUs: 2 ** 62 }, /^untilUs/],
    ['a text longer than a filter', { text: 'x'.repeat(4_097) }, /^text: longer than 4096/],
    ['a pod longer than a filter', { pod: 'x'.repeat(100_000) }, /^pod/],
  ] as const) {
    t.throws(() => checkQuery({ limit: 1, ...change }), { code: 'bad_query', message }, name)
  }
  checkQuery({ limit: 1_000_000, text: 'x'.repeat(4_096), sinceUs: -1, untilUs: 2 ** 61 })
  t.throws(() => eventCondition({ limit: 1, cursor: 'forged' }), { code: 'bad_query' })
})

t.test('no value changes the statement around it', async () => {
  const value = hostileText.filter((text) => text !== '' && !/^[0-9a-f]{6,64}$/.test(text))
  const query = (text: string): EventQuery => ({
    namespace: text,
    workload: text,
    pod: text,
    container: text,
    node: text,
    text,
    limit: 1,
  })
  fc.assert(
    fc.property(
      value,
      (text) => skeleton(eventCondition(query(text))) === skeleton(eventCondition(query('plain'))),
    ),
  )
})

t.test('a container is meant by its name, its id, or enough of its id', async (t) => {
  const condition = (query: Partial<EventQuery>) => containerCondition({ limit: 1, ...query }) ?? ''
  t.equal(containerCondition({ limit: 1 }), undefined, 'nothing is asked')
  t.notMatch(condition({ container: 'abcde' }), /startsWith/, 'five digits may be a name')
  t.match(condition({ container: 'abcdef' }), /startsWith\(container_id, 'abcdef'\)/)
  t.match(condition({ container: containerId('a') }), /container_id = 'a{64}'/)
  t.notMatch(condition({ container: 'ABCDEF' }), /startsWith/, 'ids are lower case')
  t.equal(condition({ container: 'host' }), "(container_id = 'host')", 'host is never a name')
  t.match(condition({ pod: 'api', container: 'web' }), /pod = 'api' AND \(container = 'web' OR/)
})

t.test('time and node narrow, since included and until not', async (t) => {
  t.strictSame(rangeConditions({ limit: 1, node: 'n', sinceUs: 0, untilUs: 7.9 }), [
    "node = 'n'",
    'time_us >= 0',
    'time_us < 7',
  ])
  t.equal(eventCondition({ limit: 1 }), '1', 'no filter is a condition too')
  t.equal(eventCondition({ limit: 1, text: '' }), '1', 'an empty text is no filter')
})

t.test('kinds that do not exist select nothing, and are not repeated to the engine', async (t) => {
  const kinds = (names: readonly string[]) =>
    eventCondition({ limit: 1, kinds: names as unknown as NonNullable<EventQuery['kinds']> })
  t.equal(kinds([]), '(0)')
  t.equal(kinds(["'); DROP"]), '(0)')
  t.equal(kinds(['exec', 'nonsense']), "(kind IN ('exec'))")
})

t.test('asked by container, the gaps of its nodes belong to the answer', async (t) => {
  t.match(
    eventCondition({ limit: 1, container: 'host' }),
    /container_id = '' AND kind = 'gap' AND node IN/,
  )
  t.notMatch(eventCondition({ limit: 1, node: 'n' }), /kind = 'gap'/)
})
