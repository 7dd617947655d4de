/**
 * The agent, put together: sources → tracker → spool → uplink, with names and hashes beside. Called by `mayfly agent`; runs until
 * the signal. Nothing here holds state of its own; the order of starting and stopping is what matters:
 * attach first, then look at what was already there; stop capturing first, then deliver.
 */
import { statSync } from 'node:fs'
import { hostname, release } from 'node:os'
import { join } from 'node:path'
import { readAuthority } from '#base/authority.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import { ConfigError } from '#base/config.ts'
import type { Log } from '#base/log.ts'
import { serveMetrics } from '#base/metric-server.ts'
import { createRegistry } from '#base/metric-table.ts'
import { readToken } from '#base/token.ts'
import { version } from '#base/version.ts'
import { openBootClock } from './boot-clock.ts'
import { openCapture } from './capture.ts'
import { CaptureLoop } from './capture-loop.ts'
import { type AgentConfig, checkAgentConfig } from './config.ts'
import { CgroupMemory } from './containers/cgroup-memory.ts'
import { Containers } from './containers/containers.ts'
import { endsToEvents, hashesToEvents, namesToEvents } from './facts.ts'
import { FileHashes } from './file-hashes.ts'
import { gapOnGrowth } from './gap-on-growth.ts'
import { metricReaders } from './metric-readers.ts'
import { createAgentMetrics } from './metrics.ts'
import { agentReadiness } from './readiness.ts'
import { agentDirectory, openKubelet, openRedactor } from './settings.ts'
import { readBootId } from './sources/procfs/boot.ts'
import { readValue } from './sources/procfs/proc-file.ts'
import { findVanished } from './sources/procfs/reconcile.ts'
import { Spool } from './spool/spool.ts'
import { type ContainerDirectory, capturedKinds, Tracker } from './tracker/tracker.ts'
import { Uplink } from './uplink.ts'
import { absence, WatchMarkWriter } from './watch-mark.ts'

