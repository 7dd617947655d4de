import t from 'tap'
import { activityOf } from '#collector/detection/activity.ts'
import { fullImage, isTrusted, Reporter } from '#collector/detection/findings/reporter.ts'
import { ProcessMemory } from '#collector/detection/processes.ts'
import { parseRules } from '#collector/detection/rules/load.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'
import { containerStarted, exec, timelineBase } from '#test/fixtures/timeline-events.ts'
import { connect } from '../statistics/events.ts'

const text = ruleFileText({ more: { low_in_builders: true } })
const { rules, builders } = parseRules({
  files: [
    { name: 'a', text },
    { name: 'b', text: 'builders: [{ name: the image build, namespace: ci }]' },
  ],
  faults: [],
})
const [rule] = rules
if (rule === undefined) throw new Error('there is no rule')

const site = (trustedRegistries: readonly string[] = []) => {
  const memory = new ProcessMemory()
  const time = manualTime()
  const reporter = new Reporter({ memory, clock: time.clock, trustedRegistries })
  reporter.builders = builders
  const activity = (event: TimelineEvent, image = 'nginx:1', serviceAccountToken = false) =>
    activityOf(event, memory, { image, serviceAccountToken }, false)
  const found = (event: TimelineEvent, image?: string) =>
    reporter.ofRule(rule, event, activity(event, image))
  const terms = (event: TimelineEvent, image?: string) =>
    found(event, image).risk.terms.map(({ name }) => name)
  return { reporter, time, activity, found, terms }
}
t.test('a ServiceAccount token in its container makes it worse', async (t) => {
  const { reporter, activity } = site()
  const score = (hasToken: boolean) => {
    const event = exec({ exe: '/bin/nc', argv: ['nc'] }, timelineBase)
    return reporter.ofRule(rule, event, activity(event, 'nginx:1', hasToken)).risk
  }
  t.strictSame(
    score(true)
      .terms.filter(({ name }) => name === 'token')
      .map(({ points }) => points),
    [3],
  )
  t.equal(score(true).score - score(false).score, 3)
})

const nc = (more = {}, base = {}) =>
  exec({ exe: '/bin/nc', argv: ['nc'], uid: 1000, ...more }, { ...timelineBase, ...base })

const images = [
  ['nginx', 'docker.io/library/nginx'],
  ['team/app:1', 'docker.io/team/app:1'],
  ['registry.example.com/app@sha256:a', 'registry.example.com/app@sha256:a'],
  ['localhost/app', 'localhost/app'],
  ['registry:5000/app', 'registry:5000/app'],
] as const
for (const [image, full] of images)
  t.test(`${image} is ${full}`, async (t) => t.equal(fullImage(image), full))

const trust = [
  ['registry.example.com/team/app:1', true],
  ['registry.example.com/team', true],
  ['registry.example.com/teams/app', false],
  ['registry.example.com.evil.example/team/app', false],
  ['nginx', false],
  ['evil.example/registry.example.com/team/app', false],
] as const
for (const [image, isOne] of trust)
  t.test(`${image} is ${isOne ? '' : 'not '}trusted`, async (t) => {
    t.equal(isTrusted(image, ['registry.example.com/team/']), isOne)
  })

t.test('what builders do for a living is low there', async (t) => {
  const { found } = site()
  t.equal(found(nc()).severity, 'medium')
  t.equal(found(nc({}, { namespace: 'ci' })).severity, 'low')
})

t.test('the circumstances raise the risk, each by a term', async (t) => {
  const { reporter, terms } = site(['registry.example.com'])
  t.strictSame(terms(nc()), ['severity', 'image'])
  t.strictSame(terms(nc(), 'registry.example.com/a'), ['severity'])
  const good = 'registry.example.com/a'
  t.strictSame(terms(nc({ uid: 0 }), good), ['severity', 'root'])
  t.strictSame(terms(nc({ namespaces: { pid: 0xeffffffc } }), good), [
    'severity',
    'host-namespaces',
  ])
  const mask = `0x${(2n ** 41n - 1n).toString(16)}`
  t.strictSame(terms(nc({ capabilities: mask }), good), ['severity', 'privileged', 'capabilities'])
  reporter.learn({ ...connect({ peer: { address: '10.0.0.7' } }), kind: 'accept' })
  t.strictSame(terms(nc(), good), ['severity'], 'reached from inside')
  reporter.learn({ ...connect(), kind: 'accept' })
  t.strictSame(terms(nc(), good), ['severity', 'exposed'])
})

t.test('related is what was found within minutes in the same workload', async (t) => {
  const { reporter, terms, time, activity } = site()
  const drift = {
    rule: { id: 'MF1001', name: 'Drift', maturity: 'incubating', mitre: [] },
    severity: 'low',
    key: {},
    reason: 'first time: x',
    event: nc(),
  } as const
  const occurrence = reporter.ofDrift(drift, activity(drift.event))
  t.match(occurrence, {
    rule: 'MF1001',
    severity: 'low',
    reason: /^in payments\/api.*: first time/,
  })
  t.strictSame(terms(nc()), ['severity', 'related'])
  t.strictSame(terms(nc({}, { workload: 'other' })), ['severity'])
  await time.advance(10 * 60_000)
  t.strictSame(terms(nc()), ['severity'])
})

t.test('an image is looked at where somebody said what is trusted', async (t) => {
  const event = containerStarted({ image: 'evil.example/x:1' })
  const untold = site()
  t.equal(untold.reporter.ofImage(event, untold.activity(event)), undefined)
  const { reporter, activity } = site(['registry.example.com'])
  t.match(reporter.ofImage(event, activity(event)), {
    rule: 'MF3001',
    severity: 'medium',
    key: { image: 'evil.example/x:1' },
    reason: /runs evil\.example\/x:1, which is from no trusted registry/,
  })
  const trusted = containerStarted({ image: 'registry.example.com/x' })
  t.equal(reporter.ofImage(trusted, activity(trusted)), undefined)
  t.equal(reporter.ofImage(containerStarted({ image: '' }), activity(event)), undefined)
})
