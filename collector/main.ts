/**
 * Wires the collector: store, ingest, API and metrics, from configuration to orderly end. Called by `mayfly collector`
 * and `mayfly up`; only they exit.
 */
import { statfsSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { type Clock, systemClock } from '#base/clock.ts'
import { closeServer, createHttpServer, createHttpsServer, listenOn } from '#base/listen.ts'
import type { Log } from '#base/log.ts'
import { serveMetrics } from '#base/metric-server.ts'
import { formatListen, formatTime, isLoopback, type Listen } from '#base/values.ts'
import { version } from '#base/version.ts'
import { createApi } from './api/api.ts'
import { requestLimits } from './api/guard.ts'
import { LiveEvents } from './api/live.ts'
import { AuditWatch } from './audit-watch.ts'
import type { Cluster } from './cluster/cluster.ts'
import { registerClusterMetrics } from './cluster/metric-table.ts'
import {
  apiServerEndpoint,
  type CollectorConfig,
  checkCollectorConfig,
  retentionDays,
} from './config.ts'
import { Detection } from './detection/detection.ts'
import { registerDetectionMetrics } from './detection/metric-table.ts'
import { shippedRules } from './detection/rules/load.ts'
import { limitConnections } from './identity/connection-limit.ts'
import { openGate } from './identity/gate.ts'
import { registerIdentityMetrics } from './identity/metric-table.ts'
import { createIngest } from './ingest/ingest.ts'
import { Quarantine } from './ingest/quarantine.ts'
import { createCollectorMetrics, type FileSystemSpace } from './metrics.ts'
import { NameCache } from './names.ts'
import { observeStore } from './observed-store.ts'
import { collectorReadiness } from './readiness.ts'
import { openEmbeddedStore, openServerStore } from './store/clickhouse-store.ts'
import { withPatience } from './store/patience.ts'
import { livePodEvent } from './store/pod-events.ts'
import type { ClusterStore, DetectionStore, Store } from './store/store.ts'
import { ServerTls } from './tls.ts'
import { registerTlsMetrics } from './tls-metric-table.ts'

/** Agents and clients at once: a large cluster's nodes and some more. */
const maxConnections = 8_192

/** How often waiting counts are settled and dead workloads let go. */
const sweepMs = 5_000

/** What is older was told before, or was missed. */
const livePodEventUs = 120_000_000

/** How long an ending collector waits for the store to take what was received; agents send the rest again. */
const ingestCloseMs = 4_000

export interface CollectorContext {
  readonly log: Log
  /** Ends the collector; what was received is stored and acknowledged first. */
  readonly signal: AbortSignal
  readonly clock?: Clock
  /** Called once everything works. */
  readonly onReady?: (places: CollectorPlaces) => void
}

/** Where the collector really listens, for port 0. */
export interface CollectorPlaces {
  readonly listen: Listen
  readonly metricsListen: Listen | null
}

const openStore = (
  config: CollectorConfig,
  log: Log,
  clock: Clock,
): Promise<Store & ClusterStore & DetectionStore> => {
  const apiServer = apiServerEndpoint(config)
  const shared = { retentionDays: retentionDays(config), log, clock, apiServer }
  return config.storeUrl === undefined
    ? openEmbeddedStore({
        ...shared,
        dataDir: join(config.dataDir, 'store'),
        engineMemoryBytes: config.engineMemory,
      })
    : openServerStore({ ...shared, url: config.storeUrl })
}

interface ClusterListeners {
  readonly names: NameCache
  readonly live: LiveEvents
  readonly log: Log
  readonly clock: Clock
}

/** Undefined without --cluster-context. Throws ConfigError where no API server can be found. */
const openCluster = async (
  config: CollectorConfig,
  store: ClusterStore,
  { names, live, log, clock }: ClusterListeners,
): Promise<Cluster | undefined> => {
  if (!config.clusterContext) return undefined
  // Tens of megabytes that nobody else needs.
  const [{ Cluster }, { kubePlace }] = await Promise.all([
    import('./cluster/cluster.ts'),
    import('./kube/kube-place.ts'),
  ])
  return new Cluster({
    place: kubePlace(config),
    store,
    clock,
    log,
    onCorrected: (container) => names.correct(container),
    onPodEvents: (records) => {
      // After a start the API server tells the last hour, which is not what happens now.
      const sinceUs = clock.nowUs() - livePodEventUs
      for (const record of records)
        if (record.timeUs >= sinceUs) live.publishEvent(livePodEvent(record))
    },
  })
}

/** Answers while the store opens, so that a probe sees life and nothing else is promised. */
const starting: RequestListener = (request, response) => {
  const alive = request.url === '/healthz'
  const body = alive
    ? { ok: true }
    : { error: { code: 'store_unavailable', message: 'the collector is starting' } }
  response.writeHead(alive ? 200 : 503, { 'content-type': 'application/json', 'retry-after': '1' })
  response.end(`${JSON.stringify(body)}\n`)
}

/** Of the embedded store; undefined with another, or when the directory cannot be looked at. */
const storeSpaceOf = ({ dataDir, storeUrl }: CollectorConfig): FileSystemSpace | undefined => {
  if (storeUrl !== undefined) return undefined
  try {
    const { bavail, blocks, bsize } = statfsSync(dataDir)
    return { freeBytes: bavail * bsize, capacityBytes: blocks * bsize }
  } catch {
    return undefined
  }
}

/** Undefined without --tls-cert. Throws ConfigError when its files cannot be used. */
const openTls = (
  { tlsCert: certFile, tlsKey: keyFile, listen }: CollectorConfig,
  log: Log,
  clock: Clock,
): ServerTls | undefined => {
  if (certFile !== undefined && keyFile !== undefined)
    return new ServerTls({ certFile, keyFile }, log, clock)
  if (!isLoopback(listen.host)) {
    const facts = { listen: formatListen(listen) }
    const remedy = 'mayfly collector serves by TLS with --tls-cert and --tls-key'
    log.warn(facts, `tokens and events travel in clear: ${remedy}`)
  }
  return undefined
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * Runs until the signal; resolves when all is stored and closed.
 * @throws ConfigError, ListenError, StoreError when it cannot start.
 */
export const runCollector = async (
  config: CollectorConfig,
  { log, signal, clock = systemClock, onReady }: CollectorContext,
): Promise<void> => {
  checkCollectorConfig(config)
  const { auth, access, accessLog, counts } = await openGate(config, log, clock)
  const tls = openTls(config, log, clock)
  let handler = starting
  const listener: RequestListener = (request, response) => handler(request, response)
  const server = tls
    ? tls.serve(createHttpsServer(maxConnections, listener, tls.options))
    : createHttpServer(maxConnections, listener)
  limitConnections(server, clock)
  // What was opened is closed in the opposite order, however far the start came.
  const closers: (() => Promise<void>)[] = []
  try {
    const listen = await listenOn(server, config.listen, '--listen')
    closers.push(() => closeServer(server))
    const opened = await openStore(config, log, clock)
    closers.push(() => opened.close())

    const names = new NameCache()
    const live = new LiveEvents(names, apiServerEndpoint(config))
    const quarantine = new Quarantine({ dir: join(config.dataDir, 'quarantine'), log, clock })
    const liveAgents = () => ingest.agents()
    const watchedNodes = (): ReadonlySet<string> =>
      new Set(liveAgents().flatMap(({ connected, node }) => (connected ? [node] : [])))
    const metrics = createCollectorMetrics({
      names,
      clock,
      version,
      ingest: () => ingest.totals(),
      quarantine: () => quarantine.state,
      audit: () => auditWatch.totals,
      agents: liveAgents,
      storeHealth: () => opened.health(),
      storeSpace: () => storeSpaceOf(config),
      tails: () => live.subscribers,
    })
    const store = observeStore(opened, clock, {
      stored: (chunks) => {
        for (const chunk of chunks) {
          names.learnFrom(chunk.node, chunk.events)
          cluster?.learnFrom(chunk)
          metrics.stored(chunk)
          live.publish(chunk)
          detection.take(chunk)
        }
      },
      asked: (read, durationMs) => metrics.asked(read, durationMs),
    })
    const auditWatch = new AuditWatch({ store, liveAgents, log })
    closers.push(async () => auditWatch.close())
    registerIdentityMetrics(metrics.registry, counts)
    const detection = new Detection({
      store: opened,
      names,
      apiServer: apiServerEndpoint(config),
      trustedRegistries: config.trustedRegistry ?? [],
      rules: config.rules === undefined ? [shippedRules] : [shippedRules, config.rules],
      clock,
      log,
    })
    registerDetectionMetrics(metrics.registry, detection)
    const cluster = await openCluster(config, opened, { names, live, log, clock })
    if (tls) registerTlsMetrics(metrics.registry, tls)
    const named = await withPatience(log, () => names.warm(store))
    metrics.remember(named)
    await withPatience(log, () => detection.start())
    closers.push(() => detection.close())
    if (cluster !== undefined) {
      const started = cluster
      await withPatience(log, () => started.start(named))
      closers.push(() => started.close())
      registerClusterMetrics(metrics.registry, started, watchedNodes)
    }
    const ingest = createIngest({
      server,
      store,
      auth,
      accessLog,
      onRefused: (reason) => counts.refused('ingest', reason),
      tokenGraceMs: config.authGrace,
      log,
      clock,
      quarantine,
      closeTimeoutMs: ingestCloseMs,
    })
    closers.push(() => ingest.close())
    handler = createApi({
      store,
      auth,
      access,
      accessLog,
      limits: requestLimits,
      onRefused: (reason) => counts.refused('api', reason),
      live,
      clock,
      log,
      version,
      startedAt: formatTime(clock.nowUs()),
      liveAgents,
      cluster: cluster && {
        status: () => cluster.status(watchedNodes()),
        policies: (namespace) => cluster.policies(namespace),
      },
      findings: opened,
      baselines: detection.baselines,
      decide: (decision) => detection.book.decide(decision),
      quarantine: () => quarantine.state,
      onRequest: metrics.request,
      onTailDropped: metrics.tailDropped,
      isIngestOpen: ingest.isOpen,
    })
    auditWatch.start()
    const sweeper = setInterval(() => {
      metrics.sweep()
      tls?.poll()
      accessLog.flush()
    }, sweepMs)
    closers.push(async () => clearInterval(sweeper))
    const metricServer =
      config.metricsListen &&
      (await serveMetrics({
        listen: config.metricsListen,
        registry: metrics.registry,
        readiness: () => collectorReadiness(opened.health(), ingest.isOpen()),
        log,
      }))
    if (metricServer) closers.push(() => metricServer.close())
    log.info({ listen: formatListen(listen), dataDir: config.dataDir }, 'collector is ready')
    onReady?.({ listen, metricsListen: metricServer ? metricServer.listen : null })
    await untilAborted(signal)
    log.info({}, 'collector ends')
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
