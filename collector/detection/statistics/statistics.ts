/** All statistics: gives each event to those of its kind. Made and called by detection.ts. */
import type { TimelineEvent } from '#proto/api.ts'
import { type EventKind, isContainerId } from '#proto/event.ts'
import { Beacon } from './beacon.ts'
import { Burst } from './burst.ts'
import { BytesOut } from './bytes-out.ts'
import { CrashLoop } from './crash-loop.ts'
import { DnsTunnel } from './dns-tunnel.ts'
import { ForkBomb } from './fork-bomb.ts'
import { LongConnection } from './long-connection.ts'
import { NewDestination } from './new-destination.ts'
import type { StatisticParameters } from './parameters.ts'
import { addressScan, portScan } from './scan.ts'
import type { Hit, Statistic, StatisticContext } from './statistic.ts'
import { RandomWalk } from './trw.ts'

export interface StatisticHit {
  readonly statistic: Statistic
  readonly hit: Hit
}

const none: readonly StatisticHit[] = []

export class Statistics {
  readonly all: readonly Statistic[]
  readonly #byKind = new Map<EventKind, Statistic[]>()

  constructor(parameters: StatisticParameters) {
    this.all = [
      addressScan(parameters),
      portScan(parameters),
      new RandomWalk(parameters),
      new Beacon(parameters),
      new DnsTunnel(parameters),
      new Burst(parameters),
      new CrashLoop(parameters),
      new ForkBomb(parameters),
      new LongConnection(parameters),
      new BytesOut(parameters),
      new NewDestination(parameters),
    ]
    for (const statistic of this.all)
      for (const kind of statistic.kinds)
        this.#byKind.set(kind, [...(this.#byKind.get(kind) ?? []), statistic])
  }

  /**
   * Of containers only: a node's own processes (kubelet, the runtime, CNI) start programs, probe and fail to connect by trade.
   * Gaps concern all.
   */
  take(event: TimelineEvent, context: StatisticContext): readonly StatisticHit[] {
    const statistics = this.#byKind.get(event.kind)
    if (statistics === undefined) return none
    if (!isContainerId(event.containerId) && event.kind !== 'gap') return none
    let hits: StatisticHit[] | undefined
    for (const statistic of statistics) {
      const hit = statistic.take(event, context)
      if (hit === undefined) continue
      hits ??= []
      hits.push({ statistic, hit })
    }
    return hits ?? none
  }
}
