import t from 'tap'
import { createRegistry } from '#base/metric-table.ts'
import { registerTlsMetrics } from '#collector/tls-metric-table.ts'

t.test('the certificate in use and what became of new ones are shown', async (t) => {
  const registry = createRegistry()
  const counts = { reloads: 1, reloadFailures: 2, handshakeFailures: 3 }
  const tls = { expiresS: 1_900_000_000, counts }
  registerTlsMetrics(registry, tls)
  const text = await registry.metrics()
  t.match(text, 'mayfly_collector_tls_certificate_expiry_timestamp_seconds 1900000000\n')
  t.match(text, 'mayfly_collector_tls_reloads_total 1\n')
  t.match(text, 'mayfly_collector_tls_reload_failures_total 2\n')
  t.match(text, 'mayfly_collector_tls_handshake_failures_total 3\n')
  tls.expiresS = 2_000_000_000
  t.match(await registry.metrics(), 'expiry_timestamp_seconds 2000000000\n')
})
