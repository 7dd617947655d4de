import fc from 'fast-check'
import t from 'tap'
import {
  addOccurrence,
  findingId,
  firstEvidence,
  latestEvidence,
  openFinding,
} from '#collector/detection/findings/occurrence.ts'
import { riskOf } from '#collector/detection/findings/risk.ts'
import { noRiskFacts, occurrence } from '#test/fixtures/occurrences.ts'
import { exec } from '#test/fixtures/timeline-events.ts'

t.test('the id is that of rule, workload, container and key, in whatever order', async (t) => {
  const event = exec()
  const id = findingId('MF1', event, { a: '1', b: '2' })
  t.match(id, /^[0-9a-f]{16}$/)
  t.equal(findingId('MF1', { ...event, pod: 'other', seq: 9 }, { b: '2', a: '1' }), id)
  const others = [
    findingId('MF2', event, { a: '1', b: '2' }),
    findingId('MF1', { ...event, namespace: 'x' }, { a: '1', b: '2' }),
    findingId('MF1', { ...event, workload: 'x' }, { a: '1', b: '2' }),
    findingId('MF1', { ...event, workloadType: 'x' }, { a: '1', b: '2' }),
    findingId('MF1', { ...event, container: 'x' }, { a: '1', b: '2' }),
    findingId('MF1', event, { a: '1,b:2' }),
    findingId('MF1', event, { a: '2', b: '1' }),
  ]
  t.equal(new Set([id, ...others]).size, 8)
})

t.test('whatever is evaluated again counts once', async (_t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(6), { minLength: 1 }), fc.array(fc.nat(9)), (seqs, again) => {
      const events = seqs.map((step, index) => index * 7 + step + 1)
      const [first, ...rest] = events.map((seq) => occurrence({ seq }))
      if (first === undefined) return true
      let booked = openFinding(first)
      for (const one of rest) booked = addOccurrence(booked, one)
      const before = booked
      for (const index of again) {
        const seq = events[index]
        if (seq !== undefined) booked = addOccurrence(booked, occurrence({ seq }))
      }
      return booked === before && booked.finding.count === events.length
    }),
  )
})

t.test('an epoch of another agent, or a later one, counts for itself', async (t) => {
  let booked = openFinding(occurrence({ seq: 9 }))
  booked = addOccurrence(booked, occurrence({ seq: 1, epoch: 2 }))
  booked = addOccurrence(booked, occurrence({ seq: 1, agent: 'node-2', node: 'node-2' }))
  t.equal(booked.finding.count, 3)
  t.strictSame(booked.finding.nodes, ['node-2', 'node-1'])
  for (let epoch = 10; epoch < 300; epoch += 1)
    booked = addOccurrence(booked, occurrence({ seq: 1, epoch }))
  t.equal(booked.finding.count, 293)
  t.equal(Object.keys(booked.counted).length, 200)
})

t.test('what waited for the names of its container counts, whatever overtook it', async (t) => {
  const [early, late] = ['a', 'b'].map((id) => id.repeat(64))
  const of = (containerId: string | undefined, seq: number) =>
    occurrence({ containerId: containerId ?? '', pod: `web-${containerId?.[0]}`, seq })
  let booked = openFinding(of(early, 192))
  booked = addOccurrence(booked, of(late, 100))
  booked = addOccurrence(booked, of(late, 101))
  t.equal(booked.finding.count, 3)
  t.strictSame(booked.finding.pods, ['web-b', 'web-a'])
  t.equal(addOccurrence(booked, of(late, 101)), booked, 'and once')
  t.equal(addOccurrence(booked, of(early, 192)), booked)
})

t.test('the first events and the latest ones stay as evidence', async (t) => {
  let booked = openFinding(occurrence({ seq: 1 }))
  for (let seq = 2; seq <= 50; seq += 1) booked = addOccurrence(booked, occurrence({ seq }))
  const numbers = booked.finding.evidence.map(({ seq }) => seq)
  t.equal(numbers.length, firstEvidence + latestEvidence)
  t.strictSame(numbers.slice(0, firstEvidence), [1, 2, 3, 4, 5])
  t.strictSame(
    numbers.slice(firstEvidence),
    [36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50],
  )
})

t.test('words, severity and risk are those of the worst', async (t) => {
  const mild = occurrence({ seq: 1 }, { reason: 'mild' })
  const risk = riskOf({ ...noRiskFacts, severity: 'high', privileged: true })
  const bad = occurrence({ seq: 2 }, { severity: 'high', reason: 'bad', risk })
  const { finding } = addOccurrence(addOccurrence(openFinding(mild), bad), {
    ...mild,
    event: exec({}, { seq: 3 }),
  })
  t.match(finding, { severity: 'high', reason: 'bad', risk: { score: risk.score }, count: 3 })
})

t.test('late only while every occurrence was', async (t) => {
  const late = openFinding(occurrence({ seq: 1 }, { late: true }))
  t.equal(late.finding.late, true)
  t.equal(addOccurrence(late, occurrence({ seq: 2 }, { late: true })).finding.late, true)
  t.equal(addOccurrence(late, occurrence({ seq: 2 })).finding.late, false)
})

t.test('times span what happened, in whatever order it is told', async (t) => {
  const times = [
    '2026-07-01T10:00:02.000000Z',
    '2026-07-01T10:00:01.000000Z',
    '2026-07-01T10:00:03.000000Z',
  ]
  const [first, second, third] = times.map((time, index) => occurrence({ time, seq: index + 1 }))
  if (!first || !second || !third) throw new Error('three')
  const { finding } = addOccurrence(addOccurrence(openFinding(first), second), third)
  t.match(finding, { firstSeen: times[1], lastSeen: times[2] })
})

t.test(
  'seen again after it was resolved it opens again; acknowledged it stays quiet',
  async (t) => {
    const booked = openFinding(occurrence({ seq: 1 }))
    const resolved = { ...booked, finding: { ...booked.finding, state: 'resolved' as const } }
    const again = addOccurrence(resolved, occurrence({ seq: 2 })).finding
    t.match(again, { state: 'open', changes: [{ author: 'mayfly', action: 'reopened' }] })
    t.equal(
      addOccurrence(resolved, occurrence({ seq: 1 })).finding.state,
      'resolved',
      'the same event',
    )
    const acknowledged = {
      ...booked,
      finding: { ...booked.finding, state: 'acknowledged' as const },
    }
    t.match(addOccurrence(acknowledged, occurrence({ seq: 2 })).finding, {
      state: 'acknowledged',
      count: 2,
    })
  },
)

t.test('an event that stands for several counts as several', async (t) => {
  const { finding } = openFinding(occurrence({ kind: 'connect', count: 7 } as object))
  t.equal(finding.count, 7)
})
