import t, { type Test } from 'tap'
import { Backoff } from '#base/backoff.ts'
import { systemClock } from '#base/clock.ts'
import { type Log, silentLog } from '#base/log.ts'
import type { Owner } from '#collector/cluster/objects.ts'
import { resources } from '#collector/cluster/resources.ts'
import { openStreams } from '#collector/cluster/watch-stream.ts'
import { Watched, type WatchedOptions } from '#collector/cluster/watched.ts'
import { until } from '#test/fixtures/until.ts'
import { startApiServer } from '#test/stand-ins/api-server.ts'

const path = resources.replicasets.path

const replicaSet = (name: string, deployment?: string) => ({
  metadata: {
    name,
    namespace: 'shop',
    ...(deployment !== undefined && {
      ownerReferences: [{ kind: 'Deployment', name: deployment, controller: true }],
    }),
  },
  spec: { template: { secret: 'x'.repeat(2_000) } },
})

const site = async (t: Test, more: Partial<WatchedOptions<Owner>> = {}) => {
  const server = await startApiServer()
  const streams = openStreams(server)
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (_facts, message) => warnings.push(message) }
  const changes: string[] = []
  const watched = new Watched<Owner>({
    name: 'replicasets',
    resource: resources.replicasets,
    streams,
    clock: systemClock,
    log,
    onSet: ({ metadata, controller }) => changes.push(`+${metadata.name}:${controller?.name}`),
    onDeleted: ({ metadata }) => changes.push(`-${metadata.name}`),
    backoff: new Backoff({ baseMs: 5, capMs: 20 }),
    times: { quietMs: 10_000, openTimeoutMs: 1_000 },
    ...more,
  })
  t.teardown(async () => {
    watched.close()
    streams.close()
    await server.close()
  })
  const { objects } = server
  const has = (name: string) => watched.get('shop', name) !== undefined
  return { server, objects, watched, changes, warnings, has, at: objects.at(path) }
}

t.test('what is there, what comes, changes and goes', async (t) => {
  const { objects, watched, changes, has, at } = await site(t)
  objects.set(path, replicaSet('web-1', 'web'))
  watched.start()
  await until('it is listed', () => has('web-1'))
  await until('it is watched', () => at.watchers === 1)
  objects.set(path, replicaSet('web-2', 'web'))
  objects.set(path, replicaSet('web-1', 'other'))
  objects.delete(path, 'web-2', 'shop')
  await until('all is told', () => changes.length === 4)
  t.strictSame(changes, ['+web-1:web', '+web-2:web', '+web-1:other', '-web-2'])
  t.strictSame([watched.state, watched.size, watched.detail], ['following', 1, ''])
  t.ok((watched.ageSeconds ?? 99) < 30)
  t.notMatch(JSON.stringify(watched.objects), /xxx|managedFields/, 'only names are kept')
})

t.test('a list of many pages is whole', async (t) => {
  const { objects, watched, at, server } = await site(t)
  for (let index = 0; index < 1_234; index += 1) objects.set(path, replicaSet(`rs-${index}`, 'web'))
  watched.start()
  await until('all are known', () => watched.size === 1_234)
  await until('it is watched', () => at.watchers === 1)
  t.equal(server.requests.get(path), 4, 'three pages and a watch')
})

t.test('beyond the most that is remembered, what is left out is counted', async (t) => {
  const { objects, watched, at } = await site(t, {
    resource: { ...resources.replicasets, max: 3 },
  })
  for (let index = 0; index < 5; index += 1) objects.set(path, replicaSet(`rs-${index}`))
  watched.start()
  await until('it is watched', () => at.watchers === 1)
  objects.set(path, replicaSet('rs-9'))
  await until('the new one is counted too', () => watched.counts.leftOut === 3)
  t.equal(watched.size, 3)
})

t.test('after 410 all is listed anew, however it is told', async (t) => {
  const { objects, watched, changes, has, at } = await site(t)
  objects.set(path, replicaSet('gone'))
  watched.start()
  await until('it is watched', () => at.watchers === 1)

  // In the stream.
  objects.delete(path, 'gone', 'shop')
  at.expire()
  await until('it is gone', () => !has('gone'))
  await until('it is watched again', () => at.watchers === 1)

  // As a status, after the stream broke and what happened meanwhile is forgotten.
  at.drop('break')
  objects.set(path, replicaSet('new'))
  objects.compact()
  await until('the new one is known', () => has('new'))
  t.ok(watched.restarts.expired >= 1)
  t.strictSame(
    changes.filter((change) => change.startsWith('-')),
    ['-gone'],
  )
})

