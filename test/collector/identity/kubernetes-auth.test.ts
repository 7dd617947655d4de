import t from 'tap'
import {
  agentAccount,
  agentPod,
  bearer,
  type IdentitySite,
  identitySite,
  refusalOf,
} from '#test/fixtures/identity.ts'
import { tokenReviewPath } from '#test/stand-ins/api-server.ts'
import type { ApiServerMode } from '#test/stand-ins/api-server-modes.ts'
import { ownAudience } from '#test/stand-ins/api-server-tokens.ts'

const asked = ({ server }: IdentitySite): number => server.requests.get(tokenReviewPath) ?? 0

t.test('an agent is who Kubernetes says, on the node of its pod', async (t) => {
  const site = await identitySite(t)
  const decision = await site.auth.agent(bearer(site.agentToken()))
  t.match(decision, {
    allowed: true,
    identity: {
      kind: 'agent',
      node: 'node-1',
      podUid: agentPod.uid,
      serviceAccount: 'mayfly/mayfly-agent',
      expiresMs: Number,
    },
  })
  t.match(site.server.reviews, [{ spec: { audiences: ['mayfly'] } }], 'our audience is asked for')
})

const agent = { ...agentAccount, audiences: ['mayfly'], pod: agentPod }

/** What comes to an agent's door, what is said to it, and whether the API server is asked. */
const refusals: readonly (readonly [
  name: string,
  token: (site: IdentitySite) => string | undefined,
  refusal: RegExp,
  asks: number,
])[] = [
  ['no token', () => undefined, /^no_token: a token is required: .*audience mayfly/, 0],
  ['no bearer token', () => '', /^no_token: /, 0],
  ['a token with letters that none has', () => 'ä.b.c', /^malformed_token: the token may hold/, 0],
  [
    'a token without end',
    () => 'a'.repeat(9_000),
    /^malformed_token: the token is longer than 8192 characters/,
    0,
  ],
  [
    'a token for the API server',
    ({ server }) => server.token({ ...agent, audiences: [ownAudience] }),
    /^wrong_audience: this token is not for the audience mayfly: agents show the projected/,
    0,
  ],
  [
    'a token of people',
    ({ server }) => server.token({ ...agent, audiences: ['mayfly-api'] }),
    /^wrong_audience: /,
    0,
  ],
  [
    'a token that ended long ago',
    ({ server }) => server.token({ ...agent, lifetimeSeconds: -3_600 }),
    /^expired: this token has expired at 20.*Z: agents show/,
    0,
  ],
  [
    'a token that ended a moment ago, by which clock nobody knows',
    ({ server }) => server.token({ ...agent, lifetimeSeconds: -2 }),
    /^expired: this token has expired at/,
    1,
  ],
  [
    'a token of another ServiceAccount',
    ({ server }) => server.token({ namespace: 'shop', name: 'api', audiences: ['mayfly'] }),
    /^other_service_account: this token is of system:serviceaccount:shop:api, and agents run as the ServiceAccount mayfly\/mayfly-agent/,
    1,
  ],
  [
    'a ServiceAccount of the right name in another namespace',
    ({ server }) =>
      server.token({ namespace: 'shop', name: 'mayfly-agent', audiences: ['mayfly'] }),
    /^other_service_account: /,
    1,
  ],
  [
    'a token of the right account that is bound to no pod',
    ({ server }) => server.token({ ...agentAccount, audiences: ['mayfly'] }),
    /^no_node: this token is bound to no pod, .*"kubectl create token" do not do/,
    1,
  ],
  [
    'a token of another cluster',
    () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const claims = { aud: ['mayfly'], sub: 'system:serviceaccount:mayfly:mayfly-agent' }
      return `${part({ alg: 'ES256' })}.${part(claims)}.AAAA`
    },
    /^not_authenticated: the API server does not accept this token \(invalid bearer token\): agents/,
    1,
  ],
  [
    'a token that is no JWT at all',
    () => 'opaque',
    /^not_authenticated: the API server does not accept this token/,
    1,
  ],
  [
    'a token of a pod that is gone',
    ({ server }) => {
      const pod = { ...agentPod, name: 'gone', uid: 'was-here' }
      return server.token({ ...agent, pod })
    },
    /^not_authenticated: .*service account token has been invalidated/,
    1,
  ],
]
for (const [name, token, refusal, asks] of refusals) {
  t.test(`${name} opens nothing to agents`, async (t) => {
    const site = await identitySite(t)
    const sent = token(site)
    const headers = sent === undefined ? {} : bearer(sent)
    const said = refusalOf(await site.auth.agent(headers))
    t.match(said, refusal)
    if (sent !== undefined && sent !== '') t.notOk(said.includes(sent), 'the token is not repeated')
    t.equal(asked(site), asks)
  })
}

t.test('before Kubernetes 1.30 the bound pod is looked up', async (t) => {
  const site = await identitySite(t)
  const { server, auth } = site
  const token = server.token({ ...agent, namesNode: false })
  t.match(await auth.agent(bearer(token)), {
    allowed: true,
    identity: { node: 'node-1', podUid: agentPod.uid },
  })
  t.equal(server.requests.get(`/api/v1/namespaces/mayfly/pods/${agentPod.name}`), 1)
})

