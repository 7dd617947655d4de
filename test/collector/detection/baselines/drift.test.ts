import t from 'tap'
import { WorkloadBaseline } from '#collector/detection/baselines/baseline.ts'
import { driftOf, driftRules } from '#collector/detection/baselines/drift.ts'
import { pairOf, type Seen } from '#collector/detection/baselines/item.ts'
import { baselineLimits } from '#collector/detection/baselines/limits.ts'
import type { KnownProcess } from '#collector/detection/processes.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { itemKinds } from '#proto/baseline.ts'
import { writtenBaseline } from '#test/fixtures/baselines.ts'
import { exec } from '#test/fixtures/timeline-events.ts'
import { connect } from '../statistics/events.ts'

const known: readonly Seen[] = [
  { kind: 'exec', scope: 'main', value: '/usr/bin/app', args: '' },
  { kind: 'exec', scope: 'main', value: '/usr/bin/curl', args: 'http://a/' },
  { kind: 'pair', scope: 'main', value: pairOf('/usr/bin/app', '/bin/sh'), args: '' },
]
const { image, items: _items, ...owner } = writtenBaseline()
const baseline = new WorkloadBaseline(owner, baselineLimits, 0)
baseline.replace({ image, items: known }, 0, 'ada', '')

const item = (kind: Seen['kind'], value: string): Seen => ({ kind, scope: 'main', value, args: '' })
const execOf = (exe: string, more = {}) => exec({ exe, argv: [exe], entry: 'child', ...more })

const lineOf = (exe: string | undefined) =>
  exe === undefined ? [] : [{ exe } as unknown as KnownProcess]

const cases: readonly (readonly [
  string,
  Seen,
  TimelineEvent,
  string | undefined,
  'low' | 'medium',
  RegExp,
])[] = [
  ['a program', item('exec', '/bin/date'), execOf('/bin/date'), '/usr/bin/app', 'low', /date$/],
  [
    'a program from memory',
    item('exec', '/memfd:x'),
    execOf('/memfd:x', { fileOrigin: 'memfd' }),
    '/usr/bin/app',
    'medium',
    /the file came after the container began/,
  ],
  [
    'a network tool',
    item('exec', '/bin/nc'),
    execOf('/bin/nc'),
    '/usr/bin/app',
    'medium',
    /network tool/,
  ],
  [
    'other arguments of a network tool that it uses',
    item('exec', '/usr/bin/curl'),
    execOf('/usr/bin/curl'),
    '/usr/bin/app',
    'low',
    /curl$/,
  ],
  [
    'a first shell',
    item('pair', pairOf('/usr/sbin/nginx', '/bin/sh')),
    execOf('/bin/sh'),
    '/usr/sbin/nginx',
    'medium',
    /never started a shell/,
  ],
  [
    'another shell of who starts shells',
    item('pair', pairOf('/usr/bin/app', '/bin/bash')),
    execOf('/bin/bash'),
    '/usr/bin/app',
    'low',
    /bash$/,
  ],
  [
    'a shell under a shell',
    item('pair', pairOf('/bin/bash', '/bin/sh')),
    execOf('/bin/sh'),
    '/bin/bash',
    'low',
    /sh$/,
  ],
  ['a peer of who is known', item('peer', 'x:1'), connect(), undefined, 'low', /connects to x:1$/],
  [
    'a peer outside, of who is not',
    item('peer', 'x:1'),
    connect({ exe: '/opt/x' }),
    undefined,
    'medium',
    /goes out of the cluster/,
  ],
  [
    'a peer inside, of who is not',
    item('peer', 'x:1'),
    connect({ exe: '/opt/x', peer: { address: '10.0.0.7' } }),
    undefined,
    'low',
    /x:1$/,
  ],
]
for (const [name, seen, event, parent, severity, reason] of cases)
  t.test(`${name} is ${severity}`, async (t) => {
    const drift = driftOf(seen, event, lineOf(parent), baseline, { isProvisional: false, days: 3 })
    t.match(drift, { severity, reason, rule: driftRules[seen.kind] })
    t.match(drift.reason, /^first time in 3 days: /)
    const newer = driftOf(seen, event, lineOf(parent), baseline, { isProvisional: true, days: 3 })
    t.match(newer, { severity: 'low', reason: /^new with its newer image: / })
  })

t.test('each kind has a rule of its own', async (t) => {
  t.equal(new Set(itemKinds.map((kind) => driftRules[kind].id)).size, itemKinds.length)
})
