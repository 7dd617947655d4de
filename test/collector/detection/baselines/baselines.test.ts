import t from 'tap'
import type { KnownProcess } from '#collector/detection/processes.ts'
import { baselineSite, writtenBaseline } from '#test/fixtures/baselines.ts'
import {
  containerId,
  containerStarted,
  exec,
  gap,
  timelineBase,
  wireContainer,
} from '#test/fixtures/timeline-events.ts'
import { connect } from '../statistics/events.ts'

const node = timelineBase.node
const named = (more = {}) => wireContainer({ nameSource: 'kubelet', imageId: 'sha256:a', ...more })
const init = (exe = '/usr/sbin/nginx', more = {}) =>
  exec({ exe, argv: [exe], entry: 'init' }, { ...timelineBase, ...more })
const shell = { exe: '/bin/sh', entry: 'child', argv: ['sh'] } as unknown as KnownProcess

const innocent = () => false

t.test('a container is learnt once it has a name, from its beginning', async (t) => {
  const { baselines, names } = baselineSite()
  t.strictSame(baselines.observe(init(), [], innocent), [])
  t.equal(baselines.size, 0)
  t.equal([...baselines.waiting()].length, 2, 'an executable and where it came from')
  names.learnFrom(node, [named()])
  t.strictSame(baselines.tick(), [])
  t.match(baselines.list({ limit: 10 }), [
    { workload: 'api', items: [{ value: '/usr/sbin/nginx' }, { kind: 'pair' }] },
  ])
  t.equal([...baselines.waiting()].length, 0)
})

t.test('drift of a container without a name is told when it has one', async (t) => {
  const { baselines, names } = baselineSite()
  await baselines.replace(writtenBaseline(), 'ada', '')
  baselines.observe(init('/opt/x'), [], innocent)
  t.strictSame(baselines.tick(), [])
  names.learnFrom(node, [named()])
  t.match(baselines.tick(), [
    {
      rule: { id: 'MF1001' },
      severity: 'low',
      reason: /^first time in [0-9]+ days: \/opt\/x$/,
      event: { workload: 'api', namespace: 'payments' },
    },
    { rule: { id: 'MF1002' } },
  ])
  t.equal(baselines.counts.outside, 2)
})

t.test('names that never come are waited for, not long held, and counted in the end', async (t) => {
  const { baselines, time } = baselineSite()
  for (let index = 0; index < 2_001; index += 1) {
    const id = index.toString(16).padStart(64, '0')
    baselines.observe(init('/bin/a', { containerId: id }), [], innocent)
  }
  t.equal(baselines.counts.unnamed, 2, 'both things of the first one')
  await time.advance(10_001)
  t.equal([...baselines.waiting()].length, 0)
})

t.test('a Job that nobody repeats and a plain container have no baseline', async (t) => {
  const { baselines, names } = baselineSite()
  names.learnFrom(node, [named({ workloadType: 'job' })])
  baselines.observe(init(), [], innocent)
  names.learnFrom(node, [
    wireContainer({ nameSource: 'oci', namespace: '', pod: '', workload: '' }),
  ])
  baselines.observe(init('/bin/b', { containerId: 'b'.repeat(64) }), [], innocent)
  names.learnFrom(node, [
    wireContainer({
      ...{ containerId: 'b'.repeat(64), nameSource: 'oci' },
      ...{ namespace: '', pod: '', workload: '', workloadType: '' },
    }),
  ])
  t.strictSame(baselines.tick(), [])
  t.equal(baselines.size, 0)
  t.equal([...baselines.waiting()].length, 0)
})

t.test('lives are counted from the first process to the end, without gaps', async (t) => {
  const { baselines, names } = baselineSite()
  names.learnFrom(node, [named()])
  const end = containerStarted({ phase: 'ended' })
  baselines.observe(init(), [], innocent)
  baselines.observe(end, [], innocent)
  t.match(baselines.list({ limit: 1 }), [{ lives: 1 }])
  names.learnFrom(node, [named({ containerId: 'c'.repeat(64) })])
  const other = { containerId: 'c'.repeat(64) }
  baselines.observe(init('/usr/sbin/nginx', other), [], innocent)
  baselines.observe(gap({ containerId: '', to: '2027-01-01T00:00:00.000000Z' }), [], innocent)
  baselines.observe({ ...end, ...other }, [], innocent)
  t.match(baselines.list({ limit: 1 }), [{ lives: 1 }])
})

