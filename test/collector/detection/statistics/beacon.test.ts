import t from 'tap'
import { Beacon } from '#collector/detection/statistics/beacon.ts'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import type { TimelineConnection } from '#proto/api.ts'
import {
  close,
  connect,
  dayUs,
  hitsOf,
  hourUs,
  minuteUs,
  nobodyKnown,
  secondUs,
  startUs,
  type Timed,
  times,
  withParameters,
} from './events.ts'

const to = { peer: { name: 'c2.example.com' } }

/** A connection each so many microseconds over a time. */
const regular = (
  stepUs: number,
  forUs: number,
  make: (n: number) => TimelineConnection = () => close(to),
): readonly Timed[] => times(Math.ceil(forUs / stepUs), (n) => [make(n), n * stepUs])

const beacon = (events: readonly Timed[], parameters = defaultParameters) =>
  hitsOf(new Beacon(parameters), events)

t.test('a connection each minute is found when enough hours are seen', async (t) => {
  // After 11 hours: intervals 1, sizes 1, 11 of 12 hours in a row, all of one height: (1 + 1 + 0.917 + 1) / 4.
  t.strictSame(beacon(regular(minuteUs, dayUs - minuteUs)), [
    {
      at: 11 * 60,
      key: { destination: 'c2.example.com' },
      reason:
        'connected 660 times to c2.example.com in 11 hours of a day, every 60 s as a rule; beacon score 0.979 (intervals 1, sizes 1, duration 0.917, hours 1)',
    },
  ])
  t.strictSame(beacon(regular(minuteUs, 11 * hourUs)), [], 'not before')
})

t.test('one that fails is one, too', async (t) => {
  const failing = regular(5 * minuteUs, dayUs / 2, () => connect({ ...to, outcome: 'refused' }))
  t.equal(beacon(failing, withParameters({ 'beacon.score': 0.8 })).length, 1)
})

t.test('a jitter of a fifth hides little', async (t) => {
  const jitter = (n: number) => (((n * 7_919) % 1_000) / 1_000 - 0.5) * 0.4 * 10 * minuteUs
  const events = regular(10 * minuteUs, 13 * hourUs).map(
    ([event, us], n): Timed => [event, us + jitter(n)],
  )
  t.equal(beacon(events).length, 1)
})

t.test('told once a day', async (t) => {
  t.strictSame(
    beacon(regular(10 * minuteUs, 3 * dayUs)).map(({ at }) => at),
    [66, 144, 288],
  )
})

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['internal', regular(minuteUs, dayUs, () => close({ peer: { address: '10.0.0.9' } }))],
  ['inbound', regular(minuteUs, dayUs, () => close({ ...to, direction: 'inbound' }))],
  ['a resolver', regular(minuteUs, dayUs, () => close({ peer: { kind: 'dns' } }))],
  ['one that goes on', regular(minuteUs, dayUs, () => close({ ...to, ongoing: true }))],
  [
    'a new destination each time',
    regular(minuteUs, dayUs, (n) => close({ peer: { name: `${n}.example.com` } })),
  ],
  ['opened only: its end tells', regular(minuteUs, dayUs, () => connect(to))],
  ['in five hours', regular(minuteUs, 5 * hourUs)],
  [
    'by people',
    times(400, (n): Timed => {
      const size = ((n * n * 7_919) % 50_000) + 100
      return [close({ ...to, sentBytes: size }), ((n * n * 104_729) % 86_400) * secondUs]
    }).toSorted(([, a], [, b]) => a - b),
  ],
]

t.test('what is no beacon', async (t) => {
  for (const [name, events] of quiet) t.strictSame(beacon(events), [], name)
  const known = hitsOf(new Beacon(defaultParameters), regular(minuteUs, dayUs), () => true)
  t.strictSame(known, [], 'known peers')
})

t.test('one each second is a strobe', async (t) => {
  const events = regular(minuteUs, dayUs + hourUs, () => close({ ...to, count: 60 }))
  const statistic = new Beacon(withParameters({ 'beacon.score': 1 }))
  const strobe = hitsOf(statistic, events).find(({ reason }) => reason.includes('once a second'))
  t.equal(strobe?.at, 24 * 60)
  t.match(strobe?.reason, /^connected 86400 times to c2\.example\.com within 24 h/)
})

t.test('the time is that of the beginning', async (t) => {
  const events = regular(10 * minuteUs, dayUs / 2, (n) =>
    close({ ...to, durationUs: ((n * n) % 9) * minuteUs }),
  ).map(
    ([event, us]): Timed => [event, us + (event.kind === 'close' ? (event.durationUs ?? 0) : 0)],
  )
  const [hit] = beacon(events)
  t.match(hit?.reason, /intervals 1,/)
})

t.test('who stays for days does not disturb it', async (t) => {
  const long = close({ ...to, durationUs: 3 * dayUs })
  const events = regular(minuteUs, 12 * hourUs).flatMap((one): Timed[] => [one, [long, one[1]]])
  t.equal(beacon(events).length, 1)
})

t.test('disorder of seconds changes nothing; another day begins anew', async (t) => {
  const events = regular(minuteUs, 12 * hourUs)
  const swapped = events.flatMap((one, n): readonly Timed[] => {
    const next = events[n + 1]
    if (n % 2 === 1) return []
    return next === undefined ? [one] : [next, one]
  })
  t.equal(beacon(swapped).length, 1)
  const set = [
    ...regular(minuteUs, 10 * hourUs).map(([event, us]): Timed => [event, us + 9 * dayUs]),
    ...events,
  ]
  t.equal(beacon(set).length, 1, 'a clock that was set back')
})

t.test('memory is bounded, and wild times harm nothing', async (t) => {
  const statistic = new Beacon(defaultParameters)
  const events = times(6_000, (n): Timed => [close({ peer: { name: `${n}.example.com` } }), n])
  hitsOf(statistic, events)
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000)
  for (const timeUs of [0, -1e18, 1e18, Number.MAX_SAFE_INTEGER, startUs])
    t.equal(statistic.take(close(to), { timeUs, isKnownPeer: nobodyKnown }), undefined)
})
