import t from 'tap'
import type { ListenRecord } from '#agent/sources/record.ts'
import { ListeningPorts } from '#agent/tracker/listening-ports.ts'

const listen = (
  netNamespace: number,
  port: number,
  phase: ListenRecord['phase'] = 'started',
): ListenRecord => ({
  kind: 'listen',
  bootNs: 1,
  cgroups: [],
  transport: 'tcp',
  local: { address: '0.0.0.0', port },
  netNamespace,
  snapshot: false,
  phase,
})

t.test('a port listens in its own network namespace only', async (t) => {
  const ports = new ListeningPorts()
  ports.apply(listen(1, 80))
  t.ok(ports.has(1, 80))
  t.notOk(ports.has(2, 80))
  t.notOk(ports.has(1, 81))
})

t.test('of several sockets on one port the last to stop ends it', async (t) => {
  const ports = new ListeningPorts()
  ports.apply(listen(1, 80))
  ports.apply(listen(1, 80))
  ports.apply(listen(1, 80, 'stopped'))
  t.ok(ports.has(1, 80))
  ports.apply(listen(1, 80, 'stopped'))
  t.notOk(ports.has(1, 80))
})

t.test('a stop whose start was not seen leaves nothing behind', async (t) => {
  const ports = new ListeningPorts()
  ports.apply(listen(1, 80, 'stopped'))
  ports.apply(listen(1, 80))
  t.ok(ports.has(1, 80))
})

t.test('the oldest go when there are too many, and are counted', async (t) => {
  const ports = new ListeningPorts()
  for (let namespace = 0; namespace < 16_384; namespace += 1) ports.apply(listen(namespace, 80))
  ports.apply(listen(16_383, 80))
  t.equal(ports.evicted, 0)
  ports.apply(listen(16_384, 80))
  t.equal(ports.evicted, 1)
  t.notOk(ports.has(0, 80))
  t.ok(ports.has(1, 80))
  t.ok(ports.has(16_384, 80))
})
