/**
 * Crash loops: the first process of a workload's containers ends soon and with a failure, again and again. Counted per executable
 * over all containers of the workload, as each restart is another container.
 *
 * The first process is the one with pid 1 in its own namespace: pods that share one, or are in the node's, are not seen.
 */
import type { TimelineEvent, TimelineExit } from '#proto/api.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { exeOf, workloadOf } from './subject.ts'
import { Windows } from './windows.ts'
import { spanOf, textOf } from './words.ts'

/** Executables of workloads. */
const maxLoops = 5_000
const sigterm = 15

interface Loop {
  exits: number
  isTold: boolean
}

/** Who was asked to end has not failed: 143 is how shells write SIGTERM. */
const isFailure = ({ exitCode, signal }: TimelineExit): boolean =>
  signal === 0
    ? exitCode !== null && exitCode !== 0 && exitCode !== 128 + sigterm
    : signal !== sigterm

export class CrashLoop implements Statistic {
  readonly kinds = ['exit'] as const
  readonly rule: StatisticRule = {
    id: 'MF2007',
    name: 'Crash loop',
    description: 'The first process of a container failed soon after its start, several times.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1499'],
  }
  readonly #threshold: number
  readonly #windowSeconds: number
  readonly #lifeUs: number
  readonly #loops: Windows<Loop>

  constructor(parameters: StatisticParameters) {
    this.#threshold = parameters['crash-loop.exits']
    this.#windowSeconds = parameters['crash-loop.window']
    this.#lifeUs = parameters['crash-loop.life'] * 1e6
    this.#loops = new Windows({ lengthUs: this.#windowSeconds * 1e6, max: maxLoops })
  }

  get size(): number {
    return this.#loops.size
  }

  get evicted(): number {
    return this.#loops.evicted
  }

  take(event: TimelineEvent, { timeUs }: StatisticContext): Hit | undefined {
    if (event.kind !== 'exit' || event.process.nsPid !== 1 || event.process.runtime)
      return undefined
    const { lifetimeUs, exitCode, signalName } = event
    if (!isFailure(event) || lifetimeUs === null || lifetimeUs > this.#lifeUs) return undefined
    const exe = exeOf(event)
    const loop = this.#loops.of(`${workloadOf(event)}\0${exe}`, timeUs, () => ({
      exits: 0,
      isTold: false,
    }))
    loop.exits += 1
    if (loop.isTold || loop.exits < this.#threshold) return undefined
    loop.isTold = true
    const how = signalName === null ? `exit code ${exitCode}` : `signal ${signalName}`
    return {
      key: { exe },
      reason: `${textOf(exe) || 'its first process'} ended ${loop.exits} times within ${spanOf(this.#windowSeconds)}, each time within ${spanOf(this.#lifeUs / 1e6)} of its start, last with ${how}`,
    }
  }
}
