import { get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { changes } from '#collector/api/changes.ts'
import { requestLimits } from '#collector/api/guard.ts'
import { routes, tailRight } from '#collector/api/routes.ts'
import { accessSite, type Person } from '#test/fixtures/access-site.ts'
import { bearer } from '#test/fixtures/identity.ts'
import { chunkOf, exec, wireExec } from '#test/fixtures/timeline-events.ts'
import { until } from '#test/fixtures/until.ts'

t.test('every route and change needs a right', async (t) => {
  const rights = [
    ...routes.map(({ path, right }) => `GET ${path}: ${right.verb} ${right.resource}`),
    ...changes.map(
      ({ method, path, right }) => `${method} ${path}: ${right.verb} ${right.resource}`,
    ),
    `tail: ${tailRight.verb} ${tailRight.resource}`,
  ]
  t.strictSame(rights, [
    'GET /api/v1/timeline: get timelines',
    'GET /api/v1/who: get timelines',
    'GET /api/v1/containers: get timelines',
    'GET /api/v1/workloads: get timelines',
    'GET /api/v1/agents: get agents',
    'GET /api/v1/audit: get audits',
    'GET /api/v1/holds: list holds',
    'GET /api/v1/findings: get findings',
    'GET /api/v1/baselines: get baselines',
    'GET /api/v1/policies: get timelines',
    'GET /api/v1/status: get agents',
    'POST /api/v1/holds: create holds',
    'DELETE /api/v1/holds/{id}: delete holds',
    'POST /api/v1/findings/{id}: update findings',
    'POST /api/v1/baselines: create baselines',
    'POST /api/v1/baselines/{id}: update baselines',
    'tail: watch timelines',
  ])
})

const questions = [
  ['/api/v1/timeline', 'get', 'timelines'],
  ['/api/v1/who?exe=curl', 'get', 'timelines'],
  ['/api/v1/containers', 'get', 'timelines'],
  ['/api/v1/workloads', 'get', 'timelines'],
  ['/api/v1/agents', 'get', 'agents'],
  ['/api/v1/status', 'get', 'agents'],
  ['/api/v1/audit', 'get', 'audits'],
  ['/api/v1/audit?deep=true', 'get', 'audits'],
  ['/api/v1/holds', 'list', 'holds'],
  ['/api/v1/findings', 'get', 'findings'],
  ['/api/v1/baselines', 'get', 'baselines'],
] as const
t.test('nobody reads anything without the right to it, and with it everything of it', async (t) => {
  const { person, allow, ask, refused } = await accessSite(t)
  const stranger = person('stranger')
  for (const [path, verb, resource] of questions) {
    const denied = await ask(stranger, path)
    t.equal(denied.status, 403, path)
    t.match(denied.body.error, {
      code: 'forbidden',
      message: `${stranger.user} may not ${verb} ${resource}.mayfly.dev`,
    })
    const one = person(`${verb}-${resource}-${path.length}`)
    allow(one, verb, resource)
    t.equal((await ask(one, path)).status, 200, path)
  }
  t.equal(refused.filter((reason) => reason === 'no_right').length, questions.length)
  t.equal((await ask(stranger, '/api/v1/openapi.json')).status, 200, 'the description is for all')
  t.equal((await ask(undefined, '/api/v1/openapi.json')).status, 401)
  t.equal((await ask(undefined, '/healthz')).status, 200)
  t.equal((await ask(undefined, '/readyz')).status, 200)
})

t.test('a right in a namespace is one to ask with that namespace', async (t) => {
  const { person, allow, ask, store } = await accessSite(t)
  const alice = person('alice')
  allow(alice, 'get', 'timelines', 'payments')
  store.timelineEvents = [exec()]
  t.equal((await ask(alice, '/api/v1/timeline?namespace=payments')).body.events.length, 1)
  const everywhere = await ask(alice, '/api/v1/timeline')
  t.equal(everywhere.status, 403)
  t.match(everywhere.body.error.message, /in all namespaces: pass --namespace .*ClusterRoleBinding/)
  const other = await ask(alice, '/api/v1/timeline?namespace=shop')
  t.match(other.body.error.message, /in namespace shop: ask for a RoleBinding there/)
  for (const namespace of ['*', 'Payments', 'payments%20', 'payments%00', '..']) {
    const { status } = await ask(alice, `/api/v1/timeline?namespace=${namespace}`)
    t.ok(status === 403 || status === 400, `${namespace}: ${status}`)
  }
  t.equal(store.asked.length, 1, 'the store was asked once')
})

t.test('what a condition let through by mistake is not shown', async (t) => {
  const { person, allow, ask, store } = await accessSite(t)
  const [alice, admin] = [person('alice'), person('admin')]
  allow(alice, 'get', 'timelines', 'payments')
  allow(admin, 'get', 'timelines')
  // A store whose filter by namespace is broken.
  store.events = async () => ({
    events: [exec({ argv: ['own'] }), exec({ argv: ['foreign'] }, { namespace: 'shop' })],
    next: null,
  })
  const argv = async (who: Person) =>
    (await ask(who, '/api/v1/timeline?namespace=payments')).body.events.map(
      (event: { process: { argv: string[] } }) => event.process.argv[0],
    )
  t.strictSame(await argv(alice), ['own'])
  t.strictSame(await argv(admin), ['own', 'foreign'])
})

const holdOf = (namespace: string | undefined): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    reason: 'incident',
    selection: { pod: 'p', ...(namespace !== undefined && { namespace }) },
  }),
})

