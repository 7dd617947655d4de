import t from 'tap'
import { FindingGauge, maxSeries } from '#collector/detection/findings/finding-gauge.ts'
import { openFinding } from '#collector/detection/findings/occurrence.ts'
import type { Finding } from '#proto/finding.ts'
import { occurrence } from '#test/fixtures/occurrences.ts'

const finding = (facts: Partial<Finding> = {}): Finding => ({
  ...openFinding(occurrence()).finding,
  lastDetected: '2026-07-01T00:00:01.500000Z',
  ...facts,
})
const second = Date.parse('2026-07-01T00:00:01Z') / 1_000

t.test('what is open has the time of its latest judgement', async (t) => {
  const gauge = new FindingGauge()
  gauge.update(finding({ severity: 'high', rule: 'MF0101' }))
  t.strictSame(gauge.readings(), [
    {
      labels: {
        namespace: 'payments',
        workload: 'api',
        workload_type: 'deployment',
        rule: 'MF0101',
        severity: 'high',
        late: 'false',
      },
      value: second + 0.5,
    },
  ])
  gauge.update(finding({ severity: 'high', rule: 'MF0101', lastDetected: '2026-07-01T00:00:09Z' }))
  t.match(gauge.readings(), [{ value: second + 8 }])
})

t.test('what is seen again in a backlog is late, and ends no alert that is out', async (t) => {
  const gauge = new FindingGauge()
  const shown = () =>
    Object.fromEntries(gauge.readings().map(({ labels, value }) => [labels.late, value - second]))
  const lastSeen = '2026-07-01T00:00:01Z'
  gauge.update(finding({ lastSeen }))
  t.strictSame(shown(), { false: 0.5 })
  gauge.update(finding({ lastSeen, lastDetected: '2026-07-01T03:00:01Z' }))
  t.strictSame(shown(), { false: 0, true: 3 * 3_600 })
  gauge.update(finding({ lastSeen: '2026-07-01T03:05:00Z', lastDetected: '2026-07-01T03:05:01Z' }))
  t.strictSame(shown(), { false: 3 * 3_600 + 300 }, 'and in time again')
  gauge.update(finding({ lastSeen, lastDetected: '2026-07-01T03:00:01Z', late: true }))
  t.strictSame(shown(), { true: 3 * 3_600 }, 'never in time')
})

t.test(
  'several findings of one workload and rule are one series, the latest of them',
  async (t) => {
    const gauge = new FindingGauge()
    gauge.update(finding({ id: 'a', lastDetected: '2026-07-01T00:00:05Z' }))
    gauge.update(finding({ id: 'b' }))
    t.match(gauge.readings(), [{ value: second + 4 }])
    t.equal(gauge.readings().length, 1)
    gauge.update(finding({ id: 'a', state: 'acknowledged' }))
    t.match(gauge.readings(), [{ value: second + 0.5 }], 'the other one is still open')
  },
)

for (const state of ['acknowledged', 'resolved', 'suppressed'] as const)
  t.test(`${state} is silent, and open again is not`, async (t) => {
    const gauge = new FindingGauge()
    gauge.update(finding())
    gauge.update(finding({ state }))
    t.strictSame(gauge.readings(), [])
    gauge.update(finding())
    t.equal(gauge.readings().length, 1)
  })

t.test('late ones are told apart', async (t) => {
  const gauge = new FindingGauge()
  gauge.update(finding({ late: true }))
  t.match(gauge.readings(), [{ labels: { late: 'true' } }])
})

t.test('open ones are counted by severity, none as 0', async (t) => {
  const gauge = new FindingGauge()
  gauge.update(finding({ id: 'a', severity: 'high' }))
  gauge.update(finding({ id: 'b', severity: 'high' }))
  t.strictSame(
    gauge.openBySeverity().map(({ labels, value }) => [labels.severity, value]),
    [
      ['low', 0],
      ['medium', 0],
      ['high', 2],
      ['critical', 0],
    ],
  )
})

t.test('there is a bound, the oldest goes, and that is counted', async (t) => {
  const gauge = new FindingGauge()
  for (let index = 0; index <= maxSeries; index += 1)
    gauge.update(finding({ id: String(index), workload: `w${index}` }))
  t.equal(gauge.readings().length, maxSeries)
  t.notOk(gauge.readings().some(({ labels }) => labels.workload === 'w0'))
  t.equal(gauge.unshown, 1)
  for (let index = 0; index < 12_000; index += 1) gauge.update(finding({ id: `one${index}` }))
  t.ok(gauge.openBySeverity().reduce((sum, { value }) => sum + value, 0) <= 10_000)
  t.ok(gauge.readings().length >= 1)
})
