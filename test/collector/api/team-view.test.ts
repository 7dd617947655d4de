/** What a team sees that has the right in its own namespace: the real API on the real store, two teams on one node. */
import { get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { LiveEvents } from '#collector/api/live.ts'
import { NameCache } from '#collector/names.ts'
import type { TimelineEvent } from '#proto/api.ts'
import {
  chunk,
  connect,
  container,
  containerId,
  coverageFact,
  dns,
  engineMissing,
  exec,
  exit,
  fixedClock,
  gap,
  openTestStore,
  t0,
  temporaryDirectory,
} from '#test/collector/store/fixtures.ts'
import { accessSite, type Person } from '#test/fixtures/access-site.ts'
import { until } from '#test/fixtures/until.ts'

const ours = { containerId: containerId('a') }
const theirs = { containerId: containerId('b') }
const host = { containerId: 'host' }
const unnamed = { containerId: containerId('c') }

const names = [
  container({ ...ours, namespace: 'shop', pod: 'web-1', workload: 'web', podIps: ['10.0.0.7'] }),
  container({
    ...theirs,
    namespace: 'payments',
    pod: 'api-1',
    workload: 'api',
    container: 'vault',
    podIps: ['10.0.0.8'],
    labels: { team: 'payments-secret' },
  }),
]

/** Everything that the other team, the host and containers without names do. */
const foreign = [theirs, host, unnamed].flatMap((at, index) => [
  exec({ ...at, argv: ['curl', 'FOREIGN'], exe: '/FOREIGN/curl', timeUs: t0 + index }),
  exit({ ...at, exe: '/FOREIGN/curl', timeUs: t0 + 10 + index }),
  dns({ ...at, name: 'FOREIGN.example.com', exe: '/FOREIGN/curl', timeUs: t0 + 20 + index }),
  connect({
    ...at,
    peerName: 'FOREIGN.example.com',
    exe: '/FOREIGN/curl',
    timeUs: t0 + 30 + index,
  }),
  gap({ ...at, lost: 7, timeUs: t0 + 40 + index }),
])

const own = [
  exec({ ...ours, argv: ['curl', 'OWN'], timeUs: t0 + 1 }),
  // To the other team's pod: the address is ours to know, its name is not.
  connect({ ...ours, peer: { address: '10.0.0.8', port: 8200 }, timeUs: t0 + 2 }),
  exec({ ...ours, argv: ['OWN', 'again'], timeUs: t0 + 900 }),
]

/**
 * What a compromised agent of another node says of the same containers: that the other team's is ours, to let us read it, and ours
 * the other team's, to hide it; later and with more than the truth has.
 */
const lies = chunk(
  1,
  [
    container({ ...theirs, namespace: 'shop', pod: 'web-1', workload: 'web', timeUs: t0 + 5_000 }),
    container({ ...unnamed, namespace: 'shop', pod: 'web-1', workload: 'web', timeUs: t0 + 5_000 }),
    container({ ...ours, namespace: 'payments', pod: 'x', workload: 'x', timeUs: t0 + 5_000 }),
  ],
  { agent: 'agent-9', node: 'node-9' },
)

const stored = [...names, ...foreign, ...own, gap(), coverageFact()]

t.test(
  'a team sees its own namespace and nothing of others',
  { skip: engineMissing },
  async (t) => {
    const store = await openTestStore(temporaryDirectory(t), fixedClock())
    t.teardown(() => store.close())
    await store.insert([chunk(1, stored), lies])
    const site = await accessSite(t, { realStore: store })
    const { person, allow, ask } = site
    const [team, admin] = [person('team'), person('admin')]
    for (const verb of ['get', 'watch']) {
      allow(team, verb, 'timelines', 'shop')
      allow(admin, verb, 'timelines')
    }

    // Everything that the others did says FOREIGN; their ids stand in the lies too.
    const foreignWords = /FOREIGN|payments|vault|api-1/
    const both = async (path: string): Promise<readonly unknown[]> =>
      Promise.all(
        [team, admin].map(async (who) => {
          const { status, body } = await ask(who, path)
          t.equal(status, 200, path)
          return body
        }),
      )

    await t.test('in the timeline', async (t) => {
      const [seen, all] = await both('/api/v1/timeline?namespace=shop')
      t.notMatch(JSON.stringify(seen), foreignWords)
      t.match(JSON.stringify(all), /payments/, 'who may see all is told whose the peer is')
      const { events } = seen as { events: readonly TimelineEvent[] }
      t.strictSame(
        events.map(({ kind, namespace }) => `${namespace} ${kind}`),
        [
          'shop container',
          'shop exec',
          'shop connect',
          ' gap',
          'shop exec',
          'shop container',
          'shop container',
        ],
        'and what the liar says of its own node',
      )
      t.match(events[2], { peer: { address: '10.0.0.8', port: 8200, workload: '' } })
      t.match(seen, { coverage: [{ node: 'node-1', gaps: 1, lost: 3 }] }, 'the node’s gap alone')
    })

    await t.test('by whatever else is asked within it', async (t) => {
      for (const query of [
        `container=${theirs.containerId}`,
        `container=${theirs.containerId.slice(0, 6)}`,
        'container=vault',
        'container=host',
        'pod=api-1',
        'workload=api',
        'q=FOREIGN',
        'node=node-1&kind=exec,exit,connect,dns',
        'order=newest',
        `since=${encodeURIComponent('2026-11-23T09:00:00Z')}`,
      ]) {
        const { status, body } = await ask(team, `/api/v1/timeline?namespace=shop&${query}`)
        t.equal(status, 200, query)
        t.notMatch(JSON.stringify(body), foreignWords, query)
      }
    })

    await t.test('who else', async (t) => {
      for (const question of [
        'exe=curl',
        'exe=/FOREIGN/curl',
        'domain=example.com',
        'ip=10.0.0.8',
        'ip=203.0.113.7',
        'port=443',
        'cidr=10.0.0.0/8',
      ]) {
        const { status, body } = await ask(team, `/api/v1/who?namespace=shop&${question}`)
        t.equal(status, 200, question)
        t.notMatch(JSON.stringify(body), foreignWords, question)
      }
      const { body } = await ask(team, '/api/v1/who?namespace=shop&ip=10.0.0.8')
      t.match(body.rows, [{ namespace: 'shop', workload: 'web', peer: { workload: '' } }])
    })

    await t.test('containers and workloads', async (t) => {
      for (const list of ['containers', 'workloads']) {
        const { body } = await ask(team, `/api/v1/${list}?namespace=shop`)
        t.match(body[list], [{ namespace: 'shop', workload: 'web' }])
        t.ok(body[list].every((one: { namespace: string }) => one.namespace === 'shop'))
        t.notMatch(JSON.stringify(body), foreignWords)
      }
    })

    await t.test('and asking without or for another namespace is refused', async (t) => {
      for (const path of ['timeline', 'who?exe=curl', 'containers', 'workloads']) {
        const more = path.includes('?') ? '&' : '?'
        t.equal((await ask(team, `/api/v1/${path}`)).status, 403, path)
        t.equal((await ask(team, `/api/v1/${path}${more}namespace=payments`)).status, 403, path)
      }
    })
  },
)

t.test('a follower sees its own namespace and nothing of others', async (t) => {
  const cache = new NameCache()
  const live = new LiveEvents(cache)
  const { person, allow, url } = await accessSite(t, { liveEvents: live })
  const [team, admin] = [person('team'), person('admin')]
  allow(team, 'watch', 'timelines', 'shop')
  allow(admin, 'watch', 'timelines')
  const follow = async (who: Person, query: string) => {
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${url}/api/v1/tail${query}`, { headers: who.headers }, resolve).on('error', reject)
    })
    t.equal(stream.statusCode, 200)
    t.teardown(() => stream.destroy())
    let text = ''
    stream.setEncoding('utf8').on('data', (data) => {
      text += data
    })
    return () => text
  }
  const seen = await follow(team, '?namespace=shop')
  const all = await follow(admin, '')
  await until('both follow', () => live.subscribers === 2)
  cache.learnFrom('node-1', names)
  cache.learnFrom('node-9', lies.events)
  live.publish(chunk(1, [...stored, exec({ ...ours, argv: ['LAST'] })]))
  await until('the last event is there', () => seen().includes('LAST') && all().includes('LAST'))
  t.match(seen(), /OWN/)
  t.match(seen(), /"kind":"gap"/)
  t.notMatch(seen(), /FOREIGN|payments|vault|api-1|bbbbbb|cccccc/)
  t.match(all(), /FOREIGN/)
})
