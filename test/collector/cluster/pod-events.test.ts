import t from 'tap'
import { keepEvent } from '#collector/cluster/pod-events.ts'

/** As a kubelet reports it. */
const event = (facts: object = {}) => ({
  metadata: { name: 'web-1.17d', namespace: 'shop', uid: 'u1', resourceVersion: '9' },
  involvedObject: {
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-1',
    uid: 'p1',
    fieldPath: 'spec.containers{web}',
  },
  reason: 'BackOff',
  message: 'Back-off restarting failed container web',
  source: { component: 'kubelet', host: 'node-1' },
  firstTimestamp: '2026-07-01T15:00:00Z',
  lastTimestamp: '2026-07-01T15:02:00Z',
  count: 5,
  type: 'Warning',
  reportingComponent: 'kubelet',
  ...facts,
})

t.test('a counted event', async (t) => {
  t.strictSame(keepEvent(event()).record, {
    uid: 'u1',
    timeUs: Date.parse('2026-07-01T15:02:00Z') * 1000,
    firstUs: Date.parse('2026-07-01T15:00:00Z') * 1000,
    count: 5,
    severity: 'warning',
    reason: 'BackOff',
    message: 'Back-off restarting failed container web',
    namespace: 'shop',
    pod: 'web-1',
    podUid: 'p1',
    container: 'web',
    node: 'node-1',
    reporter: 'kubelet',
  })
})

t.test('a series, as events.k8s.io makes them', async (t) => {
  const series = {
    firstTimestamp: null,
    lastTimestamp: null,
    count: 0,
    source: {},
    eventTime: '2026-07-01T15:00:00.000001Z',
    series: { count: 3, lastObservedTime: '2026-07-01T15:01:00.000002Z' },
    reportingComponent: 'default-scheduler',
    reason: 'FailedScheduling',
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'p1' },
  }
  t.match(keepEvent(event(series)).record, {
    timeUs: Date.parse('2026-07-01T15:01:00Z') * 1000 + 2,
    firstUs: Date.parse('2026-07-01T15:00:00Z') * 1000 + 1,
    count: 3,
    node: '',
    container: '',
    reporter: 'default-scheduler',
  })
})

t.test('which are for the timeline', async (t) => {
  for (const [facts, isKept] of [
    [{ type: 'Warning', reason: 'Anything' }, true],
    [{ type: 'Normal', reason: 'Killing' }, true],
    [{ type: 'Normal', reason: 'Scheduled' }, false],
    [{ type: 'Normal', reason: 'Pulled' }, false],
    [{ type: 'Strange' }, false],
    [{ involvedObject: {} }, false],
    [{ metadata: { name: 'x' } }, false],
    [{ firstTimestamp: 'x', lastTimestamp: 'x' }, false],
  ] as const)
    t.equal(keepEvent(event(facts)).record !== undefined, isKept, JSON.stringify(facts))
})

t.test('long words are cut, wrong numbers are one', async (t) => {
  const record = keepEvent(event({ message: 'x'.repeat(5_000), count: -3 })).record
  t.equal(record?.message.length, 1_024)
  t.equal(record?.count, 1)
})
