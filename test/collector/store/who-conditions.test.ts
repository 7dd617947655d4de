/** What the conditions find is in who.test.ts; here is how they are written. */
import t from 'tap'
import { whoCondition } from '#collector/store/who-conditions.ts'

const limit = 1

t.test('addresses and paths are asked by equality, so that the Bloom filters help', async (t) => {
  t.match(whoCondition({ ip: '10.0.0.1', limit }, 'connection'), "(peer_address = '10.0.0.1')")
  t.match(whoCondition({ exe: '/bin/sh', limit }, 'exec'), "(exe = '/bin/sh')")
  t.match(whoCondition({ sha256: 'a'.repeat(64), limit }, 'exec'), /sha256 = 'a{64}'/)
  t.match(whoCondition({ sha256: 'a'.repeat(63), limit }, 'exec'), /startsWith\(sha256, 'a{63}'\)/)
})

t.test('each kind of row is asked for its own', async (t) => {
  const query = { domain: 'example.com', node: 'n', sinceUs: 5, limit }
  t.match(whoCondition(query, 'dns'), /^\(kind = 'dns'\) AND \(node = 'n'\) AND \(time_us >= 5\)/)
  t.match(whoCondition(query, 'dns'), 'dns_answers')
  t.match(whoCondition(query, 'connection'), "kind IN ('connect', 'accept', 'close')")
  t.notMatch(whoCondition(query, 'connection'), 'dns_')
})

t.test('no value leaves its quotes', async (t) => {
  const exe = "'; DROP TABLE events; --\n"
  t.match(whoCondition({ exe, limit }, 'exec'), "exe = '\\'; DROP TABLE events; --\\x0a'")
  t.equal(whoCondition({ cidr: "'", limit }, 'connection').endsWith('AND (0)'), true)
})
