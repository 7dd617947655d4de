import { request } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { StoreError } from '#collector/store/errors.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { auditRow } from '#test/fixtures/audit-rows.ts'
import { coverage, exec, exit, gap } from '#test/fixtures/timeline-events.ts'

const site = async (t: Test, token?: string) => {
  const api = await startApi(t, token === undefined ? {} : { token })
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${api.url}${path}`, init)
    const text = await response.text()
    const body = text && JSON.parse(text)
    return { status: response.status, headers: response.headers, text, body }
  }
  return { ...api, ask }
}

t.test('a timeline comes with its coverage, page by page', async (t) => {
  const { store, ask } = await site(t)
  store.timelineEvents = [exec({ pid: 1 }), exit({ pid: 1 }), exec({ pid: 2 })]
  store.covered = [coverage()]
  const first = await ask('/api/v1/timeline?limit=2')
  t.equal(first.status, 200)
  t.strictSame(first.body.coverage, [coverage()])
  t.equal(first.body.events.length, 2)
  const second = await ask(`/api/v1/timeline?limit=2&cursor=${first.body.next}`)
  t.strictSame(second.body.events, [exec({ pid: 2 })])
  t.equal(second.body.next, null)
})

t.test('filters reach the store as they were asked', async (t) => {
  const { store, ask } = await site(t)
  await ask(
    '/api/v1/timeline?namespace=a&workload=b&pod=c&container=d&node=e&kind=exec,exit&q=curl&order=newest' +
      '&since=2026-07-01T00:00:00Z&until=2026-07-02T00:00:00.5Z&limit=7',
  )
  t.strictSame(store.asked, [
    {
      namespace: 'a',
      workload: 'b',
      pod: 'c',
      container: 'd',
      node: 'e',
      kinds: ['exec', 'exit'],
      text: 'curl',
      newestFirst: true,
      sinceUs: Date.UTC(2026, 6, 1) * 1000,
      untilUs: Date.UTC(2026, 6, 2) * 1000 + 500_000,
      limit: 7,
    },
  ])
})

const hostile: readonly (readonly [string, string, number, string, string | undefined])[] = [
  ['a parameter nobody knows', '/api/v1/timeline?namespce=x', 400, 'unknown_parameter', 'namespce'],
  ['a parameter of another route', '/api/v1/agents?limit=3', 400, 'unknown_parameter', 'limit'],
  ['a parameter given twice', '/api/v1/timeline?pod=a&pod=b', 400, 'bad_parameter', 'pod'],
  ['an empty value', '/api/v1/timeline?pod=', 400, 'bad_parameter', 'pod'],
  ['a NUL in a name', '/api/v1/timeline?pod=a%00b', 400, 'bad_parameter', 'pod'],
  [
    'a name beyond all names',
    `/api/v1/timeline?pod=${'x'.repeat(513)}`,
    400,
    'bad_parameter',
    'pod',
  ],
  ['a kind that is none', '/api/v1/timeline?kind=exec,fork', 400, 'bad_parameter', 'kind'],
  ['an empty kind', '/api/v1/timeline?kind=exec,', 400, 'bad_parameter', 'kind'],
  ['a limit of zero', '/api/v1/timeline?limit=0', 400, 'bad_parameter', 'limit'],
  ['a limit beyond the largest', '/api/v1/timeline?limit=10001', 400, 'bad_parameter', 'limit'],
  ['a limit in hexadecimal', '/api/v1/timeline?limit=0x10', 400, 'bad_parameter', 'limit'],
  [
    'a time without an offset',
    '/api/v1/timeline?since=2026-07-01T00:00:00',
    400,
    'bad_parameter',
    'since',
  ],
  [
    'a day that does not exist',
    '/api/v1/timeline?since=2026-02-30T00:00:00Z',
    400,
    'bad_parameter',
    'since',
  ],
  ['since after until', '/api/v1/timeline?since=1m&until=2m', 400, 'bad_parameter', 'since'],
  ['an order that is none', '/api/v1/timeline?order=random', 400, 'bad_parameter', 'order'],
  ['a cursor of somebody else', '/api/v1/timeline?cursor=zzz', 400, 'bad_cursor', 'cursor'],
  ['a route that is none', '/api/v1/replay', 404, 'not_found', undefined],
  ['a path with dots', '/api/v1/../../etc/passwd', 404, 'not_found', undefined],
  ['a path that cannot be decoded', '/%E0%A4%A', 404, 'not_found', undefined],
  [
    'a target beyond all targets',
    `/api/v1/timeline?q=${'x'.repeat(9_000)}`,
    414,
    'uri_too_long',
    undefined,
  ],
]
for (const [name, path, status, code, field] of hostile) {
  t.test(`${name} gets a clear error`, async (t) => {
    const { ask } = await site(t)
    const answer = await ask(path)
    t.equal(answer.status, status)
    t.equal(answer.body.error.code, code)
    t.equal(answer.body.error.field, field)
    t.ok(answer.body.error.message.length > 10)
  })
}

t.test('other methods than GET and HEAD are refused with what is allowed', async (t) => {
  const { ask } = await site(t)
  const answer = await ask('/api/v1/timeline', { method: 'POST', body: 'x'.repeat(100_000) })
  t.equal(answer.status, 405)
  t.equal(answer.headers.get('allow'), 'GET, HEAD')
  const release = await ask('/api/v1/holds/3f2a91c0')
  t.equal(release.status, 405)
  t.equal(release.headers.get('allow'), 'DELETE')
  const head = await ask('/api/v1/agents', { method: 'HEAD' })
  t.equal(head.status, 200)
  t.equal(head.text, '')
})

const hold = { reason: 'incident 4711', selection: { pod: 'api-7d9f' } }
const post = (body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

t.test('a hold is made, listed and released; releasing it twice is an error', async (t) => {
  const { facts, ask } = await site(t)
  const made = await ask('/api/v1/holds', post(hold))
  t.equal(made.status, 201)
  t.match(made.body, { ...hold, events: 0 })
  const place = `/api/v1/holds/${made.body.id}`
  t.equal(made.headers.get('location'), place)
  t.strictSame((await ask('/api/v1/holds')).body, { holds: [made.body] })
  const released = await ask(place, { method: 'DELETE' })
  t.strictSame([released.status, released.text], [204, ''])
  t.strictSame((await ask('/api/v1/holds')).body, { holds: [] })
  const again = await ask(place, { method: 'DELETE' })
  t.strictSame([again.status, again.body.error.code], [404, 'not_found'])
  t.strictSame(
    [...new Set(facts.map(({ route }) => route))],
    ['/api/v1/holds', '/api/v1/holds/{id}'],
    'counted by documented path',
  )
})

t.test('a hold that cannot be understood is refused, and nothing is held', async (t) => {
  const { store, ask } = await site(t)
  for (const [init, status, code, field] of [
    [post('{'), 400, 'bad_body', undefined],
    [post({ ...hold, reason: '' }), 400, 'bad_parameter', 'reason'],
    [post({ ...hold, selection: { pods: 'a' } }), 400, 'unknown_parameter', 'selection.pods'],
    [post('x'.repeat(5_000)), 413, 'body_too_large', undefined],
    [post(hold, { 'content-type': 'text/plain' }), 415, 'unsupported_media_type', undefined],
  ] as const) {
    const { status: given, body } = await ask('/api/v1/holds', init)
    t.strictSame([given, body.error.code, body.error.field], [status, code, field])
  }
  store.failure = new StoreError('bad_query', 'selection: no such thing')
  const refused = await ask('/api/v1/holds', post(hold))
  t.strictSame([refused.status, refused.body.error.field], [400, 'selection'])
  store.failure = undefined
  t.strictSame(store.holdList, [])
})

t.test('a page of another origin changes nothing, even one of this machine', async (t) => {
  const { store, url, ask } = await site(t)
  const made = (await ask('/api/v1/holds', post(hold))).body
  for (const origin of ['http://localhost:3000', 'https://evil.example', 'null']) {
    for (const [path, init] of [
      ['/api/v1/holds', post(hold, { origin })],
      [`/api/v1/holds/${made.id}`, { method: 'DELETE', headers: { origin } }],
    ] as const) {
      const answer = await ask(path, init)
      t.strictSame([answer.status, answer.body.error.code], [403, 'forbidden_origin'], origin)
    }
    const preflight = await ask('/api/v1/holds', { method: 'OPTIONS', headers: { origin } })
    t.equal(preflight.status, 405)
    t.notOk(preflight.headers.has('access-control-allow-origin'))
  }
  t.strictSame(store.holdList, [made])
  t.equal((await ask('/api/v1/holds', post(hold, { origin: url }))).status, 201)
})

t.test('nothing is changed without the token', async (t) => {
  const { store, ask } = await site(t, 'secret')
  t.equal((await ask('/api/v1/holds', post(hold))).status, 401)
  t.equal((await ask('/api/v1/holds/hold-1', { method: 'DELETE' })).status, 401)
  t.strictSame(store.holdList, [])
  const authorization = 'Bearer secret'
  t.equal((await ask('/api/v1/holds', post(hold, { authorization }))).status, 201)
})

t.test('an audit is cheap unless asked otherwise, and goes by the live agents', async (t) => {
  const { store, ask } = await site(t)
  store.auditList = [auditRow()]
  const cheap = await ask('/api/v1/audit')
  t.strictSame(cheap.body, { rows: [auditRow()], query: 'SELECT 1', deep: false })
  t.equal((await ask('/api/v1/audit?deep=true')).body.deep, true)
  t.equal((await ask('/api/v1/audit?deep=yes')).body.error.field, 'deep')
  t.strictSame(store.audits, [
    { deep: false, agents: [] },
    { deep: true, agents: [] },
  ])
})

t.test('every answer carries the headers that keep browsers honest', async (t) => {
  const { ask } = await site(t)
  for (const path of ['/api/v1/timeline', '/nowhere', '/healthz']) {
    const { headers } = await ask(path)
    t.equal(headers.get('x-content-type-options'), 'nosniff')
    t.equal(headers.get('cache-control'), 'no-store')
    t.match(headers.get('content-security-policy'), /default-src 'none'/)
  }
})

t.test('with a token, nothing but the probes is served without it', async (t) => {
  const { ask } = await site(t, 'secret')
  for (const authorization of [undefined, 'Bearer wrong', 'Basic secret', 'secret', 'Bearer ']) {
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await ask('/api/v1/timeline', { headers })
    t.equal(answer.status, 401)
    t.match(answer.headers.get('www-authenticate'), /Bearer/)
  }
  t.equal(
    (await ask('/api/v1/timeline', { headers: { authorization: 'Bearer secret' } })).status,
    200,
  )
  t.equal((await ask('/healthz')).status, 200)
  t.equal((await ask('/readyz')).status, 200)
})

t.test('without a token a page that rebinds its name to loopback is refused', async (t) => {
  const { port } = await site(t)
  const status = (headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: '/api/v1/agents', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  t.equal(await status({ host: 'evil.example' }), 403)
  t.equal(await status({ host: `evil.example:${port}` }), 403)
  t.equal(await status({ host: `localhost:${port}`, origin: 'https://evil.example' }), 403)
  t.equal(await status({ host: `localhost:${port}` }), 200)
  t.equal(await status({ host: `[::1]:${port}` }), 200)
})

const failures: readonly (readonly [string, Error, number, string])[] = [
  ['a store that is away', new StoreError('unreachable', 'no answer'), 503, 'store_unavailable'],
  ['a question that takes too long', new StoreError('limit', 'too long'), 504, 'store_timeout'],
  ['a statement of ours that is refused', new StoreError('rejected', 'syntax'), 500, 'internal'],
  ['a mistake of ours', new TypeError('x is undefined'), 500, 'internal'],
]
for (const [name, failure, status, code] of failures) {
  t.test(`${name} is told without its innards, and the next request is served`, async (t) => {
    const { store, ask } = await site(t)
    store.failure = failure
    const answer = await ask('/api/v1/timeline')
    t.equal(answer.status, status)
    t.equal(answer.body.error.code, code)
    t.notMatch(answer.text, /undefined|syntax/)
    store.failure = undefined
    t.equal((await ask('/api/v1/timeline')).status, 200)
  })
}

t.test(
  'readyz means the store, healthz the process, and status answers in any state',
  async (t) => {
    const { store, ask } = await site(t)
    store.healthNow = { ...store.healthNow, state: 'failing', detail: 'engine restarts' }
    store.failure = new StoreError('unreachable', 'no answer')
    t.equal((await ask('/healthz')).status, 200)
    const ready = await ask('/readyz')
    t.equal(ready.status, 503)
    t.equal(ready.body.detail, 'engine restarts')
    const status = await ask('/api/v1/status')
    t.equal(status.status, 200)
    t.equal(status.body.store.state, 'failing')
  },
)

t.test('a collector that ends is not ready, whatever its store', async (t) => {
  let isOpen = true
  const { url } = await startApi(t, { isIngestOpen: () => isOpen })
  const ask = async () => {
    const response = await fetch(`${url}/readyz`)
    return [response.status, await response.json()]
  }
  t.strictSame(await ask(), [200, { store: 'ready', detail: '', ingest: 'open' }])
  isOpen = false
  t.strictSame(await ask(), [503, { store: 'ready', detail: '', ingest: 'closed' }])
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})

t.test('a list that was cut says so', async (t) => {
  const { store, ask } = await site(t)
  const workload = {
    namespace: 'a',
    workload: 'b',
    workloadType: 'deployment',
    containers: 1,
    firstSeen: '2026-07-01T00:00:00.000000Z',
    lastSeen: '2026-07-01T00:00:00.000000Z',
  }
  store.workloadList = [workload, workload]
  store.covered = [coverage()]
  t.strictSame((await ask('/api/v1/workloads?limit=1')).body, {
    coverage: [coverage()],
    workloads: [workload],
    truncated: true,
  })
  t.equal((await ask('/api/v1/workloads?limit=2')).body.truncated, false)
  t.strictSame(
    (await ask('/api/v1/containers')).body,
    { coverage: [coverage()], containers: [], truncated: false },
    'an empty list is worth what its coverage says',
  )
})

t.test('requests are counted under the paths we know, never under what was sent', async (t) => {
  const { facts, ask } = await site(t)
  await ask('/api/v1/timeline?q=x')
  await ask('/some/random/path')
  await ask('/api/v1/timeline?nonsense=1')
  t.strictSame(
    facts.map(({ route, status }) => [route, status]),
    [
      ['/api/v1/timeline', 200],
      ['other', 404],
      ['/api/v1/timeline', 400],
    ],
  )
})

t.test('garbage on the socket ends that socket only', async (t) => {
  const { port, ask } = await site(t)
  for (const bytes of [
    '\x00\x01\x02\r\n\r\n',
    'GET\r\n\r\n',
    'GET http://[ HTTP/1.1\r\nhost: localhost\r\n\r\n',
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(bytes, 'latin1'))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      socket.resume()
    })
  }
  t.equal((await ask('/healthz')).status, 200)
})

t.test('gaps pass the filters of whoever asks about a part of the node', async (t) => {
  const { store, ask } = await site(t)
  store.timelineEvents = [gap(), exec()]
  const { body } = await ask('/api/v1/timeline?pod=another')
  t.strictSame(body.events, [gap()])
})
