/** What the collector says about its certificate; registered by main, beside its other metrics, where TLS is on. */
import {
  type MetricReaders,
  type MetricRegistry,
  type MetricTable,
  registerMetrics,
} from '#base/metric-table.ts'
import type { ServerTls } from './tls.ts'

export const tlsMetricTable = {
  tlsExpiry: {
    type: 'gauge',
    name: 'mayfly_collector_tls_certificate_expiry_timestamp_seconds',
    help: 'When the certificate in use ends, or the first of its chain, in seconds since 1970; with --tls-cert only, as the next three.',
  },
  tlsReloads: {
    type: 'counter',
    name: 'mayfly_collector_tls_reloads_total',
    help: 'Renewed certificates taken into use.',
  },
  tlsReloadFailures: {
    type: 'counter',
    name: 'mayfly_collector_tls_reload_failures_total',
    help: 'Looks at the files, one every 30 s, that found something new that cannot be used; the certificate from before stays in use.',
  },
  tlsHandshakeFailures: {
    type: 'counter',
    name: 'mayfly_collector_tls_handshake_failures_total',
    help: 'Connections that ended before TLS was agreed on: clients that do not trust the certificate, or speak no TLS.',
  },
} as const satisfies MetricTable

export const registerTlsMetrics = (
  registry: MetricRegistry,
  tls: Pick<ServerTls, 'expiresS' | 'counts'>,
): void => {
  const readers: MetricReaders<typeof tlsMetricTable> = {
    tlsExpiry: () => tls.expiresS,
    tlsReloads: () => tls.counts.reloads,
    tlsReloadFailures: () => tls.counts.reloadFailures,
    tlsHandshakeFailures: () => tls.counts.handshakeFailures,
  }
  registerMetrics(tlsMetricTable, registry, readers)
}
