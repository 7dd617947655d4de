import t from 'tap'
import { formatTime } from '#base/values.ts'
import {
  baselineId,
  type Sight,
  WorkloadBaseline,
} from '#collector/detection/baselines/baseline.ts'
import type { Seen } from '#collector/detection/baselines/item.ts'
import {
  type BaselineLimits,
  baselineLimits,
  dayUs,
} from '#collector/detection/baselines/limits.ts'

const owner = {
  namespace: 'payments',
  workload: 'api',
  workloadType: 'deployment',
  container: 'web',
  coverage: 'ebpf',
} as const

const startUs = 20_000 * dayUs
const make = (limits: Partial<BaselineLimits> = {}, more = {}) =>
  new WorkloadBaseline({ ...owner, ...more }, { ...baselineLimits, ...limits }, startUs)
const item = (value: string, args = '', more: Partial<Seen> = {}): Seen => ({
  kind: 'exec',
  scope: 'main',
  value,
  args,
  ...more,
})
const sight = (more: Partial<Sight> = {}): Sight => ({
  timeUs: startUs,
  podUid: 'p1',
  image: 'a',
  isSuspect: false,
  ...more,
})
/** As many lives as it takes. */
const live = (baseline: WorkloadBaseline, count: number, image = 'a', fromUs = startUs) => {
  for (let index = 0; index < count; index += 1) {
    baseline.lives(`${image}${index}`, { node: 'n', fromUs, isWhole: true, image })
    baseline.ended(`${image}${index}`)
  }
}
const learnt = (items: readonly Seen[] = [item('/bin/nginx')]) => {
  const baseline = make()
  for (const one of items) baseline.observe(one, sight())
  live(baseline, 3)
  baseline.pass(startUs + dayUs)
  return baseline
}

t.test('while it learns, everything is learnt and nothing is outside', async (t) => {
  const baseline = make()
  t.equal(baseline.observe(item('/bin/a'), sight()), 'learnt')
  t.equal(baseline.observe(item('/bin/a'), sight()), 'known')
  t.equal(baseline.observe(item('/bin/a', '-x'), sight()), 'learnt')
  t.match(baseline.show(startUs), { state: 'learning', items: { length: 2 }, outside: [] })
})

t.test('what matched a rule is never learnt, and outside once it is locked', async (t) => {
  const baseline = make()
  t.equal(baseline.observe(item('/tmp/x'), sight({ isSuspect: true })), 'refused')
  t.equal(baseline.show(startUs).refused, 1)
  baseline.lock(startUs, 'ada', '')
  t.equal(baseline.observe(item('/tmp/x'), sight({ isSuspect: true })), 'outside')
})

const locks: readonly (readonly [string, string, number, number, string])[] = [
  ['a day without lives', 'deployment', dayUs, 0, 'waits for 3 complete lives'],
  ['lives without a day', 'deployment', dayUs - 3_600e6, 3, 'waits for 1 h'],
  ['neither', 'deployment', 0, 1, 'waits for 24 h and 2 complete lives'],
  ['too few runs of a CronJob', 'cronjob', dayUs, 3, 'waits for 2 complete runs'],
]
for (const [name, workloadType, afterUs, lives, because] of locks)
  t.test(`${name} does not lock`, async (t) => {
    const baseline = make({}, { workloadType })
    live(baseline, lives)
    baseline.pass(startUs + afterUs)
    t.match(baseline.show(startUs + afterUs), { state: 'learning', because })
  })

t.test('a day and three lives lock, and it is said what one pod alone did', async (t) => {
  const baseline = make()
  baseline.observe(item('/bin/a'), sight())
  baseline.observe(item('/bin/a'), sight({ podUid: 'p2' }))
  baseline.observe(item('/bin/once'), sight())
  live(baseline, 3)
  baseline.pass(startUs + dayUs)
  t.match(baseline.show(startUs + dayUs), {
    state: 'locked',
    lockedAt: formatTime(startUs + dayUs),
    because: /locked by mayfly: known for long enough; 1 of 2 items were seen in one pod alone/,
    items: [{ pods: 2 }, { pods: 1 }],
  })
})

t.test('outside a locked baseline is told, listed and bounded', async (t) => {
  const baseline = make({ outside: 2 })
  baseline.observe(item('/bin/a', '-x'), sight())
  baseline.lock(startUs, 'ada', 'by hand')
  t.equal(baseline.observe(item('/bin/a', '-x'), sight()), 'known')
  t.equal(baseline.observe(item('/bin/a', '-y'), sight()), 'outside')
  t.equal(baseline.observe(item('/bin/a', '-y'), sight()), 'outside')
  for (const value of ['/b', '/c', '/d']) baseline.observe(item(value), sight())
  t.equal(baseline.show(startUs).outside.length, 2)
  t.notOk(baseline.knowsExecutable('/b'))
  t.ok(baseline.knowsExecutable('/bin/a'))
})

