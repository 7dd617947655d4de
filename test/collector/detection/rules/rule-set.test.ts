import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { isExcepted, RuleSet } from '#collector/detection/rules/rule-set.ts'
import { ruleOf } from '#test/fixtures/rules.ts'

const nc = ruleOf({ id: 'MF9001', condition: 'process.name == "nc"' })
const tmp = ruleOf({ id: 'MF9002', condition: 'process.exe.startsWith("/tmp/")' })
const root = ruleOf({ id: 'MF9003', condition: 'process.uid == 0' })
const pool = ruleOf({ id: 'MF9004', kinds: ['dns'], condition: 'dns.name == "pool.test"' })
const rules = new RuleSet([nc, tmp, root, pool])

const candidates = (example: Readonly<Record<string, unknown>>) =>
  [...rules.candidates(exampleActivity(example))].map(({ id }) => id).sort()

t.test('only what an event can satisfy is looked at', async (t) => {
  t.strictSame(candidates({ process: { exe: '/bin/ls' } }), ['MF9003'], 'of which nothing is known')
  t.strictSame(candidates({ process: { exe: '/bin/nc' } }), ['MF9001', 'MF9003'])
  t.strictSame(candidates({ process: { exe: '/tmp/nc' } }), ['MF9001', 'MF9002', 'MF9003'])
  t.strictSame(candidates({ event: { kind: 'dns' }, dns: { name: 'pool.test' } }), ['MF9004'])
  t.strictSame(candidates({ event: { kind: 'dns' }, dns: { name: 'other.test' } }), [])
  t.strictSame(candidates({ event: { kind: 'gap' } }), [])
  t.strictSame(
    [rules.concerns('exec'), rules.concerns('dns'), rules.concerns('exit'), rules.concerns('gap')],
    [true, true, false, false],
  )
})

t.test('an exception means who fits all of it', async (t) => {
  const activity = exampleActivity({
    pod: { namespace: 'kube-system' },
    workload: { name: 'cilium' },
    container: { image: 'quay.io/cilium/cilium:v1' },
    process: { exe: '/usr/sbin/iptables' },
    parent: { exe: '/usr/bin/cilium-agent' },
  })
  for (const [exception, expected] of [
    [{ namespace: 'kube-system' }, true],
    [{ namespace: 'kube' }, false],
    [{ namespace: 'kube*' }, true],
    [{ image: 'quay.io/cilium/*' }, true],
    [{ image: 'quay.io/other/*' }, false],
    [{ workload: 'cilium', executable: '/usr/sbin/iptables', parent: '/usr/bin/*' }, true],
    [{ workload: 'cilium', executable: '/usr/sbin/nft' }, false],
  ] as const)
    t.equal(isExcepted({ name: 'x', ...exception }, activity), expected, JSON.stringify(exception))
})
