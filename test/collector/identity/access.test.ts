import t from 'tap'
import { createKubernetesAccess, openAccess, type Right } from '#collector/identity/access.ts'
import type { Identity, PersonIdentity } from '#collector/identity/identity.ts'
import { identitySite } from '#test/fixtures/identity.ts'
import { accessReviewPath } from '#test/stand-ins/api-server.ts'
import type { ApiServerMode } from '#test/stand-ins/api-server-modes.ts'

const alice: PersonIdentity = {
  kind: 'person',
  user: 'alice',
  uid: 'u-1',
  groups: ['team-shop'],
  extra: { 'example.com/scopes': ['a', 'b'] },
}
const read: Right = { resource: 'timelines', verb: 'get' }
const all = { allowed: true, scope: { kind: 'all' } }

const site = async (t: Parameters<typeof identitySite>[0], answerTimeoutMs = 5_000) => {
  const { server, api, clock, advance } = await identitySite(t, { answerTimeoutMs })
  const counts = { remembered: 0, asked: 0, failed: 0, graced: 0 }
  const access = createKubernetesAccess({ api, clock, graceMs: 600_000, counts })
  const permit = (namespace: string | undefined, right = read, who: Identity = alice) =>
    access.permit(who, right, async () => namespace)
  const asked = () => server.requests.get(accessReviewPath) ?? 0
  return { server, advance, permit, asked, counts }
}
const grant = { user: 'alice', group: 'mayfly.dev', resource: 'timelines', verb: 'get' } as const

t.test('the whole person is asked about, and the namespace only where there is one', async (t) => {
  const { server, permit } = await site(t)
  await permit('shop')
  const attributes = { group: 'mayfly.dev', resource: 'timelines', verb: 'get' }
  const { user, uid, groups, extra } = alice
  t.strictSame(
    server.reviews.map((review) => (review as { spec: object }).spec),
    [
      { user, uid, groups, extra, resourceAttributes: attributes },
      { user, uid, groups, extra, resourceAttributes: { ...attributes, namespace: 'shop' } },
    ],
  )
})

t.test('a right in one namespace is one in no other', async (t) => {
  const { server, permit } = await site(t)
  server.grant({ ...grant, namespace: 'shop' })
  t.strictSame(await permit('shop'), {
    allowed: true,
    scope: { kind: 'namespace', namespace: 'shop' },
  })
  t.strictSame(await permit('payments'), {
    allowed: false,
    reason: 'no_right',
    message:
      'alice may not get timelines.mayfly.dev in namespace payments: ask for a RoleBinding there (verb get, resource timelines, API group mayfly.dev)',
  })
  t.strictSame(await permit(undefined), {
    allowed: false,
    reason: 'no_right',
    message:
      'alice may not get timelines.mayfly.dev in all namespaces: pass --namespace (namespace=… in the API) for one of yours, or ask for a ClusterRoleBinding',
  })
  t.match(await permit('shop', { resource: 'timelines', verb: 'watch' }), { allowed: false })
  t.match(await permit('shop', { resource: 'holds', verb: 'create' }), { allowed: false })
})

t.test('a right everywhere is one anywhere, also by a group', async (t) => {
  const { server, permit } = await site(t)
  server.grant({ ...grant, user: 'team-shop' })
  t.strictSame(await permit('payments'), all)
  t.strictSame(await permit(undefined), all)
})

t.test('what is of the whole cluster is not had in a namespace', async (t) => {
  const { server, permit, asked } = await site(t)
  server.grant({ ...grant, resource: 'audits', namespace: 'shop' })
  t.match(await permit('shop', { resource: 'audits', verb: 'get' }), {
    message: 'alice may not get audits.mayfly.dev: ask for a ClusterRoleBinding',
  })
  t.equal(asked(), 1)
})

for (const namespace of ['', '*', 'Shop', 'shop ', 'a/b', '..', 'x'.repeat(64), 'shop\u0000']) {
  t.test(
    `${JSON.stringify(namespace)} is no namespace that one could have a right in`,
    async (t) => {
      const { server, permit, asked } = await site(t)
      server.grant({ ...grant, namespace })
      t.match(await permit(namespace), { reason: 'no_right' })
      t.equal(asked(), 1, 'only everywhere was asked')
    },
  )
}

t.test('answers are remembered, a yes longer than a no', async (t) => {
  const { server, permit, asked, advance } = await site(t)
  await permit('shop')
  await permit('shop')
  t.equal(asked(), 2)
  server.grant({ ...grant, namespace: 'shop' })
  t.match(await permit('shop'), { allowed: false })
  advance(10_100)
  t.match(await permit('shop'), { allowed: true })
  server.revoke({ ...grant, namespace: 'shop' })
  advance(29_000)
  t.match(await permit('shop'), { allowed: true })
  advance(1_100)
  t.match(await permit('shop'), { allowed: false })
})

t.test('who shares a name and differs in anything else is somebody else', async (t) => {
  const { server, permit } = await site(t)
  server.grant({ ...grant, user: 'team-shop' })
  t.match(await permit('shop'), { allowed: true })
  t.match(await permit('shop', read, { ...alice, groups: [] }), { allowed: false })
})

for (const mode of [
  'error',
  'overloaded',
  'forbidden',
  'hang',
  'wrong-types',
  'not-a-review',
] as const) {
  t.test(
    `while the API server is ${mode}, nobody gets a right, and a known one goes on`,
    async (t) => {
      const { server, permit, advance, counts } = await site(t, mode === 'hang' ? 300 : 5_000)
      server.grant(grant)
      t.match(await permit(undefined), { allowed: true })
      server.setMode(mode satisfies ApiServerMode)
      advance(31_000)
      t.match(await permit(undefined), { allowed: true })
      t.equal(counts.graced, 1)
      t.match(await permit(undefined, { resource: 'holds', verb: 'list' }), {
        reason: 'api_server_unavailable',
        message: /^the API server cannot be asked what alice may do \(/,
      })
      advance(570_000)
      t.match(await permit(undefined), { reason: 'api_server_unavailable' })
    },
  )
}

t.test('without Kubernetes there is nothing to ask, and agents may never ask', async (t) => {
  const { permit, asked } = await site(t)
  t.strictSame(await openAccess.permit(alice, read, async () => undefined), all)
  t.strictSame(await permit(undefined, read, { kind: 'shared' }), all)
  t.strictSame(await permit(undefined, read, { kind: 'local' }), all)
  const agent = {
    kind: 'agent',
    node: 'n',
    podUid: 'p',
    serviceAccount: 'a/b',
    expiresMs: undefined,
  } as const
  t.match(await permit(undefined, read, agent), { reason: 'no_right' })
  t.equal(asked(), 0)
})