t.test('what Argo rolls out has a baseline as a Deployment has', async (t) => {
  const { baselines, names } = baselineSite()
  names.learnFrom(node, [named({ workloadType: 'rollout' })])
  baselines.observe(init(), [], innocent)
  t.match(baselines.list({ limit: 1 }), [{ workloadType: 'rollout' }])
})

t.test('a life that is named late is counted like others', async (t) => {
  const of = (digit: string) => ({ containerId: digit.repeat(64) })
  const end = (digit: string) => ({ ...containerStarted({ phase: 'ended' }), ...of(digit) })
  const { baselines, names, time } = baselineSite()
  const lives = () => baselines.list({ limit: 1 })[0]?.lives
  const child = (digit: string) =>
    exec({ exe: '/bin/a', argv: ['a'], entry: 'child' }, { ...timelineBase, ...of(digit) })

  await t.test('one that does more before anybody looks', async (t) => {
    baselines.observe(init('/usr/sbin/nginx', of('a')), [], innocent)
    names.learnFrom(node, [named(of('a'))])
    baselines.observe(child('a'), [], innocent)
    baselines.observe(end('a'), [], innocent)
    t.equal(lives(), 1)
  })
  await t.test('one that has ended by then, and is no life that goes on', async (t) => {
    baselines.observe(init('/usr/sbin/nginx', of('b')), [], innocent)
    baselines.observe(end('b'), [], innocent)
    names.learnFrom(node, [named(of('b'))])
    baselines.tick()
    t.equal(lives(), 2)
    await time.advance(3 * 86_400_000)
    baselines.tick()
    t.equal(lives(), 2)
  })
  await t.test('one with a gap is not complete', async (t) => {
    baselines.observe(init('/usr/sbin/nginx', of('c')), [], innocent)
    baselines.observe(gap({ containerId: '', to: '2027-01-01T00:00:00.000000Z' }), [], innocent)
    names.learnFrom(node, [named(of('c'))])
    baselines.tick()
    baselines.observe(end('c'), [], innocent)
    t.equal(lives(), 2)
  })
})

t.test('a container that ends after a start of the collector has ended', async (t) => {
  const { baselines, names, make, time } = baselineSite()
  names.learnFrom(node, [named()])
  baselines.observe(init(), [], innocent)
  await baselines.write(true)
  const next = make()
  await next.start()
  next.observe(containerStarted({ phase: 'ended' }), [], innocent)
  t.match(next.list({ limit: 1 }), [{ lives: 1 }])
  await time.advance(3 * 86_400_000)
  next.tick()
  t.match(next.list({ limit: 1 }), [{ lives: 1 }])
})

t.test('applets of one file are told apart as other programs are', async (t) => {
  const { baselines, names } = baselineSite()
  names.learnFrom(node, [named()])
  const nginx = { exe: '/usr/sbin/nginx', entry: 'init', argv: [] } as unknown as KnownProcess
  const applet = (...argv: string[]) => exec({ exe: '/bin/busybox', argv, entry: 'child' })
  const busybox = { exe: '/bin/busybox', argv: ['sh'], entry: 'child' } as unknown as KnownProcess
  const { items: _items, ...owner } = writtenBaseline()
  const known = { kind: 'exec', scope: 'main', value: '/bin/busybox date', args: '' } as const
  await baselines.replace({ ...owner, items: [known] }, 'ada', '')
  const worst = (event: ReturnType<typeof applet>, parent: KnownProcess) =>
    baselines.observe(event, [parent], innocent).map(({ severity, reason }) => [severity, reason])
  t.match(worst(applet('date'), nginx), [['low', /nginx → \/bin\/busybox date$/]])
  t.match(worst(applet('sh'), nginx), [
    ['low', /\/bin\/busybox sh$/],
    ['medium', /nginx has never started a shell$/],
  ])
  t.match(worst(applet('nc', '-l'), busybox), [
    ['medium', /\/bin\/busybox nc -l; it is a network tool$/],
    ['medium', /network tool$/],
  ])
})