export interface AgentContext {
  readonly log: Log
  /** Ends the agent in order. */
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/** Live processes remembered; some 400 bytes each. Nodes run at most a few thousand. */
const processesMax = 65_536
const containersMax = 8_192
/** How long a stopping agent tries to deliver what is spooled; the rest stays on disk for the next one. */
const drainMsMax = 4_000
/** What flows that go on have moved is read that often (datagram.bpf.h): a probe that is replaced has not told the rest. */
const flowsReadUs = 30e6
/** Live processes whose root may hold the executable of a dead one. */
const rootCandidatesMax = 4

const inodeOf = (path: string): number => {
  try {
    return statSync(path).ino
  } catch {
    return 0
  }
}

const directoryOf = (containers: Containers): ContainerDirectory => ({
  attribute: (cgroups, pid) => containers.cgroups.attribute(cgroups, pid === 0 ? undefined : pid),
  attributePath: (path) => containers.cgroups.attributePath(path),
  cgroupChanged: (record) => containers.cgroups.apply(record),
  started: (container, bootNs) => containers.names.seen(container, bootNs),
  ended: (containerId, bootNs) => {
    containers.names.ended(containerId, bootNs)
    containers.ends.ended(containerId, bootNs)
  },
})

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * Runs until the signal; resolves when all that could be delivered is, and the rest is on disk.
 * @throws ConfigError, KubeletError, SpoolError, EbpfError (with `--source ebpf`) when it cannot start.
 */
export const runAgent = async (
  config: AgentConfig,
  { log, signal, clock = systemClock }: AgentContext,
): Promise<void> => {
  checkAgentConfig(config)
  readToken(config)
  readAuthority(config.collectorCa)
  const boot = readValue(readBootId(config.procRoot))
  if (boot === undefined) {
    throw new ConfigError(
      'invalid',
      '--proc-root',
      config.procRoot,
      'no procfs is mounted there; name the host’s /proc',
    )
  }
  const node = config.node ?? hostname()
  const dir = agentDirectory(config)
  const bootNowNs = openBootClock(config.procRoot)
  const redact = openRedactor(config)
  const spool = Spool.open({
    dir: join(dir, 'spool'),
    boot,
    pid: process.pid,
    log,
    clock,
    maxBytes: config.spoolSize,
    maxAgeNs: config.spoolAge * 1e6,
    syncIntervalMs: config.syncInterval,
  })
  // What was opened is closed in the opposite order, however far the start came.
  const closers: (() => void | Promise<void>)[] = [() => spool.close()]
  try {
    let redactions = 0
    const stream = { tracker: () => tracker, bootNowNs }
    const kubelet = openKubelet(config, node, clock)
    if (kubelet !== undefined && config.kubeletInsecureTls) {
      log.warn({}, 'the kubelet’s certificate is not verified (--kubelet-insecure-tls)')
    }
    const memory = new CgroupMemory({ dir, boot })
    const containers = new Containers({
      memory,
      clock,
      log,
      procRoot: config.procRoot,
      cgroupRoot: config.cgroupRoot,
      ownCgroupRoot: '/sys/fs/cgroup',
      hostRoot: config.hostRoot === '/' ? '' : config.hostRoot,
      ...(kubelet === undefined ? {} : { kubelet }),
      onNames: namesToEvents(stream),
      // A run that ended by itself told what it knew; a minute more, for what it could not ask any more.
      endsSinceUs: (spool.foundToUs || clock.nowUs()) - 60_000_000,
      onEnd: endsToEvents(stream),
    })
    closers.push(() => containers.close())
    const hashes = new FileHashes({
      procRoot: config.procRoot,
      clock,
      rootsOf: (containerId) =>
        tracker.processes
          .pidsOf(containerId, rootCandidatesMax)
          .map((pid) => join(config.procRoot, String(pid), 'root')),
      hashed: hashesToEvents(stream),
    })
    closers.push(() => hashes.close())

    const capture = openCapture({
      config,
      clock,
      log,
      bootNowNs,
      lastRing: spool.lastRing(),
      lossIntents: {
        dir,
        spoolEnd: () => ({ epoch: spool.epoch, lastSeq: spool.lastSeq }),
        had: (epoch, seq) => spool.had(epoch, seq),
      },
      onBlind: (fromUs, toUs) =>
        tracker.gap({
          reason: 'blind',
          lost: null,
          fromUs,
          toUs,
          affects: capture.complete,
          bootNs: bootNowNs(),
        }),
    })
    closers.push(() => capture.close())
    const { source } = capture
    const tracker: Tracker = new Tracker({
      containers: directoryOf(containers),
      redact: (argv) => {
        const result = redact(argv)
        redactions += result.redacted
        return result
      },
      executableSeen: (executable) => hashes.seen(executable),
      isCanary: (argv) => capture.isCanary(argv),
      includeHost: config.host === 'on',
      hostMountNamespace: inodeOf(join(config.procRoot, '1/ns/mnt')),
      processesMax,
      containersMax,
    })
    const bootNs = bootNowNs()
    tracker.begin(source.name, clock.nowUs() - bootNs / 1000)
    const watchedFromUs = tracker.timeUs(source.watchingSinceNs)
    const begin = { boot, watchedFromUs, watchedFromNs: source.watchingSinceNs }
    const hole = capture.isContinuation ? undefined : absence(dir, begin)
    if (hole !== undefined) {
      const affects = capture.complete
      tracker.gap({ reason: 'agent_absent', lost: null, ...hole, affects, bootNs })
    }
    if (capture.cutFlowsNs !== undefined) {
      const toUs = tracker.timeUs(capture.cutFlowsNs)
      const cut = { fromUs: toUs - flowsReadUs, toUs, affects: ['close'] } as const
      tracker.gap({ reason: 'agent_absent', lost: null, ...cut, bootNs })
    }
    const { givenBefore } = capture
    // The spool was in memory, or its disk lost something: what became of that, nobody knows.
    if (givenBefore !== undefined && !spool.had(givenBefore.epoch, givenBefore.seq))
      tracker.gap({
        reason: 'spool_failed',
        lost: null,
        fromUs: Math.min(spool.foundToUs || watchedFromUs, clock.nowUs()),
        toUs: clock.nowUs(),
        affects: capture.complete,
        bootNs,
      })
    const reportUndecoded = gapOnGrowth({
      count: capture.decodeErrors,
      nowUs: clock.nowUs,
      gap: (lost, fromUs, toUs) =>
        tracker.gap({
          reason: 'decode_failed',
          lost,
          fromUs,
          toUs,
          affects: capture.complete,
          bootNs: bootNowNs(),
        }),
    })
    // Datagrams without a flow: how many flows that were, nobody knows.
    const reportUntracked = gapOnGrowth({
      count: () => capture.ebpf?.untracked().packets ?? 0,
      nowUs: clock.nowUs,
      gap: (_packets, fromUs, toUs) =>
        tracker.gap({
          reason: 'overload',
          lost: null,
          fromUs,
          toUs,
          affects: ['connect', 'accept', 'close'],
          bootNs: bootNowNs(),
        }),
    })
    const mark = new WatchMarkWriter({ dir, boot, monotonicMs: clock.monotonicMs })
    const loop = new CaptureLoop({
      source,
      tracker,
      sink: {
        append: (drain) => {
          spool.append(drain)
          capture.gave({ epoch: spool.epoch, seq: spool.lastSeq })
        },
      },
      clock,
      bootNowNs,
      drainIntervalMs: config.drainInterval,
      complete: capture.complete,
      reconcile: () =>
        tracker.forgetVanished(findVanished(config.procRoot, tracker.processes.keys())),
      covered: (toUs, toNs) => mark.covered(toUs, toNs),
      drained: reportUndecoded,
      beforeCommit: () => containers.cgroups.save(),
      announceLosses: (eventCount) => capture.announceLosses(eventCount),
      eachSecond: () => {
        capture.poll()
        reportUntracked()
      },
      log,
    })
    containers.start()
    // What an earlier agent has told and what waits in the ring is not told again: the snapshot then only restores memory.
    tracker.announceSnapshot = !capture.isContinuation
    source.snapshot((record) => tracker.record(record))
    // From here on a process without an exec of its own is only learnt; its end will say so.
    tracker.announceSnapshot = false
    loop.start()
    closers.push(() => loop.stop())

    const uplink = new Uplink({
      spool,
      url: `${config.collector.replace(/^http/, 'ws')}/v1/ingest`,
      agent: config.agentId ?? node,
      node,
      agentVersion: version,
      capabilities: capture.complete,
      kernel: release(),
      token: () => readToken(config),
      ca: () => readAuthority(config.collectorCa),
      status: () => ({
        ledger: ledgerOf(tracker, spool, uplink),
        sources: capture.health(),
        kernelUnaccounted: capture.kernelUnaccounted(),
      }),
      log,
      clock,
      onDelivered: (latencyUs) => metrics.deliveryLatency.observe(latencyUs / 1e6),
    })
    const registry = createRegistry()
    const metrics = createAgentMetrics(
      registry,
      metricReaders({
        node,
        capture,
        tracker,
        spool,
        uplink,
        containers,
        hashes,
        loop,
        kubeletInsecure: config.kubeletInsecureTls,
        redactions: () => redactions,
      }),
    )
    if (config.metricsListen !== null) {
      const server = await serveMetrics({
        listen: config.metricsListen,
        registry,
        readiness: () =>
          agentReadiness({
            ticks: loop.counts.ticks,
            isFailing: loop.isFailing,
            isBlind: capture.isBlind(),
            sources: capture.health(),
            spool: spool.stats(),
            summary: capture.summary(),
          }),
        log,
      })
      closers.push(() => server.close())
    }
    uplink.start()
    log.info({ node, source: source.name, complete: capture.complete }, capture.summary())
    await untilAborted(signal)
    log.info({}, 'agent ends')
    loop.stop()
    await uplink.close(drainMsMax)
    // Whatever was only in memory is delivered: the next agent need not look for it.
    if (spool.heads().every(({ firstSeq, lastSeq }) => firstSeq > lastSeq))
      capture.gave({ epoch: 0, seq: 0 })
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

const ledgerOf = (tracker: Tracker, spool: Spool, uplink: Uplink) => {
  const { lost } = tracker.counts
  return {
    ...tracker.totals,
    lost: capturedKinds.reduce((sum, kind) => sum + lost[kind], 0),
    spooled: spool.stats().appendedEvents,
    acked: uplink.stats().ackedEvents,
  }
}
