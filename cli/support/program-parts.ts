/**
 * What a support bundle takes from the small HTTP servers of collector and agent: metrics, and whether they call themselves alive and
 * ready. No token is shown to them. Called by the command `support-bundle`.
 */
import { readExposition } from './exposition.ts'
import { type LimitedGetOptions, limitedGet, PartError } from './limited-get.ts'
import type { Part } from './part.ts'
import type { Names } from './pseudonyms.ts'

/** Characters of an answer of /healthz or /readyz. */
const bodyCharsMax = 1_000

export interface Places {
  /** URL of the API, and those of the metrics' servers without `/metrics`. */
  readonly collector: string
  readonly collectorMetrics: string
  readonly agentMetrics: string
}

const metricsPart = (
  from: 'collector' | 'agent',
  url: string,
  names: Names,
  options: LimitedGetOptions,
): Part => ({
  file: `${from}/metrics.txt`,
  from,
  read: async () => {
    const { status, body } = await limitedGet(`${url}/metrics`, options)
    if (status !== 200) throw new PartError(`status ${status}`)
    const { text, samples, skipped } = readExposition(body, names.of)
    if (samples === 0) throw new PartError('there are no metrics of Mayfly in the answer')
    const note =
      skipped === 0 ? '' : `# ${skipped} lines are left out, which are no samples of Mayfly\n`
    return { kind: 'text', text: `${note}${text}` }
  },
})

const healthPart = (
  from: 'collector' | 'agent',
  place: string,
  url: string,
  options: LimitedGetOptions,
): Part => ({
  file: `${from}/${place}.json`,
  from,
  read: async () => {
    const ask = async (path: string): Promise<object> => {
      const { status, body } = await limitedGet(`${url}/${path}`, options)
      // An unready program answers with 503, which is an answer; any other server has others.
      if (status !== 200 && status !== 503) throw new PartError(`status ${status}`)
      return { status, body: body.slice(0, bodyCharsMax).trim() }
    }
    const [healthz, readyz] = await Promise.all([ask('healthz'), ask('readyz')])
    return { kind: 'json', value: { healthz, readyz } }
  },
})

export const programParts = (
  { collector, collectorMetrics, agentMetrics }: Places,
  names: Names,
  { token: _token, ...options }: LimitedGetOptions,
): readonly Part[] => [
  metricsPart('collector', collectorMetrics, names, options),
  healthPart('collector', 'health', collector, options),
  healthPart('collector', 'metrics-health', collectorMetrics, options),
  metricsPart('agent', agentMetrics, names, options),
  healthPart('agent', 'health', agentMetrics, options),
]