t.test('a pod that is on no node yet, gone, or another one of that name names none', async (t) => {
  const { server, auth } = await identitySite(t)
  const pending = { ...agentPod, name: 'pending', uid: 'u1', nodeName: '' }
  server.addPod(pending)
  const ofPending = server.token({ ...agent, pod: pending, namesNode: false })
  t.match(refusalOf(await auth.agent(bearer(ofPending))), /^no_node: .*is on no node yet/)

  // The API server may answer the review from a cache that still has the pod.
  const { agentOf } = await import('#collector/identity/agent-identity.ts')
  const user = {
    username: 'system:serviceaccount:mayfly:mayfly-agent',
    uid: '',
    groups: [],
    extra: {
      'authentication.kubernetes.io/pod-name': [agentPod.name],
      'authentication.kubernetes.io/pod-uid': [agentPod.uid],
    },
  }
  const look = async (place: { uid: string; nodeName: string } | undefined) =>
    refusalOf(
      await agentOf(user, undefined, {
        serviceAccount: 'mayfly/mayfly-agent',
        podPlace: async () => place,
      }),
    )
  t.match(
    await look(undefined),
    /^no_node: the pod mayfly\/mayfly-agent-x2v7k of this token is gone/,
  )
  t.match(await look({ uid: 'other', nodeName: 'node-2' }), /^no_node: .*has been replaced/)
})

t.test('a server that knows nothing of audiences vouches for nobody', async (t) => {
  const { server, auth } = await identitySite(t)
  server.setMode('unaware')
  // Opaque tokens say no audience, so only the review could.
  const both = server.token({ ...agent, audiences: ['mayfly', ownAudience] })
  t.match(refusalOf(await auth.agent(bearer(both))), /^wrong_audience: /)
})

t.test(
  'people come with a token of their own audience, agents’ tokens do not open the API',
  async (t) => {
    const { server, auth, agentToken } = await identitySite(t)
    const token = server.token({ namespace: 'shop', name: 'alice', audiences: ['mayfly-api'] })
    t.match(await auth.person(bearer(token)), {
      allowed: true,
      identity: {
        kind: 'person',
        user: 'system:serviceaccount:shop:alice',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
      },
    })
    t.match(refusalOf(await auth.agent(bearer(token))), /^wrong_audience: /)
    t.match(refusalOf(await auth.person(bearer(agentToken()))), /^wrong_audience: /)
  },
)

t.test(
  'a token for the API server is refused with the command for the right one, and goes nowhere',
  async (t) => {
    const site = await identitySite(t)
    const { server, auth } = site
    const own = server.token({ namespace: 'shop', name: 'alice', audiences: [ownAudience] })
    t.equal(
      refusalOf(await auth.person(bearer(own))),
      'wrong_audience: this token is not for the audience mayfly-api: get one by "kubectl create token alice --namespace shop --audience mayfly-api"',
    )
    t.equal(asked(site), 0)
    t.match(
      refusalOf(await auth.person({})),
      /^no_token: .*"kubectl create token NAME --audience mayfly-api"/,
    )
  },
)

t.test('what a token says of itself is not printed unless it is a name', async (t) => {
  const { auth } = await identitySite(t)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const hostile = 'system:serviceaccount:a"; rm -rf /:x'
  const token = `${part({})}.${part({ aud: ['x'], sub: hostile })}.AAAA`
  const said = refusalOf(await auth.person(bearer(token)))
  t.match(said, /"kubectl create token NAME --audience mayfly-api"/)
  t.notMatch(said, /rm -rf/)
})

t.test('a token is asked about once a minute, however often and at once it comes', async (t) => {
  const site = await identitySite(t)
  const { auth, advance, agentToken, counts } = site
  const token = agentToken()
  const all = await Promise.all(Array.from({ length: 50 }, () => auth.agent(bearer(token))))
  t.ok(all.every(({ allowed }) => allowed))
  t.equal(asked(site), 1, 'at once: one request')
  t.equal(counts.remembered, 49)
  advance(55_000)
  await auth.agent(bearer(token))
  t.equal(asked(site), 1)
  advance(10_000)
  await auth.agent(bearer(token))
  t.equal(asked(site), 2)
  await auth.agent(bearer(agentToken()))
  t.equal(asked(site), 3, 'a rotated token is another token')
})

t.test('a refusal is remembered for ten seconds', async (t) => {
  const site = await identitySite(t)
  const token = site.server.token({ ...agentAccount, audiences: ['mayfly'] })
  await site.auth.agent(bearer(token))
  await site.auth.agent(bearer(token))
  t.equal(asked(site), 1)
  site.advance(11_000)
  await site.auth.agent(bearer(token))
  t.equal(asked(site), 2)
})

