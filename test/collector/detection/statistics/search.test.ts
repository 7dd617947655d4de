import t from 'tap'
import { SearchFolding } from '#collector/detection/statistics/search.ts'

/** What is meant by these questions of one container, in order. */
const meant = (names: readonly string[], namespace = 'payments') => {
  const folding = new SearchFolding()
  return names.map((name) => folding.meant(name, 'c', namespace))
}

t.test('all that a resolver makes of one question is that question', async (t) => {
  t.strictSame(
    meant([
      'www.example.com.payments.svc.cluster.local',
      'www.example.com.svc.cluster.local',
      'www.example.com.cluster.local',
      'www.example.com.eu-west-1.compute.internal',
      'www.example.com.corp.example.org',
      'www.example.com',
    ]),
    [undefined, undefined, undefined, 'www.example.com', 'www.example.com', 'www.example.com'],
  )
})

t.test('Services are nobody’s domain', async (t) => {
  t.strictSame(
    meant([
      'db.payments.svc.cluster.local',
      'db-0.db.payments.svc.cluster.local',
      'redis.other.svc.cluster.local',
      'cluster.local',
    ]),
    [undefined, undefined, undefined, 'cluster.local'],
  )
})

t.test('the namespace may be unknown yet', async (t) => {
  const names = [
    'www.example.com.payments.svc.cluster.local',
    'www.example.com.svc.cluster.local',
    'www.example.com.corp.example.org',
  ]
  t.equal(meant(names, '').at(-1), 'www.example.com')
})

t.test('nothing of before is believed of another container', async (t) => {
  const folding = new SearchFolding()
  folding.meant('a.example.com.payments.svc.cluster.local', 'c', 'payments')
  t.equal(
    folding.meant('a.example.com.evil.example', 'd', 'payments'),
    'a.example.com.evil.example',
  )
})

t.test('what only looks like the cluster’s is not folded', async (t) => {
  const names = ['data.svc.evil.example', 'data.payments.svc.evil.example', 'xcluster.local']
  t.strictSame(meant(names), names)
})

t.test('who makes up search domains to hide names is believed eight times', async (t) => {
  const folding = new SearchFolding()
  folding.meant('a.evil.example.payments.svc.cluster.local', 'c', 'payments')
  const asked = Array.from({ length: 100 }, (_, n) => `a.evil.example.data${n}.evil.example`)
  const folded = asked.filter((name) => folding.meant(name, 'c', 'payments') !== name)
  t.equal(folded.length, 8)
})

t.test('containers beyond the limit are forgotten and counted', async (t) => {
  const folding = new SearchFolding()
  for (let container = 0; container < 5_010; container += 1)
    folding.meant('a.example.com.svc.cluster.local', `c${container}`, '')
  t.equal(folding.evicted, 10)
  t.equal(folding.meant('a.example.com.x.example', 'c5009', ''), 'a.example.com')
  t.equal(folding.meant('a.example.com.x.example', 'c0', ''), 'a.example.com.x.example')
})
