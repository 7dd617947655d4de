import fc from 'fast-check'
import t from 'tap'
import { defaultParameters } from '#collector/detection/statistics/parameters.ts'
import { RandomWalk, walkModel } from '#collector/detection/statistics/trw.ts'
import {
  connect,
  external,
  hitsOf,
  minuteUs,
  secondUs,
  type Timed,
  withParameters,
} from './events.ts'

/** `f` and `s`: first contacts that fail and succeed. */
const contacts = (walk: string, stepUs = secondUs): readonly Timed[] =>
  [...walk].map((one, n) => [
    connect({ outcome: one === 'f' ? 'timeout' : 'established', peer: { address: external(n) } }),
    n * stepUs,
  ])

const walkOf = (walk: string, stepUs?: number) =>
  hitsOf(new RandomWalk(defaultParameters), contacts(walk, stepUs)).map(({ at }) => at)

t.test('the likelihoods and bounds of Jung et al.', async (t) => {
  const { success, failure, scanner, benign } = walkModel(defaultParameters)
  t.equal(success, 0.25)
  t.equal(failure.toFixed(9), '4.000000000')
  t.equal(scanner, 99)
  t.equal(benign.toFixed(4), '0.0101')
  const other = walkModel(
    withParameters({
      'trw.theta0': 0.9,
      'trw.theta1': 0.3,
      'trw.detection': 0.95,
      'trw.false-alarm': 0.05,
    }),
  )
  t.strictSame(
    Object.values(other).map((value) => value.toFixed(4)),
    ['0.3333', '7.0000', '19.0000', '0.0526'],
  )
})

const walks: readonly (readonly [string, readonly number[]])[] = [
  ['fff', []],
  ['ffff', [3]],
  ['sfffff', [5]],
  ['sssffffff', []],
  ['sssfffffff', [9]],
  // Benign after four: the walk begins anew.
  ['ssssffff', [7]],
  ['fsfsfsfsfsfsfsfs', []],
  ['fsffsffsffs', [9]],
  ['', []],
]

t.test('who fails four times more often than not is found', async (t) => {
  for (const [walk, hits] of walks) t.strictSame(walkOf(walk), hits, walk)
})

t.test('told once per hour', async (t) => {
  t.strictSame(walkOf('f'.repeat(64)), [3])
  t.strictSame(walkOf('f'.repeat(45), 2 * minuteUs), [3, 31])
})

t.test('only first contacts of an executable count', async (t) => {
  const again = Array.from({ length: 20 }, (): Timed => [connect({ outcome: 'refused' }), 0])
  t.strictSame(hitsOf(new RandomWalk(defaultParameters), again), [])
  const apart = contacts('ffff').map(
    ([, us], n): Timed => [
      connect({ outcome: 'refused', peer: { address: external(n) }, exe: `/bin/${n}` }),
      us,
    ],
  )
  t.strictSame(hitsOf(new RandomWalk(defaultParameters), apart), [])
})

t.test('known peers that are down are no scan', async (t) => {
  t.strictSame(
    hitsOf(new RandomWalk(defaultParameters), contacts('fffffff'), () => true),
    [],
  )
})

t.test('a walk ends with a pause, whichever way the clock goes', async (t) => {
  t.strictSame(walkOf('ffff', 31 * minuteUs), [])
  t.strictSame(walkOf('ffff', -31 * minuteUs), [])
  t.strictSame(walkOf('ffff', -secondUs), [3], 'disorder is no pause')
})

t.test('the reason says what failed', async (t) => {
  t.strictSame(hitsOf(new RandomWalk(defaultParameters), contacts('sfffff')), [
    {
      at: 5,
      key: { exe: '/usr/bin/app' },
      reason:
        '/usr/bin/app contacted 6 addresses for the first time, and 5 of them did not answer or refused',
    },
  ])
})

t.test('memory is bounded, and what is forgotten counted', async (t) => {
  const statistic = new RandomWalk(defaultParameters)
  hitsOf(statistic, contacts('s'.repeat(1_000)))
  t.equal(statistic.evicted, 1_000 - 128)
  const many = Array.from({ length: 6_000 }, (_, n): Timed => [connect({ exe: `/bin/${n}` }), 0])
  hitsOf(statistic, many)
  t.equal(statistic.size, 5_000)
  t.equal(statistic.evicted, 1_000 - 128 + 1_001)
})

t.test('never before four failures', async (_t) => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('f', 's')), (walk) =>
      walkOf(walk.join('')).every(
        (at) => walk.slice(0, at + 1).filter((one) => one === 'f').length >= 4,
      ),
    ),
  )
})
