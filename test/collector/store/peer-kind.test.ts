import t from 'tap'
import { type Holder, ownKind, peerKinds, peerOf } from '#collector/store/peer-kind.ts'

const unknown: Holder = { kind: 'unknown' }
const shared: Holder = { kind: 'shared' }
const pod: Holder = { kind: 'pod', namespace: 'shop', workload: 'cart' }
const node: Holder = { kind: 'node', node: 'node-2' }
const service: Holder = { kind: 'service', namespace: 'data', service: 'db' }
const apiService: Holder = { kind: 'service', namespace: 'default', service: 'kubernetes' }
const api = 'kubernetes.default.svc.cluster.local'
/** Where the API server is known to serve; a public address, because that is allowed to be one. */
const apiServer = { address: '203.0.113.9', port: 6443 }

/** What it is, the address, the port that is served, the name it was looked up by, who had the address. */
const peers: readonly (readonly [string, string, string, number | undefined, string, Holder])[] = [
  ['text that is no address is not known', 'private', "'; DROP", 80, '', unknown],
  ['an empty address is not known', 'private', '', 80, '', unknown],
  ['all of 127/8 is loopback', 'loopback', '127.8.0.1', 80, '', unknown],
  ['loopback stays loopback on port 53', 'loopback', '127.0.0.53', 53, '', unknown],
  ['loopback of IPv6', 'loopback', '::1', 80, '', pod],
  ['the metadata service', 'metadata', '169.254.169.254', 80, '', unknown],
  ['the metadata service of IPv6', 'metadata', 'fd00:ec2::254', 80, '', unknown],
  ['the metadata address where it serves DNS', 'dns', '169.254.169.254', 53, '', unknown],
  ['a neighbour of the metadata service', 'private', '169.254.169.253', 80, '', unknown],
  ['a resolver in a pod', 'dns', '10.0.0.5', 53, '', pod],
  ['a public resolver', 'dns', '8.8.8.8', 53, '', unknown],
  ['a client that happens to use port 53', 'external', '8.8.8.8', undefined, '', unknown],
  ['the API server by its name', 'api-server', '10.96.0.1', 443, api, unknown],
  ['the API server in any case', 'api-server', '10.96.0.1', 443, 'Kubernetes.Default.Svc', shared],
  ['a public address that calls itself so', 'external', '203.0.113.7', 443, api, unknown],
  ['the API server where it is known to serve', 'api-server', '203.0.113.9', 6443, '', unknown],
  ['the API server on a node', 'api-server', '203.0.113.9', 6443, '', node],
  ['another port of its address', 'external', '203.0.113.9', 443, '', unknown],
  ['its port elsewhere', 'external', '203.0.113.8', 6443, '', unknown],
  ['its address as a client', 'external', '203.0.113.9', undefined, '', unknown],
  [
    'a name that only begins like it',
    'private',
    '10.0.0.9',
    443,
    'kubernetes.default.svcx',
    unknown,
  ],
  ['a pod', 'pod', '10.0.0.5', 80, '', pod],
  ['a pod with a public address', 'pod', '2001:db8::5', 80, '', pod],
  ['a node', 'node', '192.168.1.11', 10250, '', node],
  ['a node with a public address', 'node', '198.51.100.4', 22, '', node],
  ['a resolver on a node', 'dns', '192.168.1.11', 53, '', node],
  ['an address that several have', 'node', '10.0.0.5', 80, '', shared],
  ['a public address', 'external', '203.0.113.7', 443, '', unknown],
  ['a public address of IPv6', 'external', '2600::1', 443, '', unknown],
  ['a Service', 'service', '10.96.0.7', 5432, '', service],
  ['the Service of the API server', 'api-server', '10.96.0.1', 443, '', apiService],
  ['a resolver behind a Service', 'dns', '10.96.0.10', 53, '', service],
  ['RFC 1918', 'private', '172.31.0.1', 443, '', unknown],
  ['just outside RFC 1918', 'external', '172.32.0.1', 443, '', unknown],
  ['carriers', 'private', '100.127.0.1', 443, '', unknown],
  ['unique local', 'private', 'fd12::1', 443, '', unknown],
  ['multicast', 'private', '239.1.1.1', 443, '', unknown],
]
for (const [sentence, kind, address, port, name, holder] of peers) {
  t.test(`${sentence}: ${kind}`, async (t) => {
    t.equal(peerOf({ address, port, name }, holder, apiServer).kind, kind)
  })
}

t.test('every kind is one that some peer has', async (t) => {
  t.strictSame([...new Set(peers.map(([, kind]) => kind))].sort(), peerKinds.toSorted())
})

t.test('a workload is named with its namespace, and only where it can be meant', async (t) => {
  const at = (address: string, port: number, holder: Holder) =>
    peerOf({ address, port, name: '' }, holder, undefined)
  t.strictSame(at('10.0.0.5', 80, pod), { kind: 'pod', workload: 'cart', namespace: 'shop' })
  t.strictSame(at('10.0.0.5', 53, pod), { kind: 'dns', workload: 'cart', namespace: 'shop' })
  t.strictSame(at('10.0.0.5', 80, shared), { kind: 'node', workload: '' })
  t.strictSame(at('127.0.0.1', 80, pod), { kind: 'loopback', workload: '' })
  t.strictSame(at('10.0.0.5', 80, { ...pod, workload: '' }), { kind: 'pod', workload: '' })
})

t.test('a Service is named wherever it can be meant', async (t) => {
  const at = (port: number) => peerOf({ address: '10.96.0.7', port, name: '' }, service, undefined)
  t.strictSame(at(5432), { kind: 'service', workload: '', namespace: 'data', service: 'db' })
  t.strictSame(at(53), { kind: 'dns', workload: '', namespace: 'data', service: 'db' })
})

t.test('a node is named wherever it can be meant', async (t) => {
  const at = (address: string, port: number) =>
    peerOf({ address, port, name: '' }, node, { address: '192.168.1.11', port: 6443 })
  const named = { workload: '', node: 'node-2' }
  t.strictSame(at('192.168.1.11', 22), { kind: 'node', ...named })
  t.strictSame(at('192.168.1.11', 6443), { kind: 'api-server', ...named })
  t.strictSame(at('192.168.1.11', 53), { kind: 'dns', ...named })
  t.strictSame(at('127.0.0.1', 22), { kind: 'loopback', workload: '' })
  t.strictSame(at('169.254.169.254', 80), { kind: 'metadata', workload: '' })
})

t.test('what depends on who had the address is not told without that', async (t) => {
  const own = (address: string, port: number, name = '') =>
    ownKind({ address, port, name }, apiServer)
  t.equal(own('10.0.0.5', 80), undefined)
  t.equal(own('203.0.113.7', 443), undefined, 'a pod may have a public address')
  t.equal(own('203.0.113.9', 6443), 'api-server')
  t.equal(own('10.96.0.1', 443, api), 'api-server')
  t.equal(own('127.0.0.1', 80), 'loopback')
  const nowhere = { address: '', port: undefined, name: '' }
  t.equal(ownKind(nowhere, undefined), undefined, 'nothing is no API server that is not known')
})
