/**
 * What a support bundle takes from the collector's API: of each answer the fields that a shape names, of findings and baselines only how many there
 * are. Called by the command `support-bundle`.
 */
import type { ErrorAnswer } from '#proto/api.ts'
import { type LimitedGetOptions, limitedGet, PartError } from './limited-get.ts'
import type { Part } from './part.ts'
import type { Names } from './pseudonyms.ts'
import { project, type Shape } from './shape.ts'

/** Findings that are counted: with their evidence, 1,000 of them stay within what a part may take. */
const findingsMax = 1_000
/** As many as the collector gives at once. */
const baselinesMax = 200

const sources: Shape = [{ name: 'word', state: 'word', detail: 'text' }]
const ledger = { captured: 'number', filtered: 'number', lastSeq: 'number' } as const

const statusShape: Shape = {
  version: 'word',
  startedAt: 'word',
  store: {
    state: 'word',
    detail: 'text',
    engineRestarts: 'number',
    rowsInserted: 'number',
    insertsRetried: 'number',
    sizeBytes: 'number',
  },
  quarantine: {
    batches: 'number',
    events: 'number',
    files: 'number',
    bytes: 'number',
    last: 'text',
  },
  agents: { known: 'number', connected: 'number' },
  tails: 'number',
  cluster: {
    nodes: 'number',
    nodesWithoutAgent: ['name'],
    nodesWithoutAgentCount: 'number',
    watches: [
      { resource: 'word', state: 'word', detail: 'text', objects: 'number', ageSeconds: 'number' },
    ],
  },
}

const agentsShape: Shape = {
  agents: [
    {
      agent: 'name',
      node: 'name',
      epoch: 'number',
      version: 'word',
      kernel: 'word',
      sources,
      connected: 'flag',
      lastSeen: 'word',
      epochs: [{ epoch: 'number', ...ledger }],
      kernelUnaccounted: 'number',
      ...ledger,
      lost: 'number',
      ackedSeq: 'number',
    },
  ],
}

const coverageShape: Shape = {
  coverage: [
    {
      node: 'name',
      source: 'word',
      mode: 'word',
      complete: ['word'],
      from: 'word',
      to: 'word',
      lost: 'number',
      gaps: 'number',
    },
  ],
}

const auditShape: Shape = {
  rows: [
    {
      agent: 'name',
      node: 'name',
      epoch: 'number',
      firstDay: 'word',
      lastDay: 'word',
      ...ledger,
      stored: 'number',
      gaps: 'number',
      gapsByReason: 'counts',
      lostUnknown: 'counts',
      expired: 'number',
      inFlight: 'number',
      unaccounted: 'number',
      elsewhere: 'number',
      firstSeq: 'number',
      missingSeqs: 'number',
      kernelUnaccounted: 'number',
    },
  ],
}

const findingsShape: Shape = {
  findings: [{ rule: 'word', severity: 'word', state: 'word', late: 'flag', count: 'number' }],
  truncated: 'flag',
}

/** Of the items of a baseline their kinds are enough, and only for their number. */
const baselinesShape: Shape = {
  baselines: [
    {
      state: 'word',
      coverage: 'word',
      lives: 'number',
      items: [{ kind: 'word' }],
      outside: [{ kind: 'word' }],
    },
  ],
  truncated: 'flag',
}

type Row = Readonly<Record<string, unknown>>

const rowsOf = (value: unknown): readonly Row[] => (Array.isArray(value) ? value : [])
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** Rows that agree in `keys` become one, which says how many they were; `sums` are added up. */
const countBy = (
  rows: readonly Row[],
  keys: readonly string[],
  sums: Readonly<Record<string, (row: Row) => number>>,
): readonly Row[] => {
  const groups = new Map<string, Record<string, unknown>>()
  for (const row of rows) {
    const key = JSON.stringify(keys.map((name) => row[name]))
    const group =
      groups.get(key) ?? Object.fromEntries(keys.map((name) => [name, row[name] ?? null]))
    group.number = numberOf(group.number) + 1
    for (const [name, read] of Object.entries(sums)) group[name] = numberOf(group[name]) + read(row)
    groups.set(key, group)
  }
  return [...groups.values()]
}

const countFindings = ({ findings, truncated }: Row): Row => ({
  isAll: truncated === false,
  findings: countBy(rowsOf(findings), ['rule', 'severity', 'state', 'late'], {
    occurrences: (row) => numberOf(row.count),
  }),
})

const countBaselines = ({ baselines, truncated }: Row): Row => ({
  isAll: truncated === false,
  baselines: countBy(rowsOf(baselines), ['state', 'coverage'], {
    lives: (row) => numberOf(row.lives),
    items: (row) => rowsOf(row.items).length,
    outside: (row) => rowsOf(row.outside).length,
  }),
})

/** The code of an error answer; its message may name what was asked for. */
const errorCode = (body: string): string => {
  try {
    const { code } = (JSON.parse(body) as ErrorAnswer).error
    return /^[a-z_]{1,40}$/.test(code) ? ` (${code})` : ''
  } catch {
    return ''
  }
}

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new PartError('the answer is no JSON', cause)
  }
}

/** `collector`: its URL, without a trailing slash. */
export const collectorParts = (
  collector: string,
  names: Names,
  options: LimitedGetOptions,
): readonly Part[] => {
  const part = (name: string, route: string, shape: Shape, count?: (answer: Row) => Row): Part => ({
    file: `collector/${name}.json`,
    from: 'collector',
    read: async () => {
      const { status, body } = await limitedGet(`${collector}/api/v1/${route}`, options)
      if (status !== 200) throw new PartError(`status ${status}${errorCode(body)}`)
      const taken = project(parse(body), shape, { nameOf: names.of })
      if (taken === undefined || taken === null)
        throw new PartError('the answer is not that of a Mayfly collector')
      return { kind: 'json', value: count === undefined ? taken : count(taken as Row) }
    },
  })
  return [
    part('status', 'status', statusShape),
    part('agents', 'agents', agentsShape),
    // One event is the least that can be asked for; of the answer only the coverage is kept.
    part('coverage', 'timeline?since=15m&limit=1', coverageShape),
    part('audit', 'audit', auditShape),
    part('findings', `findings?limit=${findingsMax}`, findingsShape, countFindings),
    part('baselines', `baselines?limit=${baselinesMax}`, baselinesShape, countBaselines),
  ]
}
