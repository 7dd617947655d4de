/**
 * How long it takes from an event at the node to its finding in the collector's answer, beginning to end: real containers, probe, agent,
 * store and API. Programs that nobody has seen are copied to /tmp and executed: of a pod that has run for a while, of pods that have
 * just begun and whose names are not known yet, and, with a locked baseline, as drift. The answer is asked for every 100 ms, which is in the
 * figures.
 *
 *   npm run bench -- findings [--count 300]
 */
import type { Finding, FindingsAnswer } from '#proto/finding.ts'
import { Cluster, type Pod, type Workload } from '#test/attacks/baselines/cluster.ts'
import { baseline } from '#test/attacks/baselines/surroundings.ts'
import { Image } from '#test/attacks/services/image.ts'
import { sh } from '#test/attacks/services/recording.ts'
import { makeKubeletSite } from '#test/fixtures/kubelet-site.ts'
import { type Site, sleep } from '#test/fixtures/mayfly.ts'
import { makeNetwork } from '#test/fixtures/network.ts'
import { chanceOf } from '#test/simulation/random.ts'
import { median, quantile } from './statistics.ts'
import { Undo } from './undo.ts'

export interface FindingLatencyOptions {
  /** Programs in the pod that runs; a fifth as many pods begin. */
  readonly count: number
}

const namespace = 'latency'
const askEveryMs = 100
/** How long the last finding may take; a rule's takes 2 s for names at most. */
const lastMs = 15_000
const page = 1_000

/** A finding, and when it was seen first. */
interface Seen {
  readonly finding: Finding
  readonly atMs: number
}

/** Asks for findings again and again. */
class Watch {
  readonly seen = new Map<string, Seen>()
  #isDone = false
  readonly #asking: Promise<void>

  constructor(site: Site) {
    this.#asking = this.#ask(site)
  }

  async end(): Promise<readonly Seen[]> {
    await sleep(lastMs)
    this.#isDone = true
    await this.#asking
    return [...this.seen.values()]
  }

  async #ask({ url }: Site): Promise<void> {
    while (!this.#isDone) {
      for (const rule of ['MF0203', 'MF1001']) {
        const path = `/api/v1/findings?limit=${page}&namespace=${namespace}&rule=${rule}`
        const response = await fetch(`${url}${path}`)
        if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
        const { findings } = (await response.json()) as FindingsAnswer
        for (const finding of findings)
          if (!this.seen.has(finding.id)) this.seen.set(finding.id, { finding, atMs: Date.now() })
      }
      await sleep(askEveryMs)
    }
  }
}

/** Copies a program to a new name, and runs it. */
const novelty = (name: string): string => `cp /bin/true /tmp/${name}; /tmp/${name}`

const steady: Workload = { name: 'steady', kind: 'Deployment', args: sh('exec sleep 100000') }
const brief = (name: string): Workload => ({
  ...{ name: 'brief', kind: 'Deployment' },
  args: sh(`${novelty(name)}; sleep 1`),
})

/** Milliseconds from event to answer, of the findings about the programs; their shells and copies drift too. */
const latenciesOf = (seen: readonly Seen[], rule: string, workload: string): readonly number[] =>
  seen
    .filter(({ finding }) => finding.rule === rule && finding.workload === workload)
    .filter(({ finding }) => Object.values(finding.key).some((one) => one.startsWith('/tmp/')))
    .map(({ finding, atMs }) => atMs - Date.parse(finding.firstSeen))

const rowOf = (what: string, expected: number, latencies: readonly number[]): string => {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`
  const figures = [median(latencies), quantile(latencies, 0.99), Math.max(...latencies)]
  return `| ${what} | ${latencies.length} of ${expected} | ${figures.map(seconds).join(' | ')} |`
}

/** `count` programs within the pod, one every tenth of a second. */
const inPod = async (pod: Pod, count: number): Promise<void> => {
  const all = Array.from(
    { length: count },
    (_, index) => `${novelty(`program-${letters(index)}`)}; sleep 0.1`,
  )
  for (let at = 0; at < count; at += 50) await pod.execute(sh(all.slice(at, at + 50).join('; ')))
}

/** Numbers would be one shape; words are not. */
const letters = (index: number): string =>
  [...String(index).padStart(4, '0')].map((digit) => 'bcdfghjklm'[Number(digit)]).join('')

/** Runs everything and returns lines of a Markdown table. */
export const benchFindingLatency = async ({
  count,
}: FindingLatencyOptions): Promise<readonly string[]> => {
  const undo = new Undo()
  try {
    const { kubelet, site } = await makeKubeletSite(undo)
    const { hosts } = makeNetwork(undo, { hosts: ['one'], cidr: '10.85.0.0/24' })
    const cluster = new Cluster(undo, { image: Image.make(undo), kubelet, namespace })
    await site.startCollector()
    await site.startAgent()
    const host = hosts.one
    const pod = await cluster.start(steady, { host, chance: chanceOf(1) })
    await pod.execute(sh('true'))
    await sleep(5_000)
    const { code, errors } = await baseline(
      site,
      'lock',
      '--namespace',
      namespace,
      '--workload',
      'steady',
    )
    if (code !== 0) throw new Error(errors)
    const watch = new Watch(site)
    await inPod(pod, count)
    const pods = Math.ceil(count / 5)
    for (let index = 0; index < pods; index += 1) {
      const begun = await cluster.start(brief(`brief-${letters(index)}`), {
        ...{ host, chance: chanceOf(100 + index) },
      })
      await sleep(700)
      await begun.stop()
    }
    const seen = await watch.end()
    return [
      '| what | found | median | p99 | longest |',
      '| --- | --- | --- | --- | --- |',
      rowOf('a rule, in a pod that runs', count, latenciesOf(seen, 'MF0203', 'steady')),
      rowOf('a rule, in pods that have just begun', pods, latenciesOf(seen, 'MF0203', 'brief')),
      rowOf('drift, in a pod that runs', count, latenciesOf(seen, 'MF1001', 'steady')),
    ]
  } finally {
    await undo.run()
  }
}
