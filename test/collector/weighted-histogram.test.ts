import fc from 'fast-check'
import t from 'tap'
import { createRegistry, registerMetrics } from '#base/metric-table.ts'
import { Observations, WeightedHistogram } from '#collector/weighted-histogram.ts'

const spec = {
  type: 'histogram',
  name: 'latency_seconds',
  help: 'Help.',
  labels: { namespace: { help: 'namespace' } },
  buckets: [0.1, 1, 10],
} as const

const seriesOf = (text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

t.test('it is scraped as the histogram of so many single observations would be', async () => {
  const values = fc.array(
    fc.tuple(fc.constantFrom(0, 0.1, 0.5, 1, 9.75, 10, 1_000), fc.integer({ min: 1, max: 50 })),
    {
      minLength: 1,
    },
  )
  await fc.assert(
    fc.asyncProperty(values, async (pairs) => {
      const registry = createRegistry()
      const weighted = new WeightedHistogram(spec, 'namespace', registry)
      const reference = createRegistry()
      const { latency } = registerMetrics({ latency: spec }, reference)
      // Two containers, so that sums are merged too.
      const parts = [new Observations(spec.buckets), new Observations(spec.buckets)]
      for (const [at, [value, weight]] of pairs.entries()) {
        parts[at % 2]?.add(value, weight)
        for (let time = 0; time < weight; time += 1) latency.observe({ namespace: 'a' }, value)
      }
      for (const part of parts) weighted.add('a', part)
      const [got, expected] = [await registry.metrics(), await reference.metrics()]
      const rounded = (line: string): string =>
        line.replace(/[0-9.e+-]+$/, (number) => Number(number).toFixed(6))
      return (
        got.split('\n').slice(0, 2).join() === expected.split('\n').slice(0, 2).join() &&
        seriesOf(got).map(rounded).join() === seriesOf(expected).map(rounded).join()
      )
    }),
    { numRuns: 50 },
  )
})

t.test('values keep series of their own, and those not retained go', async (t) => {
  const registry = createRegistry()
  const histogram = new WeightedHistogram(spec, 'namespace', registry)
  const some = new Observations(spec.buckets)
  some.add(0.5, 1_000_000)
  histogram.add('a"b', some)
  histogram.add('c', some)
  histogram.add('c', some)
  const text = await registry.metrics()
  t.match(text, 'latency_seconds_count{namespace="a\\"b"} 1000000')
  t.match(text, 'latency_seconds_bucket{le="1",namespace="c"} 2000000')
  histogram.retain(new Set(['c', 'd']))
  t.notMatch(await registry.metrics(), 'namespace="a')
  t.match(await registry.metrics(), 'namespace="c"')
})
