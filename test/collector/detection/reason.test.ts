import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { ancestryOf, keyOf, lineOf, reasonOf } from '#collector/detection/reason.ts'
import { ruleOf } from '#test/fixtures/rules.ts'
import { exec } from '#test/fixtures/timeline-events.ts'

const activity = exampleActivity({
  process: { exe: '/bin/nc', args: ['nc', '-e', '/bin/sh'] },
  connection: { address: '203.0.113.9', port: 4444 },
})

t.test('a reason in words, with where it was', async (t) => {
  const rule = ruleOf({ more: { reason: 'started {process.command}; its parent is {parent.exe}' } })
  const said = 'started nc -e /bin/sh; its parent is unknown'
  t.equal(reasonOf(rule, activity, exec()), `in payments/api (container web): ${said}`)
  const nobody = { namespace: '', workload: '', pod: '', container: '' }
  t.equal(
    reasonOf(rule, activity, exec({}, nobody)),
    `in container ${exec().containerId.slice(0, 12)} on node-1: ${said}`,
  )
  t.equal(
    reasonOf(rule, activity, exec({}, { ...nobody, containerId: 'host' })),
    `in node node-1: ${said}`,
  )
})

t.test('long values are cut', async (t) => {
  const long = exampleActivity({ process: { exe: '/bin/nc', args: ['x'.repeat(4_000)] } })
  t.ok(reasonOf(ruleOf(), long, exec()).length < 400)
  t.ok(
    (keyOf(ruleOf({ more: { key: ['process.command'] } }), long)['process.command'] ?? '').length <=
      301,
  )
})

t.test('one line of what the event was', async (t) => {
  const line = (kind: string, more: object = {}) =>
    lineOf({ ...activity, event: { kind, late: false }, ...more })
  t.equal(line('exec'), 'nc -e /bin/sh')
  t.equal(line('connect'), '/bin/nc → 203.0.113.9:4444')
  t.equal(line('accept'), '/bin/nc ↔ 203.0.113.9, port 4444')
  t.equal(line('listen'), '/bin/nc listens on port 4444')
  t.equal(
    line('dns', { dns: { name: 'pool.test', type: 'A', rcode: '' } }),
    '/bin/nc asked for pool.test',
  )
  t.equal(line('exit'), '/bin/nc exit')
})

t.test('the line that leads to it begins with itself, and is bounded', async (t) => {
  const known = { id: 'p', pid: 7, exe: '/bin/sh', argv: ['sh'] } as never
  const line = ancestryOf(
    exec({ pid: 9, exe: '/bin/nc' }),
    Array.from({ length: 20 }, () => known),
  )
  t.equal(line.length, 8)
  t.match(line, [
    { pid: 9, exe: '/bin/nc' },
    { pid: 7, exe: '/bin/sh' },
  ])
})
