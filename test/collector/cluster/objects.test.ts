import fc from 'fast-check'
import t from 'tap'
import { keepNode, keepOwner, keepPolicy, keepService } from '#collector/cluster/objects.ts'
import { keepEvent } from '#collector/cluster/pod-events.ts'

const metadata = {
  name: 'web',
  namespace: 'shop',
  resourceVersion: '7',
  creationTimestamp: '2026-07-01T00:00:00Z',
}

t.test('whatever an API server sends, something of the right shape is kept', async () => {
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record({ metadata: fc.jsonValue(), spec: fc.jsonValue(), status: fc.jsonValue() }),
  )
  fc.assert(
    fc.property(json, (raw) =>
      [keepOwner, keepService, keepNode, keepPolicy, keepEvent].every(
        (keep) => typeof keep(raw).metadata.name === 'string',
      ),
    ),
  )
})

t.test('an owner is its name and its controller', async (t) => {
  const owner = (ownerReferences: unknown) =>
    keepOwner({ metadata: { ...metadata, ownerReferences } }).controller
  t.equal(owner(undefined), undefined)
  t.equal(owner([{ kind: 'Foo', name: 'x' }]), undefined, 'an owner that does not control')
  t.strictSame(
    owner([
      { kind: 'Foo', name: 'x' },
      { kind: 'Deployment', name: 'web', controller: true },
    ]),
    { kind: 'Deployment', name: 'web' },
  )
})

t.test('addresses are those that events spell, and no others', async (t) => {
  const service = keepService({
    metadata,
    spec: {
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1', 'FD00:0::1'],
      externalIPs: ['198.51.100.7', 'nonsense'],
    },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { hostname: 'lb.example' }] } },
  })
  t.strictSame(service.addresses, ['10.96.0.1', 'fd00::1', '198.51.100.7', '203.0.113.9'])
  t.equal(service.sinceUs, Date.parse(metadata.creationTimestamp) * 1000)
  t.strictSame(keepService({ metadata, spec: { clusterIP: 'None' } }).addresses, [])
  const node = {
    metadata,
    status: {
      addresses: [
        { type: 'Hostname', address: 'n1' },
        { type: 'InternalIP', address: '10.0.0.1' },
      ],
    },
  }
  t.strictSame(keepNode(node).addresses, ['10.0.0.1'])
})

t.test('what a NetworkPolicy restricts', async (t) => {
  const policy = (spec: object) => keepPolicy({ metadata, spec })
  for (const [spec, restricts] of [
    [{}, ['ingress']],
    [{ egress: [{}] }, ['ingress', 'egress']],
    [{ policyTypes: ['Egress'] }, ['egress']],
    [{ policyTypes: ['Ingress', 'Egress'], ingress: [{}] }, ['ingress', 'egress']],
  ] as const)
    t.strictSame(policy(spec).restricts, restricts, JSON.stringify(spec))
  t.equal(policy({}).podSelector, '')
  t.equal(
    policy({
      podSelector: {
        matchLabels: { app: 'web' },
        matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }],
      },
    }).podSelector,
    'app=web, tier In (a,b)',
  )
})
