/**
 * The JSON routes of /api/v1: path, parameters and handler in one table, from which the server and the OpenAPI
 * document are made.
 */
import type {
  AgentInfo,
  AgentsAnswer,
  AuditAnswer,
  ClusterStatus,
  ContainersAnswer,
  HoldsAnswer,
  NetworkPolicyInfo,
  PoliciesAnswer,
  StatusAnswer,
  TimelineAnswer,
  WhoAnswer,
  WorkloadsAnswer,
} from '#proto/api.ts'
import type { BaselinesAnswer } from '#proto/baseline.ts'
import type { FindingsAnswer } from '#proto/finding.ts'
import type { Baselines } from '../detection/baselines/baselines.ts'
import type { Right } from '../identity/access.ts'
import type { FindingQuery, StoredFinding } from '../store/findings.ts'
import type { EventQuery, Store } from '../store/store.ts'
import { whoFields } from '../store/who-question.ts'
import type { Audit } from './audit.ts'
import { ApiError } from './errors.ts'
import { maxLimit, type ParameterName, type Question } from './query.ts'

/** What is known of the cluster. */
export interface ClusterSource {
  status(): ClusterStatus
  policies(namespace: string | undefined): readonly NetworkPolicyInfo[]
}

/** What was found. */
export interface FindingSource {
  findings(query: FindingQuery): Promise<readonly StoredFinding[]>
}

/** What is normal. */
export type BaselineSource = Pick<Baselines, 'list' | 'ownerOf' | 'decide' | 'replace'>

/** What the handlers read. */
export interface RouteSources {
  readonly store: Store
  /** The agents seen since the start, fresher than the store's copy. */
  readonly liveAgents: () => readonly AgentInfo[]
  readonly audit: Audit
  /** Undefined without --cluster-context. */
  readonly cluster?: ClusterSource | undefined
  readonly findings: FindingSource
  readonly baselines: BaselineSource
  readonly quarantine: () => StatusAnswer['quarantine']
  readonly version: string
  /** RFC 3339. */
  readonly startedAt: string
  readonly tails: () => number
}

export interface Route {
  readonly path: string
  readonly summary: string
  readonly parameters: readonly ParameterName[]
  /** Name of the answer's schema in schemas.ts. */
  readonly answer: string
  /** What somebody must be allowed; where the question names a namespace, there suffices. */
  readonly right: Right
  readonly handle: (sources: RouteSources, query: Question) => Promise<object>
}

/** Baselines in one answer: each may hold a thousand things. */
const maxBaselines = 200

const filters = ['namespace', 'workload', 'pod', 'container', 'node'] as const
const range = ['since', 'until'] as const

/** One entry more than asked tells whether the answer is all there is; the store itself gives at most maxLimit. */
const oneMore = <Query extends EventQuery>(query: Query): Query => ({
  ...query,
  limit: Math.min(query.limit + 1, maxLimit),
})
const isCut = (found: readonly object[], { limit }: EventQuery): boolean =>
  found.length > limit || found.length === maxLimit

/** The stored agents, with the live state of those seen since the start. */
const allAgents = async (sources: RouteSources): Promise<readonly AgentInfo[]> => {
  const agents = new Map<string, AgentInfo>()
  for (const agent of await sources.store.agents()) {
    agents.set(agent.agent, { ...agent, connected: false })
  }
  for (const agent of sources.liveAgents()) agents.set(agent.agent, agent)
  return [...agents.values()].sort(
    (a, b) => a.node.localeCompare(b.node) || a.agent.localeCompare(b.agent),
  )
}