t.test('holds are made, seen and released where one has the right', async (t) => {
  const { person, allow, ask, store, told } = await accessSite(t)
  const [alice, admin] = [person('alice'), person('admin')]
  for (const verb of ['create', 'list', 'delete']) {
    allow(alice, verb, 'holds', 'payments')
    allow(admin, verb, 'holds')
  }
  t.equal((await ask(alice, '/api/v1/holds', holdOf('payments'))).status, 201)
  t.equal((await ask(alice, '/api/v1/holds', holdOf('shop'))).status, 403)
  t.equal((await ask(alice, '/api/v1/holds', holdOf(undefined))).status, 403)
  t.equal((await ask(admin, '/api/v1/holds', holdOf(undefined))).status, 201)
  t.equal(store.holdList.length, 2)
  t.equal((await ask(admin, '/api/v1/holds')).body.holds.length, 2)
  t.equal((await ask(alice, '/api/v1/holds')).status, 403)
  const own = await ask(alice, '/api/v1/holds?namespace=payments')
  t.strictSame(
    own.body.holds.map(({ id }: { id: string }) => id),
    ['hold-1'],
  )
  const release = (who: Person, id: string) => ask(who, `/api/v1/holds/${id}`, { method: 'DELETE' })
  t.equal((await release(alice, 'hold-2')).status, 403)
  t.equal((await release(alice, 'hold-9')).status, 404)
  t.equal((await release(alice, 'hold-1')).status, 204)
  t.equal((await release(admin, 'hold-2')).status, 204)
  const changed = told.filter(({ what }) => !what.startsWith('GET'))
  t.strictSame(
    changed.map(({ who, what, id, namespace, status }) => [
      who?.kind === 'person' ? who.user.split(':').at(-1) : '',
      what.split(' ')[0],
      id,
      namespace,
      status,
    ]),
    [
      ['alice', 'POST', 'hold-1', 'payments', 201],
      ['alice', 'POST', '', 'shop', 403],
      ['alice', 'POST', '', undefined, 403],
      ['admin', 'POST', 'hold-2', undefined, 201],
      ['alice', 'DELETE', 'hold-2', undefined, 403],
      ['alice', 'DELETE', 'hold-9', undefined, 404],
      ['alice', 'DELETE', 'hold-1', 'payments', 204],
      ['admin', 'DELETE', 'hold-2', undefined, 204],
    ],
  )
})

t.test('each request is told of, with who, what, where and how it ended', async (t) => {
  const { person, allow, ask, told } = await accessSite(t)
  const alice = person('alice')
  allow(alice, 'get', 'timelines', 'payments')
  await ask(alice, '/api/v1/timeline?namespace=payments&q=secret')
  await ask(alice, '/api/v1/audit')
  await ask(alice, '/api/v1/timeline?nonsense=secret')
  await ask(undefined, '/api/v1/timeline')
  const line = { address: '127.0.0.1', id: '' }
  const who = { kind: 'person', user: alice.user }
  const timeline = 'GET /api/v1/timeline'
  t.match(told, [
    { ...line, who, what: timeline, namespace: 'payments', status: 200, detail: '' },
    { ...line, who, what: 'GET /api/v1/audit', status: 403, detail: /may not get audits/ },
    { ...line, who, what: timeline, status: 400 },
    { ...line, who: undefined, what: timeline, status: 401, detail: /a token is required/ },
  ])
  t.notMatch(JSON.stringify(told), /secret|eyJ/, 'neither what was searched for nor a token')
})

t.test('the API server’s outage is told as such', async (t) => {
  const { kube, person, ask } = await accessSite(t)
  const alice = person('alice')
  kube.setMode('error')
  const answer = await ask(alice, '/api/v1/timeline')
  t.equal(answer.status, 503)
  t.equal(answer.headers.get('retry-after'), '1')
  t.match(answer.body.error, { code: 'identity_unavailable', message: /it answers 500/ })
})