t.test('a watch that ends goes on where it was', async (t) => {
  const { objects, watched, has, at, server } = await site(t)
  watched.start()
  await until('it is watched', () => at.watchers === 1)
  const before = server.requests.get(path) ?? 0
  at.drop('end')
  objects.set(path, replicaSet('meanwhile'))
  await until('what came meanwhile is known', () => has('meanwhile'))
  t.equal(server.requests.get(path), before + 1, 'by a watch, without a list')
})

t.test('a half-open connection is noticed', async (t) => {
  const { objects, watched, has, at, server } = await site(t, {
    times: { quietMs: 150, openTimeoutMs: 1_000 },
  })
  watched.start()
  await until('it is watched', () => at.watchers === 1)
  // A list, a watch, and the one that follows the silent one.
  await until('it was begun again', () => (server.requests.get(path) ?? 0) >= 3)
  objects.set(path, replicaSet('late'))
  await until('it follows', () => has('late'))
  objects.bookmark()
  t.equal(watched.state, 'following')
  t.equal(watched.restarts.failed, 0, 'silence is no failure')
})

t.test('lines that are no JSON are counted, and what they may have said is listed', async (t) => {
  const { objects, watched, has, at } = await site(t)
  watched.start()
  await until('it is watched', () => at.watchers === 1)
  at.writeRaw('this is no JSON\n')
  objects.set(path, replicaSet('after'))
  await until('it is known', () => has('after'))
  t.equal(watched.counts.unreadable, 1)
})

t.test('objects of other shapes are counted and cost nothing else', async (t) => {
  const { watched, has, at, objects } = await site(t)
  watched.start()
  await until('it is watched', () => at.watchers === 1)
  for (const object of [null, 7, [], {}, { metadata: 'x' }, { metadata: { name: 7 } }])
    at.writeRaw(`${JSON.stringify({ type: 'ADDED', object })}\n`)
  at.writeRaw(`${JSON.stringify({ type: 'NONSENSE', object: { metadata: {} } })}\n`)
  at.writeRaw(`"text"\n`)
  objects.set(path, replicaSet('good'))
  await until('the good one is known', () => has('good'))
  t.equal(watched.size, 1)
  t.ok(watched.counts.unreadable >= 6)
})

t.test(
  'whatever answers, it comes back when the API server does, and knows what it knew',
  async (t) => {
    const { objects, watched, has, at, server, warnings } = await site(t)
    objects.set(path, replicaSet('known'))
    watched.start()
    await until('it is watched', () => at.watchers === 1)
    for (const mode of [
      'error',
      'overloaded',
      'garbage',
      'html',
      'truncated',
      'not-a-review',
    ] as const) {
      server.setMode(mode)
      at.drop('break')
      await until(`it is stale: ${mode}`, () => watched.state === 'stale')
      t.ok(has('known'), mode)
      t.not(watched.detail, '', mode)
      server.setMode('normal')
      // It follows from its list on, and its watch may still be on its way.
      await until(
        `it follows again: ${mode}`,
        () => watched.state === 'following' && at.watchers === 1,
      )
    }
    t.equal(warnings.filter((line) => line === 'cluster: cannot follow').length, 6)
    await server.shut()
    await until('it is away', () => watched.state === 'stale')
    await server.open()
    await until('it is back', () => watched.state === 'following')
  },
)

t.test('a missing right is named once, with the rule', async (t) => {
  const { watched, server, warnings } = await site(t)
  server.forbid(path, true)
  watched.start()
  await until('it is forbidden', () => watched.state === 'forbidden')
  t.match(watched.detail, /cannot list resource "replicasets"/)
  t.strictSame(warnings.length, 1)
  t.match(warnings[0], /a right is missing: allow list and watch of \/apis\/apps\/v1\/replicasets/)
  t.equal(watched.restarts.forbidden, 1)
})

t.test('its own token rotates while it follows', async (t) => {
  const { objects, watched, has, at, server } = await site(t)
  watched.start()
  await until('it is watched', () => at.watchers === 1)
  server.rotateOwnToken()
  at.drop('break')
  objects.set(path, replicaSet('later'))
  await until('it follows with the new one', () => has('later'))
})