t.test('a first shell, a network tool and a dropped file are more than drift', async (t) => {
  const { baselines, names } = baselineSite()
  names.learnFrom(node, [named()])
  await baselines.replace(writtenBaseline(), 'ada', '')
  const nginx = { exe: '/usr/sbin/nginx', entry: 'init', argv: [] } as unknown as KnownProcess
  const child = (exe: string, more = {}) => exec({ exe, argv: [exe], entry: 'child', ...more })
  const worst = (event: ReturnType<typeof child>, parent: KnownProcess) =>
    baselines.observe(event, [parent], innocent).map(({ severity, reason }) => [severity, reason])
  t.match(worst(child('/bin/sh'), nginx), [
    ['low', /\/bin\/sh$/],
    ['medium', /\/usr\/sbin\/nginx has never started a shell$/],
  ])
  t.match(worst(child('/usr/bin/curl'), shell), [
    ['medium', /a network tool$/],
    ['medium', /a network tool$/],
  ])
  t.match(worst(child('/opt/x', { fileOrigin: 'dropped' }), nginx), [
    ['medium', /came after the container began$/],
    ['medium', /.*/],
  ])
  t.match(worst(child('/bin/date'), nginx), [
    ['low', /.*/],
    ['low', /.*/],
  ])
})

t.test(
  'a new peer is low, outside the cluster from a program outside the baseline medium',
  async (t) => {
    const { baselines, names } = baselineSite()
    names.learnFrom(node, [named()])
    await baselines.replace(writtenBaseline(), 'ada', '')
    const to = (exe: string) => baselines.observe(connect({ exe }), [], innocent)
    t.match(to('/usr/sbin/nginx'), [{ rule: { id: 'MF1003' }, severity: 'low' }])
    t.match(to('/opt/x'), [
      { severity: 'medium', reason: /connects to 9\.0\.0\.0\/24:443\/tcp; it goes out/ },
    ])
    const known = connect({ peer: { name: 'db.payments.svc.cluster.local', port: 5432 } })
    t.strictSame(baselines.observe(known, [], innocent), [])
    t.ok(baselines.isKnownPeer(known))
    t.notOk(baselines.isKnownPeer(connect()))
  },
)

t.test('what was learnt outlives the collector, and a failing store loses nothing', async (t) => {
  const { baselines, names, store, time, make } = baselineSite()
  names.learnFrom(node, [named()])
  baselines.observe(init(), [], innocent)
  store.failure = new Error('no space')
  await t.rejects(baselines.write(true), /no space/)
  store.failure = undefined
  await baselines.write(true)
  await baselines.write(true)
  t.equal(store.writes, 1, 'nothing has changed since')
  const again = make()
  await again.start()
  t.strictSame(again.list({ limit: 1 }), baselines.list({ limit: 1 }))
  await time.advance(1)
})

t.test('somebody locks, unlocks and imports; others find nothing', async (t) => {
  const { baselines, names, store } = baselineSite()
  names.learnFrom(node, [named()])
  baselines.observe(init(), [], innocent)
  const [one] = baselines.list({ limit: 1 })
  const id = one?.id ?? ''
  t.match(await baselines.decide(id, 'lock', 'ada', ''), { state: 'locked' })
  t.match(baselines.observe(init('/opt/x'), [], innocent), [{ rule: { id: 'MF1001' } }, {}])
  t.match(await baselines.decide(id, 'unlock', 'ada', 'again'), { state: 'learning' })
  t.equal(store.rows.get(id)?.record.baseline.state, 'learning')
  t.equal(await baselines.decide('0'.repeat(16), 'lock', 'ada', ''), undefined)
  t.strictSame(baselines.list({ namespace: 'others', limit: 10 }), [])
  t.strictSame(baselines.list({ workload: 'others', limit: 10 }), [])
  t.equal(baselines.ownerOf(id)?.namespace, 'payments')
  t.ok(containerId)
})