t.test('a token whose pod was deleted is refused at the next look', async (t) => {
  const { server, auth, advance, agentToken } = await identitySite(t)
  const token = agentToken()
  t.ok((await auth.agent(bearer(token))).allowed)
  server.deletePod(agentPod.namespace, agentPod.name)
  t.ok((await auth.agent(bearer(token))).allowed, 'for a minute at most')
  advance(61_000)
  t.match(refusalOf(await auth.agent(bearer(token))), /^not_authenticated: /)
})

t.test('an accepted token does not outlive its end', async (t) => {
  const { server, auth, advance, agentToken } = await identitySite(t)
  const token = agentToken(30)
  t.ok((await auth.agent(bearer(token))).allowed)
  await server.shut()
  advance(31_000)
  t.match(
    refusalOf(await auth.agent(bearer(token))),
    /^api_server_unavailable: .*accepted before, but longer ago than --auth-grace allows, or it has expired/,
  )
})

const outages: readonly (readonly [string, ApiServerMode | 'down', RegExp])[] = [
  ['is down', 'down', /\(connection refused\)/],
  ['does not answer', 'hang', /\(it does not answer in time\)/],
  ['answers 500', 'error', /\(it answers 500: Internal error occurred: etcdserver/],
  ['answers 429', 'overloaded', /\(it is overloaded: too many requests/],
  ['refuses the collector', 'forbidden', /system:auth-delegator.*tokenreviews is forbidden: User/],
  ['answers something that is no HTTP', 'garbage', /\(what answers is no HTTP\)/],
  ['is a login page', 'html', /\(its answer is not JSON\)/],
  ['answers with another object', 'not-a-review', /\(its answer is not what an API server gives/],
  ['answers with other types', 'wrong-types', /\(its answer is not what an API server gives/],
  ['breaks off', 'truncated', /\((the connection broke|aborted)\)/],
  ['never ends its answer', 'huge', /\(its answer is longer than 2097152 bytes\)/],
  ['sends the token elsewhere', 'redirect', /\(it answers 307\)/],
]
const fail = async ({ server }: IdentitySite, mode: ApiServerMode | 'down'): Promise<void> => {
  if (mode === 'down') await server.shut()
  else server.setMode(mode)
}
for (const [name, mode, said] of outages) {
  t.test(
    `while the API server ${name}, known tokens go on for the grace and no others`,
    async (t) => {
      const site = await identitySite(t, { answerTimeoutMs: mode === 'hang' ? 300 : 5_000 })
      const { auth, advance, agentToken, counts } = site
      const known = agentToken()
      t.ok((await auth.agent(bearer(known))).allowed)
      await fail(site, mode)
      const unknown = refusalOf(await auth.agent(bearer(agentToken())))
      t.match(unknown, /^api_server_unavailable: .*this token was not known before/)
      t.match(unknown, said)
      advance(61_000)
      t.ok((await auth.agent(bearer(known))).allowed)
      t.equal(counts.graced, 1)
      advance(535_000)
      t.ok((await auth.agent(bearer(known))).allowed)
      advance(10_000)
      t.match(
        refusalOf(await auth.agent(bearer(known))),
        /^api_server_unavailable: .*longer ago than/,
      )
    },
  )
}

t.test('a failing API server is not asked for every request', async (t) => {
  const site = await identitySite(t)
  const { server, auth, advance, agentToken } = site
  server.setMode('error')
  const token = agentToken()
  for (let round = 0; round < 5; round += 1) await auth.agent(bearer(token))
  t.equal(asked(site), 1)
  server.setMode('normal')
  advance(2_100)
  t.ok((await auth.agent(bearer(token))).allowed, 'and is asked again two seconds later')
})

t.test('after an outage everything is as before', async (t) => {
  const { server, auth, advance, agentToken } = await identitySite(t)
  const token = agentToken()
  await server.shut()
  t.notOk((await auth.agent(bearer(token))).allowed)
  await server.open()
  advance(2_100)
  t.ok((await auth.agent(bearer(token))).allowed)
})

t.test('the collector’s own token is read anew, as it rotates', async (t) => {
  const { server, auth, agentToken } = await identitySite(t)
  t.ok((await auth.agent(bearer(agentToken()))).allowed)
  server.rotateOwnToken()
  t.ok((await auth.agent(bearer(agentToken()))).allowed)
})

t.test('a flood of strangers’ tokens is bounded and drives out nobody', async (t) => {
  const site = await identitySite(t)
  const known = site.agentToken()
  t.ok((await site.auth.agent(bearer(known))).allowed)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const all = await Promise.all(
    Array.from({ length: 300 }, (_, index) => {
      const claims = part({ aud: ['mayfly'], jti: index })
      return site.auth.agent(bearer(`${part({})}.${claims}.AAAA`))
    }),
  )
  const reasons = all.map((one) => (one.allowed ? 'allowed' : one.reason))
  t.equal(reasons.filter((reason) => reason === 'not_authenticated').length, 64)
  t.equal(reasons.filter((reason) => reason === 'busy').length, 236)
  t.equal(asked(site), 65)
  await site.server.shut()
  site.advance(61_000)
  t.ok((await site.auth.agent(bearer(known))).allowed)
})
