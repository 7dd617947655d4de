import fc from 'fast-check'
import t from 'tap'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { Statistics } from '#collector/detection/statistics/statistics.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { exec, exit, gap, processInfo } from '#test/fixtures/timeline-events.ts'
import { close, connect, dns, external, nobodyKnown, startUs, withParameters } from './events.ts'

const at = (timeUs: number) => ({ timeUs, isKnownPeer: nobodyKnown })

t.test('each has a rule of its own, low and incubating', async (t) => {
  const { all } = new Statistics(defaultParameters)
  t.strictSame(
    all.map(({ rule }) => rule.id),
    Array.from({ length: 11 }, (_, n) => `MF20${String(n + 1).padStart(2, '0')}`),
  )
  for (const { rule, kinds } of all) {
    t.strictSame([rule.severity, rule.maturity], ['low', 'incubating'], rule.id)
    t.ok(rule.description.endsWith('.') && rule.name !== '' && kinds.length > 0, rule.id)
    t.ok(rule.mitre.every((id) => /^T\d{4}(\.\d{3})?$/.test(id)) && rule.mitre.length > 0, rule.id)
  }
})

t.test('an event is given to all of its kind, in containers only', async (t) => {
  const scan = (containerId: string) => {
    const statistics = new Statistics(defaultParameters)
    const ids: string[] = []
    for (let n = 0; n < 30; n += 1) {
      const event = connect({ outcome: 'refused', peer: { address: external(n) }, containerId })
      for (const { statistic } of statistics.take(event, at(startUs))) ids.push(statistic.rule.id)
    }
    return ids
  }
  t.strictSame(scan('c'), ['MF2003', 'MF2001'])
  for (const id of ['host', 'unknown', '', 'pod:uid']) t.strictSame(scan(id), [], id)
})

t.test('gaps are given whatever they are about', async (t) => {
  const statistics = new Statistics(withParameters({ 'fork-bomb.processes': 4 }))
  const started = (pid: number) => statistics.take(exec({ pid }), at(startUs)).length
  t.strictSame([1, 2, 3].map(started), [0, 0, 0])
  statistics.take(gap(), at(startUs))
  t.strictSame([4, 5, 6, 7].map(started), [0, 0, 0, 1])
})

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 255 }),
  fc.domain(),
  fc.constantFrom('', '.', '..', 'a.svc.cluster.local', 'x.example.com', '9.9.9.9', '::1'),
)
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 1e300, Number.NaN))
const maybe = fc.option(number, { nil: null })
const place = fc.record({
  namespace: text,
  workload: text,
  podUid: text,
  node: text,
  containerId: text,
})

const wild: fc.Arbitrary<TimelineEvent> = fc
  .record({
    kind: fc.constantFrom('connect', 'close', 'dns', 'exec', 'exit', 'gap', 'accept', 'listen'),
    place,
    address: text,
    name: text,
    count: number,
    durationUs: maybe,
    sentBytes: maybe,
    ongoing: fc.boolean(),
    outcome: fc.constantFrom('established', 'refused', 'unknown', 'timeout'),
    pid: fc.nat({ max: 9 }),
  })
  .map((one) => {
    const { kind, place, address, name, count, durationUs, sentBytes, ongoing, outcome, pid } = one
    const peer = { address, name }
    switch (kind) {
      case 'connect':
        return { ...connect({ peer, count, outcome: outcome as 'refused' }), ...place }
      case 'close':
        return { ...close({ peer, count, durationUs, sentBytes, ongoing }), ...place }
      case 'dns':
        return { ...dns(name, { count }), ...place }
      case 'exec':
        return { ...exec({ pid, exe: name }), ...place }
      case 'exit':
        return {
          ...exit({ pid, nsPid: 1, exe: name }, { lifetimeUs: durationUs, exitCode: 1 }),
          ...place,
        }
      case 'gap':
        return { ...gap(), ...place }
      case 'accept':
        return { ...connect({ peer }), ...place, kind: 'accept' }
      default: {
        const { peer: _peer, ...listening } = connect()
        return { ...listening, ...place, kind: 'listen', process: processInfo({ exe: name }) }
      }
    }
  })

t.test(
  'whatever events and times come, nothing is thrown, and reasons are for people',
  async (_t) => {
    const parameters = withParameters({
      'scan.addresses': 2,
      'scan.ports': 2,
      'dns-tunnel.names': 2,
      'burst.learning': 10,
      'burst.floor': 2,
      'crash-loop.exits': 2,
      'fork-bomb.processes': 2,
      'fork-bomb.forks': 2,
      'bytes-out.floor': 0,
    })
    fc.assert(
      fc.property(fc.array(fc.tuple(wild, number), { maxLength: 50 }), (events) => {
        const statistics = new Statistics(parameters)
        for (const [event, timeUs] of events)
          for (const { hit } of statistics.take(event, at(timeUs)))
            if (hit.reason.length > 500 || /[\u0000-\u001f]/.test(hit.reason)) return false
        return statistics.all.every(({ size, evicted }) => size >= 0 && evicted >= 0)
      }),
      { numRuns: 300 },
    )
  },
)
