/**
 * Fork bombs, as far as events show them. A process is seen when it executes something and when it ends; one that only forks is
 * seen at its end. So two signs are looked for in a container: many that executed something and live, of whom half were added
 * within the window; and many that ended within it without having executed anything.
 *
 * A gap may hide ends: the living of its node are counted anew from there. What lived already when Mayfly began to look is no growth.
 */
import type { TimelineEvent, TimelineExec, TimelineExit } from '#proto/api.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { containerOf } from './subject.ts'
import { Followed, Told, Windows } from './windows.ts'
import { spanOf } from './words.ts'

/** With the default threshold 100 kB each at most, where that many processes live; a few hundred bytes as a rule. */
const maxContainers = 2_000

/** Of a container within a window. */
interface Change {
  /** Processes that began to run something, less those that ended. */
  growth: number
  /** Ends of those that never did. */
  forks: number
}

export class ForkBomb implements Statistic {
  readonly kinds = ['exec', 'exit', 'gap'] as const
  readonly rule: StatisticRule = {
    id: 'MF2008',
    name: 'Fork bomb',
    description: 'The processes of a container multiply.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1499.001'],
  }
  readonly #most: number
  readonly #mostForks: number
  readonly #windowUs: number
  /** Ids of processes by container. */
  readonly #living = new Followed<Set<string>>(maxContainers)
  readonly #changes: Windows<Change>
  readonly #told: Told

  constructor(parameters: StatisticParameters) {
    this.#most = parameters['fork-bomb.processes']
    this.#mostForks = parameters['fork-bomb.forks']
    this.#windowUs = parameters['fork-bomb.window'] * 1e6
    const bounds = { lengthUs: this.#windowUs, max: maxContainers }
    this.#changes = new Windows(bounds)
    this.#told = new Told(bounds)
  }

  get size(): number {
    return this.#living.size + this.#changes.size
  }

  get evicted(): number {
    return this.#living.evicted + this.#changes.evicted + this.#told.evicted
  }

  take(event: TimelineEvent, { timeUs }: StatisticContext): Hit | undefined {
    switch (event.kind) {
      case 'exec':
        return this.#begun(event, timeUs)
      case 'exit':
        return event.forked ? this.#forkEnded(event, timeUs) : this.#ended(event, timeUs)
      case 'gap':
        if (event.affects.includes('exit')) this.#countAnew(event.node)
        return undefined
      default:
        return undefined
    }
  }

  #countAnew(node: string): void {
    for (const key of this.#living.keys()) if (key.startsWith(`${node}\0`)) this.#living.delete(key)
  }

  #changeOf(key: string, timeUs: number): Change {
    return this.#changes.of(key, timeUs, () => ({ growth: 0, forks: 0 }))
  }

  #begun(event: TimelineExec, timeUs: number): Hit | undefined {
    const key = containerOf(event)
    const ids = this.#living.of(key, () => new Set())
    // One that executes again is the same process.
    if (ids.has(event.process.id)) return undefined
    // Far beyond the threshold nobody is remembered: it is decided, and memory is bounded.
    if (ids.size < 2 * this.#most) ids.add(event.process.id)
    if (event.process.snapshot) return undefined
    const change = this.#changeOf(key, timeUs)
    change.growth += 1
    if (ids.size < this.#most || change.growth < this.#most / 2) return undefined
    if (!this.#told.isNews(key, timeUs)) return undefined
    const span = spanOf(this.#windowUs / 1e6)
    return {
      key: {},
      reason: `${ids.size} processes live, ${change.growth} more than at the beginning of a window of ${span}`,
    }
  }

  #ended(event: TimelineExit, timeUs: number): undefined {
    const key = containerOf(event)
    const ids = this.#living.get(key)
    if (ids === undefined) return
    ids.delete(event.process.id)
    if (ids.size === 0) this.#living.delete(key)
    this.#changeOf(key, timeUs).growth -= 1
  }

  #forkEnded(event: TimelineExit, timeUs: number): Hit | undefined {
    const key = containerOf(event)
    const change = this.#changeOf(key, timeUs)
    change.forks += 1
    if (change.forks < this.#mostForks || !this.#told.isNews(key, timeUs)) return undefined
    const span = spanOf(this.#windowUs / 1e6)
    return {
      key: {},
      reason: `${change.forks} processes that only had been forked ended within ${span}`,
    }
  }
}
