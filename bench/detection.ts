/**
 * What the shipped rules cost per event: a node's stream through the collector's own detection, in turn with all rules and with
 * none, and how many events evaluate any condition at all. Time is the CPU's, because the machine may be busy with other things.
 *
 *   npm run bench -- detection [--events 200000] [--pairs 12]
 */
import { silentLog } from '#base/log.ts'
import { toTimelineEvent } from '#collector/api/live-event.ts'
import { activityOf } from '#collector/detection/activity.ts'
import { Detection } from '#collector/detection/detection.ts'
import { ProcessMemory } from '#collector/detection/processes.ts'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import { RuleSet } from '#collector/detection/rules/rule-set.ts'
import { NameCache } from '#collector/names.ts'
import type { DetectionStore } from '#collector/store/store.ts'
import { detectionStream, type Stream, streamUs } from './detection-stream.ts'
import { pairedDifference } from './statistics.ts'
import { differenceText, percent } from './text.ts'

export interface DetectionBenchOptions {
  /** Of the stream, each run. */
  readonly events: number
  /** Runs with and without rules; one more pair before them warms up. */
  readonly pairs: number
}

/** One exec in a thousand is an attack: far more than there are. */
const hostileShare = 0.001
const seed = 7
/** Of the costliest. */
const shownRules = 10

const nothing = async (): Promise<[]> => []
const done = async (): Promise<void> => undefined
/** Remembers nothing: what it costs to store is another bench's question. */
const noStore: DetectionStore = {
  ...{ findings: nothing, baselines: nothing, evaluated: nothing, durableEpochs: nothing },
  ...{ storedAfter: nothing, recentExecs: nothing },
  ...{ writeFindings: done, writeBaselines: done, writeEvaluated: done },
}

export interface RuleFigures {
  readonly id: string
  readonly evaluations: number
  readonly matches: number
  readonly totalUs: number
  readonly disabled: string
}

export interface Run {
  /** Of CPU, the whole process's. */
  readonly cpuUs: number
  readonly rules: readonly RuleFigures[]
}

const namesOf = ({ node, containers }: Stream): NameCache => {
  const names = new NameCache()
  names.learnFrom(node, containers)
  return names
}

/** @throws Error when detection did not evaluate all of it at once. */
export const run = async (stream: Stream, directories: readonly string[]): Promise<Run> => {
  const detection = new Detection({
    ...{ store: noStore, names: namesOf(stream), apiServer: undefined, rules: directories },
    clock: { nowUs: () => streamUs, monotonicMs: () => performance.now() },
    log: silentLog,
  })
  await detection.start()
  const begun = process.cpuUsage()
  for (const chunk of stream.chunks) detection.take(chunk)
  const { user, system } = process.cpuUsage(begun)
  const rules = detection.rules.rules.map((rule) => ({ id: rule.id, ...detection.costOf(rule) }))
  await detection.close()
  const fault = detection.ruleProblem || (detection.counts.postponed > 0 ? 'events waited' : '')
  if (fault !== '') throw new Error(`no figures: ${fault}`)
  return { cpuUs: user + system, rules }
}

export interface Candidates {
  readonly events: number
  /** That evaluate at least one condition. */
  readonly candidates: number
  readonly evaluations: number
}

export const countCandidates = (stream: Stream, rules: RuleSet): Candidates => {
  const [names, memory] = [namesOf(stream), new ProcessMemory()]
  let [events, candidates, evaluations] = [0, 0, 0]
  for (const chunk of stream.chunks)
    for (const [index, { containerId }] of chunk.events.entries()) {
      const known = names.get(chunk.node, containerId)
      const event = toTimelineEvent(chunk, index, known)
      if (event === null) continue
      memory.learn(event)
      const found = rules.candidates(activityOf(event, memory, known, false)).length
      events += 1
      evaluations += found
      if (found > 0) candidates += 1
    }
  return { events, candidates, evaluations }
}

/** A table of the rules that cost most, of one run. */
const ruleLines = (rules: readonly RuleFigures[], events: number): readonly string[] => [
  '| rule | evaluated, per 1,000 events | matched | each, by the clock | per event |',
  '| --- | --- | --- | --- | --- |',
  ...rules
    .filter(({ evaluations }) => evaluations > 0)
    .toSorted((a, b) => b.totalUs - a.totalUs)
    .slice(0, shownRules)
    .map(
      ({ id, evaluations, matches, totalUs, disabled }) =>
        `| ${id}${disabled && ' (switched off)'} | ${((1_000 * evaluations) / events).toFixed(2)} | ${matches} | ${(totalUs / evaluations).toFixed(1)} µs | ${(totalUs / events).toFixed(3)} µs |`,
    ),
]

/** Runs everything and returns lines of two Markdown tables. */
export const benchDetection = async ({
  events,
  pairs,
}: DetectionBenchOptions): Promise<readonly string[]> => {
  const stream = detectionStream({ events, seed, hostileShare })
  const measured: [number, number][] = []
  let last: Run | undefined
  for (let pair = 0; pair <= pairs; pair += 1) {
    const with_ = await run(stream, [shippedRules])
    const without = await run(stream, [])
    console.error(
      `pair ${pair} of ${pairs}: ${(with_.cpuUs / events).toFixed(2)} µs with rules, ${(without.cpuUs / events).toFixed(2)} µs without`,
    )
    if (pair > 0) measured.push([with_.cpuUs / events, without.cpuUs / events])
    last = with_
  }
  const rules = last?.rules ?? []
  const inConditionsUs = rules.reduce((sum, { totalUs }) => sum + totalUs, 0) / events
  const counted = countCandidates(
    stream,
    new RuleSet(parseRules(readRuleFiles([shippedRules])).rules),
  )
  const mean = (which: 0 | 1): string =>
    differenceText(pairedDifference(measured.map((pair) => [pair[which], 0])), 'µs')
  return [
    '| of CPU per event | mean (95 %) |',
    '| --- | --- |',
    `| detection with ${rules.length} rules | ${mean(0)} |`,
    `| detection without rules | ${mean(1)} |`,
    `| the rules | ${differenceText(pairedDifference(measured), 'µs')} |`,
    `| of it in conditions, by the clock, of the last run | ${inConditionsUs.toFixed(2)} µs |`,
    `| events that evaluate a condition | ${percent(counted.candidates / counted.events)}; ${(counted.evaluations / counted.events).toFixed(4)} conditions per event |`,
    '',
    ...ruleLines(rules, events),
  ]
}
