import t from 'tap'
import type { Owner } from '#collector/cluster/objects.ts'
import { resources } from '#collector/cluster/resources.ts'
import {
  isSilence,
  listAll,
  openStreams,
  WatchError,
  watchFrom,
} from '#collector/cluster/watch-stream.ts'
import { until } from '#test/fixtures/until.ts'
import { startApiServer } from '#test/stand-ins/api-server.ts'

const counts = () => ({ unreadable: 0, leftOut: 0 })

t.test('what an overloaded API server asks for is kept, and bounded', async (t) => {
  t.equal(new WatchError(429, '', '7').retryAfterMs, 7_000)
  for (const [text, ms] of [
    ['86400', 60_000],
    ['soon', 0],
    ['-1', 0],
    ['', 0],
  ] as const)
    t.equal(new WatchError(429, '', text).retryAfterMs, ms, text)
})

t.test('a list fails with the status and the words of the API server', async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  const streams = openStreams(server)
  server.setMode('overloaded')
  await t.rejects(listAll(streams, resources.jobs, counts()), {
    statusCode: 429,
    retryAfterMs: 1_000,
    message: /too many requests/,
  })
  server.setMode('not-a-review')
  await t.rejects(listAll(streams, resources.jobs, counts()))
})

t.test('a watch ends once, by whatever', async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  const streams = openStreams(server)
  const ends: unknown[] = []
  const follow = (quietMs: number, openTimeoutMs = 1_000) =>
    watchFrom<Owner>(
      streams,
      resources.jobs,
      { resourceVersion: '100' },
      { onChange: () => {}, onAlive: () => {}, onDone: (error) => ends.push(error) },
      counts(),
      { quietMs, openTimeoutMs },
    )
  follow(50)
  await until('silence ends it', () => ends.length === 1)
  t.ok(isSilence(ends[0]))
  server.setMode('hang')
  follow(10_000, 50)
  await until('no answer ends it', () => ends.length === 2)
  t.match(ends[1], { code: 'timeout' })
  t.notOk(isSilence(ends[1]), 'an API server that hangs is not up to date')
  server.setMode('normal')
  server.objects.compact()
  follow(10_000)
  await until('an old version ends it', () => ends.length === 3)
  t.match(ends[2], { statusCode: 410 })
  await server.shut()
  follow(10_000)
  await until('a refused connection ends it', () => ends.length === 4)
  t.match(ends[3], { code: 'unreachable' })
})