export const routes: readonly Route[] = [
  {
    path: '/api/v1/timeline',
    summary: 'What happened, in order, and how completely it was watched.',
    parameters: [...filters, ...range, 'kind', 'q', 'order', 'limit', 'cursor'],
    answer: 'TimelineAnswer',
    right: { resource: 'timelines', verb: 'get' },
    handle: async ({ store }, query): Promise<TimelineAnswer> => {
      const [coverage, page] = await Promise.all([store.coverage(query), store.events(query)])
      return { coverage, events: page.events, next: page.next }
    },
  },
  {
    path: '/api/v1/who',
    summary: 'Who else ran this binary, asked for this domain, spoke with this address.',
    parameters: [...whoFields, ...filters, ...range, 'limit'],
    answer: 'WhoAnswer',
    right: { resource: 'timelines', verb: 'get' },
    handle: async ({ store }, query): Promise<WhoAnswer> => {
      const [coverage, found] = await Promise.all([
        store.coverage(query),
        store.who(oneMore(query)),
      ])
      return { coverage, rows: found.slice(0, query.limit), truncated: isCut(found, query) }
    },
  },
  {
    path: '/api/v1/containers',
    summary: 'Containers that were seen, with their names, and how completely it was watched.',
    parameters: [...filters, ...range, 'limit'],
    answer: 'ContainersAnswer',
    right: { resource: 'timelines', verb: 'get' },
    handle: async ({ store }, query): Promise<ContainersAnswer> => {
      const [coverage, found] = await Promise.all([
        store.coverage(query),
        store.containers(oneMore(query)),
      ])
      return { coverage, containers: found.slice(0, query.limit), truncated: isCut(found, query) }
    },
  },
  {
    path: '/api/v1/workloads',
    summary: 'Workloads that were seen, and how completely it was watched.',
    parameters: [...filters, ...range, 'limit'],
    answer: 'WorkloadsAnswer',
    right: { resource: 'timelines', verb: 'get' },
    handle: async ({ store }, query): Promise<WorkloadsAnswer> => {
      const [coverage, found] = await Promise.all([
        store.coverage(query),
        store.workloads(oneMore(query)),
      ])
      return { coverage, workloads: found.slice(0, query.limit), truncated: isCut(found, query) }
    },
  },
  {
    path: '/api/v1/agents',
    summary: 'Agents, the health of their sources and their ledgers.',
    parameters: [],
    answer: 'AgentsAnswer',
    right: { resource: 'agents', verb: 'get' },
    handle: async (sources): Promise<AgentsAnswer> => ({ agents: await allAgents(sources) }),
  },
  {
    path: '/api/v1/audit',
    summary: 'Whether every event that was captured is accounted for, by agent and epoch.',
    parameters: ['deep'],
    answer: 'AuditAnswer',
    right: { resource: 'audits', verb: 'get' },
    handle: ({ audit }, { deep = false }): Promise<AuditAnswer> => audit(deep),
  },
  {
    path: '/api/v1/holds',
    summary: 'What is exempt from retention, why, and how much that is.',
    parameters: ['namespace'],
    answer: 'HoldsAnswer',
    right: { resource: 'holds', verb: 'list' },
    handle: async ({ store }, { namespace }): Promise<HoldsAnswer> => {
      const holds = await store.holds()
      const isMeant = (one: string | undefined) => namespace === undefined || one === namespace
      return { holds: holds.filter(({ selection }) => isMeant(selection.namespace)) }
    },
  },
  {
    path: '/api/v1/findings',
    summary: 'What does not belong, and why, the latest first.',
    parameters: [
      'namespace',
      'workload',
      'container',
      ...range,
      'rule',
      'state',
      'severity',
      'limit',
    ],
    answer: 'FindingsAnswer',
    right: { resource: 'findings', verb: 'get' },
    handle: async ({ findings }, query): Promise<FindingsAnswer> => {
      const found = await findings.findings({ ...query, limit: query.limit + 1 })
      return {
        findings: found.slice(0, query.limit).map(({ finding }) => finding),
        truncated: found.length > query.limit,
      }
    },
  },
  {
    path: '/api/v1/baselines',
    summary: 'What is normal for a workload’s containers, and what was seen outside it.',
    parameters: ['namespace', 'workload', 'container', 'limit'],
    answer: 'BaselinesAnswer',
    right: { resource: 'baselines', verb: 'get' },
    handle: async (
      { baselines },
      { namespace, workload, container, limit },
    ): Promise<BaselinesAnswer> => {
      const most = Math.min(limit, maxBaselines)
      const found = baselines.list({ namespace, workload, container, limit: most + 1 })
      return { baselines: found.slice(0, most), truncated: found.length > most }
    },
  },
  {
    path: '/api/v1/policies',
    summary: 'The NetworkPolicies that hold now.',
    parameters: ['namespace'],
    answer: 'PoliciesAnswer',
    right: { resource: 'timelines', verb: 'get' },
    handle: async ({ cluster }, { namespace }): Promise<PoliciesAnswer> => {
      if (cluster === undefined)
        throw new ApiError(
          'not_found',
          'the collector does not follow the cluster: start it with --cluster-context',
        )
      return { policies: cluster.policies(namespace) }
    },
  },
  {
    path: '/api/v1/status',
    summary: 'The collector and its store. Answers also while the store does not.',
    parameters: [],
    answer: 'StatusAnswer',
    right: { resource: 'agents', verb: 'get' },
    handle: async (sources): Promise<StatusAnswer> => {
      const live = sources.liveAgents()
      const connected = live.filter((agent) => agent.connected).length
      const known = await allAgents(sources).then(
        (agents) => agents.length,
        () => live.length,
      )
      return {
        version: sources.version,
        startedAt: sources.startedAt,
        store: sources.store.health(),
        quarantine: sources.quarantine(),
        agents: { known, connected },
        tails: sources.tails(),
        ...(sources.cluster && { cluster: sources.cluster.status() }),
      }
    },
  },
]

export const tailRight: Right = { resource: 'timelines', verb: 'watch' }

/** Parameters of /tail: the filters, without times and pages. */
export const tailParameters: readonly ParameterName[] = [...filters, 'kind', 'q']
