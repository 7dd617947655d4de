import t from 'tap'
import { PartError } from '#cli/support/limited-get.ts'
import { programParts } from '#cli/support/program-parts.ts'
import { plainNames } from '#cli/support/pseudonyms.ts'
import { startServer } from '#test/fixtures/hostile-server.ts'

const options = {
  token: 'of-the-collector',
  signal: new AbortController().signal,
  timeoutMs: 30_000,
  maxBytes: 1_000_000,
}
const partsAt = (url: string) => {
  const places = { collector: url, collectorMetrics: url, agentMetrics: url }
  return programParts(places, plainNames, options)
}

t.test('metrics, and what each says of itself, ready or not; no token is shown', async (t) => {
  const tokens = new Set<string | undefined>()
  const url = await startServer(t, ({ url, headers }, response) => {
    tokens.add(headers.authorization)
    if (url === '/metrics') response.end('mayfly_x 1\nsomething else\n')
    else if (url === '/readyz') response.writeHead(503).end('no source\n')
    else response.end('ok\n')
  })
  const read = await Promise.all(
    partsAt(url).map(async ({ file, read }) => [file, await read()] as const),
  )
  const health = {
    kind: 'json',
    value: { healthz: { status: 200, body: 'ok' }, readyz: { status: 503, body: 'no source' } },
  }
  const text = '# 1 lines are left out, which are no samples of Mayfly\nmayfly_x 1\n'
  const metrics = { kind: 'text', text }
  t.strictSame(Object.fromEntries(read), {
    'collector/metrics.txt': metrics,
    'collector/health.json': health,
    'collector/metrics-health.json': health,
    'agent/metrics.txt': metrics,
    'agent/health.json': health,
  })
  t.strictSame([...tokens], [undefined])
})

t.test('another server is no source of metrics, and its pages are cut', async (t) => {
  const url = await startServer(t, (_, response) => response.end('<html>'.repeat(1_000)))
  for (const { file, read } of partsAt(url)) {
    if (file.endsWith('.txt'))
      await t.rejects(read(), new PartError('there are no metrics of Mayfly in the answer'))
    else t.ok(JSON.stringify(await read()).length < 2_500, file)
  }
})

t.test('an error is a reason', async (t) => {
  const url = await startServer(t, (_, response) => response.writeHead(500).end('mayfly_x 1\n'))
  for (const { read } of partsAt(url)) await t.rejects(read(), new PartError('status 500'))
})