t.test('with too many shapes any arguments of an executable are normal', async (t) => {
  const baseline = make({ shapes: 3 })
  for (const args of ['a', 'b', 'c', 'd']) baseline.observe(item('/bin/a', args), sight())
  t.match(baseline.show(startUs).items, [{ value: '/bin/a', args: '*' }])
  baseline.lock(startUs, 'ada', '')
  t.equal(baseline.observe(item('/bin/a', 'new'), sight()), 'known')
  t.equal(baseline.observe(item('/bin/b', 'new'), sight()), 'outside')
})

t.test('what comes by exec is exempt only exactly, however many there are', async (t) => {
  const baseline = make({ shapes: 3 })
  const probe = (args: string) => item('/bin/sh', args, { scope: 'exec' })
  for (const args of ['a', 'b', 'c', 'd', 'e']) baseline.observe(probe(args), sight())
  baseline.lock(startUs, 'ada', '')
  t.equal(baseline.observe(probe('a'), sight()), 'known')
  t.equal(baseline.observe(probe('f'), sight()), 'outside')
  t.equal(baseline.observe(item('/bin/sh', 'a'), sight()), 'outside', 'and not from within')
})

t.test('with too much of a kind it is neither learnt nor judged, and shown', async (t) => {
  const baseline = make({ items: { ...baselineLimits.items, peer: 2 } })
  const peer = (value: string) => item(value, '', { kind: 'peer' })
  for (const value of ['a:1', 'b:1', 'c:1']) baseline.observe(peer(value), sight())
  baseline.observe(item('/bin/a'), sight())
  t.equal(baseline.observe(peer('d:1'), sight()), 'unjudged')
  baseline.lock(startUs, 'ada', '')
  t.equal(baseline.observe(peer('e:1'), sight()), 'unjudged')
  t.equal(baseline.observe(item('/bin/b'), sight()), 'outside')
  t.match(baseline.show(startUs), { unlearnable: ['peer'], items: [{ kind: 'exec' }] })
})

t.test('a newer image inherits, its novelties are provisional until it is known', async (t) => {
  const baseline = learnt()
  const laterUs = startUs + 2 * dayUs
  const newer = sight({ image: 'b', timeUs: laterUs })
  t.equal(baseline.observe(item('/bin/nginx'), newer), 'known')
  t.equal(baseline.observe(item('/bin/new'), newer), 'provisional')
  t.equal(baseline.observe(item('/bin/new'), { ...newer, timeUs: laterUs + 1 }), 'known')
  t.equal(
    baseline.observe(item('/bin/evil'), { ...newer, isSuspect: true }),
    'refused',
    'a new image is no leave for what a rule finds',
  )
  t.equal(baseline.observe(item('/bin/other'), sight()), 'outside', 'the older image has none')
  t.match(baseline.show(laterUs), { images: ['a'], provisionalImage: 'b' })
  live(baseline, 3, 'b', laterUs)
  baseline.pass(laterUs + dayUs)
  t.match(baseline.show(laterUs), {
    images: ['a', 'b'],
    provisionalImage: '',
    items: [{ provisional: false }, { provisional: false }],
  })
  t.equal(baseline.observe(item('/bin/more'), newer), 'outside')
  t.equal(baseline.observe(item('/bin/nginx'), sight()), 'known', 'a roll back is nothing new')
})

t.test('unlocked it learns again from what it knows', async (t) => {
  const baseline = learnt()
  baseline.observe(item('/bin/b'), sight())
  baseline.unlock(startUs + dayUs, 'ada', 'a new release')
  t.match(baseline.show(startUs), { state: 'learning', outside: [], lockedAt: '' })
  t.equal(baseline.observe(item('/bin/b'), sight()), 'learnt')
  t.match(baseline.show(startUs).changes.at(-1), { author: 'ada', action: 'unlocked' })
})

t.test('what is written down takes the place of everything', async (t) => {
  const baseline = learnt()
  const items = [item('/bin/x', '*')]
  baseline.replace({ image: '', items }, startUs, 'ada', 'from git')
  t.match(baseline.show(startUs), { state: 'locked', items: [{ value: '/bin/x', pods: 0 }] })
  t.equal(baseline.observe(item('/bin/x', 'any'), sight({ image: 'z' })), 'known')
  t.equal(baseline.observe(item('/bin/nginx'), sight({ image: 'z' })), 'outside')
})

t.test('what was kept is what there was', async (t) => {
  const baseline = learnt()
  baseline.observe(item('/bin/b'), sight())
  baseline.lives('running', { node: 'n', fromUs: startUs, isWhole: true, image: 'a' })
  const record = JSON.parse(JSON.stringify(baseline.toRecord(startUs)))
  const again = new WorkloadBaseline(owner, baselineLimits, record)
  t.strictSame(again.show(startUs), baseline.show(startUs))
  t.notOk(again.isChanged)
  t.equal(again.observe(item('/bin/c'), sight()), 'outside')
  again.ended('running')
  t.equal(again.show(startUs).lives, 4)
})

t.test('sampling and a complete view have baselines of their own', async (t) => {
  t.not(baselineId(owner), baselineId({ ...owner, coverage: 'procfs' }))
})
