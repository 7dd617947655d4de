import t, { type Test } from 'tap'
import { silentLog } from '#base/log.ts'
import { serveMetrics } from '#base/metric-server.ts'
import { createRegistry, registerMetrics } from '#base/metric-table.ts'

const serve = async (t: Test, reader: () => number, ready = true) => {
  const registry = createRegistry()
  registerMetrics({ x: { type: 'gauge', name: 'x', help: 'X.' } } as const, registry, { x: reader })
  const server = await serveMetrics({
    listen: { host: '127.0.0.1', port: 0 },
    registry,
    readiness: () => ({ ready, detail: ready ? '' : 'no source' }),
    log: silentLog,
  })
  t.teardown(() => server.close())
  return (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${server.listen.port}${path}`, init)
}

t.test('metrics, health and readiness are served, everything else refused', async (t) => {
  const ask = await serve(t, () => 3)
  const metrics = await ask('/metrics?x=1')
  t.match(metrics.headers.get('content-type'), /text\/plain; version=0.0.4/)
  t.match(await metrics.text(), 'x 3')
  t.equal((await ask('/healthz')).status, 200)
  t.equal((await ask('/readyz')).status, 200)
  t.equal((await ask('/other')).status, 404)
  t.equal((await ask('/metrics', { method: 'POST' })).status, 405)
  t.equal(await (await ask('/metrics', { method: 'HEAD' })).text(), '')
})

t.test('what is not ready says why', async (t) => {
  const ask = await serve(t, () => 3, false)
  const answer = await ask('/readyz')
  t.equal(answer.status, 503)
  t.match(await answer.text(), 'no source')
})

t.test('a reader that throws costs one answer, not the process', async (t) => {
  const ask = await serve(t, () => {
    throw new Error('broken')
  })
  t.equal((await ask('/metrics')).status, 500)
  t.equal((await ask('/healthz')).status, 200)
})
