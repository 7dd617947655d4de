import t from 'tap'
import { connectionOf, dnsOf, noConnection, noDns } from '#collector/detection/activity-parts.ts'
import type { PeerKind } from '#proto/api.ts'
import { accept, close, connect, dns, listen } from '#test/fixtures/socket-events.ts'
import { exec } from '#test/fixtures/timeline-events.ts'

t.test('what is no connection and no question is empty', async (t) => {
  t.equal(connectionOf(exec()), noConnection)
  t.equal(dnsOf(exec()), noDns)
  const { peer: _, ...withoutPeer } = connect()
  t.match(connectionOf(withoutPeer), { address: '', port: 0n, name: '', kind: '' })
})

t.test('the port is the one that is served', async (t) => {
  t.equal(connectionOf(connect()).port, 5_432n)
  t.equal(connectionOf(accept()).port, 8_080n)
  t.equal(connectionOf(close()).port, 5_432n)
  t.match(connectionOf(listen()), { port: 8_080n, address: '0.0.0.0', kind: '' })
})

t.test('a peer is what its address is, the first time and every time', async (t) => {
  const kindOf = (address: string, kind?: PeerKind) =>
    connectionOf(
      connect({
        peer: { address, port: 443, name: '', workload: '', ...(kind !== undefined && { kind }) },
      }),
    ).kind
  for (const _ of ['first', 'again']) {
    t.equal(kindOf('203.0.113.9'), 'external')
    t.equal(kindOf('10.1.2.3'), 'private')
    t.equal(kindOf('10.1.2.3', 'pod'), 'private', 'who had it then is nothing to rules')
    t.equal(kindOf('10.1.2.3', 'api-server'), 'api-server')
    t.equal(kindOf('169.254.169.254'), 'metadata')
    t.equal(kindOf('no address'), 'private')
  }
})

t.test('names are in lower case, without the dot, and not longer than is looked at', async (t) => {
  t.equal(dnsOf(dns({ name: 'Pool.Test.' })).name, 'pool.test')
  t.equal(dnsOf(dns({ name: 'x'.repeat(5_000) })).name.length, 1_024)
})
