import t from 'tap'
import { NewDestination } from '#collector/detection/statistics/new-destination.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { connect, dayUs, dns, hitsOf, hourUs, type Timed, times } from './events.ts'

const to = (name: string, facts: Parameters<typeof connect>[0] = {}) =>
  connect({ ...facts, peer: { name, ...facts.peer } })

/** A day in which the workload asks for its own each hour. */
const learnt: readonly Timed[] = times(25, (n) => [dns('api.example.com'), n * hourUs])

/** Hits after that day. */
const news = (...events: readonly Timed[]) =>
  hitsOf(
    new NewDestination(defaultParameters),
    [...learnt, ...events].map(([event, us]): Timed => [event, us]),
  )

t.test('asked for, and connected to', async (t) => {
  t.strictSame(news([dns('x.evil.com'), dayUs], [to('x.evil.com'), dayUs]), [
    {
      at: 26,
      key: { domain: 'evil.com' },
      reason:
        'connected to x.evil.com (9.0.0.1, port 443), of a domain that it had not asked for in 24 h or more',
    },
  ])
  t.equal(news([to('x.evil.com'), dayUs]).length, 1, 'the question may have been missed')
})

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['a question alone', [[dns('x.evil.com'), dayUs]]],
  ['another name of the same domain', [[to('new.example.com'), dayUs]]],
  ['a bare address', [[connect(), dayUs]]],
  ['inside the cluster', [[to('db.payments.svc.cluster.local'), dayUs]]],
  [
    'a name for an address of its own network',
    [[to('x.evil.com', { peer: { address: '10.0.0.1' } }), dayUs]],
  ],
  ['what was open when Mayfly began', [[to('x.evil.com', { snapshot: true }), dayUs]]],
  ['who comes', [[{ ...to('x.evil.com'), kind: 'accept' }, dayUs]]],
]

t.test('what is nothing new', async (t) => {
  for (const [name, events] of quiet) t.strictSame(news(...events), [], name)
})

t.test('each domain is told of once', async (t) => {
  const again = times(50, (n): Timed => [to(`x${n}.evil.com`), dayUs + n])
  t.equal(news(...again).length, 1)
  t.equal(news([to('a.evil.com'), dayUs], [to('a.evil.net'), dayUs]).length, 2)
})

t.test('a known peer is nothing new, then or later', async (t) => {
  const statistic = new NewDestination(defaultParameters)
  t.strictSame(
    hitsOf(statistic, [...learnt, [to('x.evil.com'), dayUs]], () => true),
    [],
  )
  t.strictSame(hitsOf(statistic, [[to('x.evil.com'), dayUs]]), [])
})

t.test('questions with search domains are learnt as what they meant', async (t) => {
  const names = ['s3.example.net.payments.svc.cluster.local', 's3.example.net.corp.example.org']
  const asked = names.map((name): Timed => [dns(name), 0])
  const statistic = new NewDestination(defaultParameters)
  t.strictSame(hitsOf(statistic, [...asked, ...learnt, [to('s3.example.net'), dayUs]]), [])
  t.equal(hitsOf(statistic, [[to('www.example.org'), dayUs]]).length, 1)
})

t.test('every workload learns for itself, all its pods together', async (t) => {
  t.equal(news([to('x.evil.com', { workload: 'web' }), dayUs]).length, 0)
  t.equal(news([to('x.evil.com', { pod: 'api-2', containerId: 'c2' }), dayUs]).length, 1)
})

t.test('a clock that was wrong ends no learning', async (t) => {
  for (const wrongUs of [-19_000 * dayUs, 400 * dayUs]) {
    const events: readonly Timed[] = [
      [dns('api.example.com'), wrongUs],
      ...learnt.slice(0, 12),
      [to('x.evil.com'), 12 * hourUs],
    ]
    t.strictSame(hitsOf(new NewDestination(defaultParameters), events), [], String(wrongUs))
  }
})

t.test('a quiet workload learns for some of its asks', async (t) => {
  const daily = times(
    9,
    (n): Timed => [
      n === 2 || n === 8 ? to(`x${n}.evil${n}.com`) : dns('api.example.com'),
      n * dayUs,
    ],
  )
  t.strictSame(
    hitsOf(new NewDestination(defaultParameters), daily).map(({ key }) => key),
    [{ domain: 'evil8.com' }],
  )
})

t.test('a crawler is left alone', async (t) => {
  const crawl = times(300, (n): Timed => [to(`www.d${n}.com`), n])
  const after = times(300, (n): Timed => [to(`www.e${n}.com`), 30 * hourUs + n])
  t.strictSame(hitsOf(new NewDestination(defaultParameters), [...crawl, ...learnt, ...after]), [])
})

t.test('memory is bounded', async (t) => {
  const statistic = new NewDestination(defaultParameters)
  hitsOf(
    statistic,
    times(6_000, (n): Timed => [dns('a.example.com', { workload: `w${n}` }), 0]),
  )
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
})
