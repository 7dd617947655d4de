import t from 'tap'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { addressScan, portScan } from '#collector/detection/statistics/scan.ts'
import { connect, external, hitsOf, minuteUs, secondUs, type Timed, times } from './events.ts'

const failed = (address: number, port: number, facts: Parameters<typeof connect>[0] = {}) =>
  connect({ outcome: 'refused', ...facts, peer: { address: external(address), port } })

const addresses = (count: number, stepUs = secondUs): readonly Timed[] =>
  times(count, (n) => [failed(n, 22), n * stepUs])
const ports = (count: number, stepUs = secondUs): readonly Timed[] =>
  times(count, (n) => [failed(1, n + 1), n * stepUs])

t.test(
  'Zeek’s thresholds: 25 addresses on a port, 15 ports of an address, in 5 minutes',
  async (t) => {
    t.strictSame(hitsOf(addressScan(defaultParameters), addresses(24)), [])
    t.strictSame(hitsOf(addressScan(defaultParameters), addresses(100)), [
      {
        at: 24,
        key: { port: '22' },
        reason:
          'failed to connect to 25 addresses on port 22 within 5 min, such as 9.0.0.0, 9.0.0.1, 9.0.0.2',
      },
    ])
    t.strictSame(hitsOf(portScan(defaultParameters), ports(14)), [])
    t.strictSame(hitsOf(portScan(defaultParameters), ports(100)), [
      {
        at: 14,
        key: { address: '9.0.0.1' },
        reason: 'failed to connect to 15 ports of 9.0.0.1 within 5 min, such as 1, 2, 3',
      },
    ])
  },
)

const quiet: readonly (readonly [string, readonly Timed[]])[] = [
  ['those that are answered', times(100, (n) => [connect({ peer: { address: external(n) } }), n])],
  ['the same one again and again', times(1_000, (n) => [failed(1, 22, { count: 50 }), n])],
  ['spread over hours', addresses(100, minuteUs)],
  ['each from another container', times(100, (n) => [failed(n, 22, { containerId: `c${n}` }), n])],
  ['of UDP', times(100, (n) => [failed(n, 22, { transport: 'udp' }), n])],
  ['met when Mayfly began', times(100, (n) => [failed(n, 22, { snapshot: true }), n])],
]

t.test('what is no scan', async (t) => {
  for (const [name, events] of quiet) {
    t.strictSame(hitsOf(addressScan(defaultParameters), events), [], name)
    t.strictSame(hitsOf(portScan(defaultParameters), events), [], name)
  }
})

t.test('a network on many ports is told of once per window', async (t) => {
  const sweep = (fromUs: number): readonly Timed[] =>
    times(30 * 50, (n) => [failed(n % 30, Math.floor(n / 30)), fromUs + n * 1_000])
  const statistic = addressScan(defaultParameters)
  t.equal(hitsOf(statistic, sweep(0)).length, 1)
  t.equal(hitsOf(statistic, sweep(5 * minuteUs)).length, 1)
})

t.test('disorder, and a backlog of hours beside, change nothing', async (t) => {
  const shuffled = addresses(25).toReversed()
  t.equal(hitsOf(addressScan(defaultParameters), shuffled).length, 1)
  const backlog = addresses(25).map(([event, us]): Timed => [event, us - 300 * minuteUs])
  const both = addresses(25).flatMap((fresh, n) => [fresh, backlog[n] ?? fresh])
  t.equal(hitsOf(addressScan(defaultParameters), both).length, 2, 'each has its window')
})

t.test('memory is bounded', async (t) => {
  const statistic = portScan(defaultParameters)
  const events = times(30_000, (n) => [failed(n, 22, { containerId: `c${n % 7_000}` }), n])
  hitsOf(statistic, events)
  t.equal(statistic.size, 10_000)
  t.equal(statistic.evicted, 20_000)
})