t.test('an agent’s token opens nothing of the API', async (t) => {
  const { ask, agentToken } = await accessSite(t)
  const agent = { user: 'agent', headers: bearer(agentToken()) }
  const answer = await ask(agent, '/api/v1/timeline')
  t.equal(answer.status, 401)
  t.match(answer.headers.get('www-authenticate'), /Bearer/)
  t.match(
    answer.body.error.message,
    /"kubectl create token mayfly-agent --namespace mayfly --audience mayfly-api"/,
  )
})

const follow = (url: string, who: Person, query: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(`${url}/api/v1/tail${query}`, { headers: who.headers }, resolve).on('error', reject)
  })

t.test('a follower sees one namespace, and no longer than the right lasts', async (t) => {
  const site = await accessSite(t, { tailRecheckMs: 20 })
  const { person, allow, kube, advance, live, url } = site
  const alice = person('alice')
  const grant = allow(alice, 'watch', 'timelines', 'payments')
  t.equal((await follow(url, alice, '')).statusCode, 403)
  t.equal((await follow(url, alice, '?namespace=shop')).statusCode, 403)
  const stream = await follow(url, alice, '?namespace=payments')
  t.equal(stream.statusCode, 200)
  let text = ''
  let isOver = false
  stream.setEncoding('utf8').on('data', (data) => {
    text += data
  })
  stream.once('end', () => {
    isOver = true
  })
  await until('it follows', () => live.subscribers === 1)
  // Nobody knows this container's namespace: it is not shown.
  live.publish(chunkOf(wireExec({ argv: ['foreign'] })))
  advance(31_000)
  await until('it is heard', () => text.includes('following'))
  t.notOk(isOver)
  kube.revoke(grant)
  advance(31_000)
  await until('the stream ends', () => isOver)
  t.notMatch(text, /foreign/)
  t.equal(live.subscribers, 0)
})

t.test('a stream ends with the token it was opened with', async (t) => {
  const { kube, allow, advance, url } = await accessSite(t, { tailRecheckMs: 20 })
  const who = { namespace: 'people', name: 'bob' }
  const token = kube.token({ ...who, audiences: ['mayfly-api'], lifetimeSeconds: 600 })
  const bob = { user: 'system:serviceaccount:people:bob', headers: bearer(token) }
  allow(bob, 'watch', 'timelines')
  const stream = await follow(url, bob, '')
  t.equal(stream.statusCode, 200)
  let isOver = false
  stream.once('end', () => {
    isOver = true
  })
  stream.resume()
  advance(700_000)
  await until('the stream ends', () => isOver)
})

const one = { concurrent: 1 }
t.test('one person asks so much at once, and others are not held up', async (t) => {
  const limits = { ...requestLimits, person: one, address: { concurrent: 100 } }
  const { person, allow, ask, store, refused } = await accessSite(t, { limits })
  const [alice, bob] = [person('alice'), person('bob')]
  for (const who of [alice, bob]) allow(who, 'get', 'timelines')
  let release = (): void => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  store.events = async () => {
    await gate
    return { events: [], next: null }
  }
  const first = ask(alice, '/api/v1/timeline')
  await until('a request is refused', () => {
    ask(alice, '/api/v1/timeline').catch(() => undefined)
    return refused.includes('concurrency')
  })
  const second = await ask(alice, '/api/v1/timeline')
  t.equal(second.status, 429)
  t.equal(second.headers.get('retry-after'), '1')
  t.match(second.body.error, { code: 'too_many_requests', message: /at once/ })
  const third = ask(bob, '/api/v1/timeline')
  release()
  t.equal((await first).status, 200)
  t.equal((await third).status, 200)
})

t.test('an address asks so often, whoever it is', async (t) => {
  const rate = { perSecond: 0.001, burst: 3 }
  const limits = { ...requestLimits, address: { rate, concurrent: 100 } }
  const { ask, refused, told } = await accessSite(t, { limits })
  const statuses = []
  for (let request = 0; request < 6; request += 1)
    statuses.push((await ask(undefined, '/api/v1/timeline')).status)
  t.strictSame(statuses, [401, 401, 401, 429, 429, 429])
  t.equal(refused.filter((reason) => reason === 'rate').length, 3)
  t.match(told.at(-1), { status: 429, detail: /ask less often/ })
  t.equal((await ask(undefined, '/healthz')).status, 200, 'probes are not counted')
})

t.test('one client follows so many streams', async (t) => {
  const { person, allow, url, live } = await accessSite(t, {
    limits: { ...requestLimits, tails: one },
  })
  const [alice, bob] = [person('alice'), person('bob')]
  for (const who of [alice, bob]) allow(who, 'watch', 'timelines')
  const first = await follow(url, alice, '')
  t.equal((await follow(url, alice, '')).statusCode, 429)
  const other = await follow(url, bob, '')
  t.equal(other.statusCode, 200)
  first.destroy()
  await until('its place is free', () => live.subscribers === 1)
  const next = await follow(url, alice, '')
  t.equal(next.statusCode, 200)
  for (const stream of [other, next]) stream.destroy()
})
