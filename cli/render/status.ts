/** The `status` table: is everything watched, delivered and kept? */
import type { AgentInfo, Coverage, StatusAnswer } from '#proto/api.ts'
import { coverageLines } from './coverage.ts'
import type { Paint } from './paint.ts'
import { escapeText, formatCount, plural } from './text.ts'

/** `1.4 GB`. */
export const formatBytes = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)))
  return `${(bytes / 1000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`
}

const storeLine = ({ store }: StatusAnswer, paint: Paint): string => {
  const state = paint(store.state === 'ready' ? 'good' : 'bad', store.state)
  const facts = [
    formatBytes(store.sizeBytes),
    `${formatCount(store.rowsInserted)} rows since the collector started`,
    ...(store.insertsRetried > 0 ? [`${formatCount(store.insertsRetried)} inserts retried`] : []),
    ...(store.engineRestarts > 0 ? [`${formatCount(store.engineRestarts)} engine restarts`] : []),
    ...(store.detail ? [escapeText(store.detail)] : []),
  ]
  return `store      ${state} · ${facts.join(' · ')}`
}

/** Only where there is something to look at: a batch here is a gap in the timeline, and a fault of ours or a broken disk. */
function* quarantineLines({ quarantine }: StatusAnswer, paint: Paint): Generator<string> {
  const { batches, events, files, bytes, directory, last } = quarantine
  if (batches === 0 && files === 0) return
  const facts = [
    `${plural(batches, 'batch', 'batches')} with ${plural(events, 'event')} since the collector started`,
    ...(files > 0
      ? [`${plural(files, 'file')}, ${formatBytes(bytes)} in ${escapeText(directory)}`]
      : []),
  ]
  yield `quarantine ${paint('bad', facts.join(' · '))}`
  if (last !== '') yield `  last     ${escapeText(last)}`
}

function* agentLines(agent: AgentInfo, paint: Paint): Generator<string> {
  const state = agent.connected
    ? paint('good', 'connected')
    : paint('bad', `away since ${agent.lastSeen.slice(0, 19)}Z`)
  const name =
    agent.agent === agent.node
      ? escapeText(agent.node)
      : escapeText(`${agent.node} (${agent.agent})`)
  yield `agent      ${name}  ${state} · mayfly ${escapeText(agent.version)} · kernel ${escapeText(agent.kernel)}`
  for (const { name: source, state: health, detail } of agent.sources) {
    const style = health === 'running' ? 'good' : health === 'degraded' ? 'warning' : 'bad'
    yield `  ${source.padEnd(8)} ${paint(style, health)}${detail ? ` · ${escapeText(detail)}` : ''}`
  }
  const queued = Math.max(0, agent.lastSeq - agent.ackedSeq)
  const lost = `${formatCount(agent.lost)} lost`
  yield `  events   ${formatCount(agent.captured)} captured · ${formatCount(agent.filtered)} filtered · ${
    agent.lost > 0 ? paint('bad', lost) : lost
  } · ${formatCount(queued)} on their way`
}

/** Up to so many agents are each shown in full; in a larger fleet only those with something to look at are. */
const mostInFull = 12

const hasTrouble = ({ connected, sources, lost, kernelUnaccounted }: AgentInfo): boolean =>
  !connected ||
  lost > 0 ||
  kernelUnaccounted > 0 ||
  sources.some(({ state }) => state !== 'running')

const healthyLine = ({ node, version, sources, captured }: AgentInfo, paint: Paint): string => {
  const by = sources.map(({ name }) => name).join(', ')
  return `agent      ${escapeText(node)}  ${paint('good', 'connected')} · mayfly ${escapeText(version)} · ${by} · ${formatCount(captured)} captured · 0 lost`
}

/** What is wrong comes first. */
function* fleetLines(agents: readonly AgentInfo[], paint: Paint): Generator<string> {
  const byNode = agents.toSorted((a, b) => a.node.localeCompare(b.node))
  for (const agent of byNode) if (hasTrouble(agent)) yield* agentLines(agent, paint)
  const isSmall = agents.length <= mostInFull
  for (const agent of byNode) {
    if (hasTrouble(agent)) continue
    if (isSmall) yield* agentLines(agent, paint)
    else yield healthyLine(agent, paint)
  }
}

function* fleetCoverageLines(coverage: readonly Coverage[], paint: Paint): Generator<string> {
  const isSound = ({ mode, gaps }: Coverage): boolean => mode === 'complete' && gaps === 0
  const sound = coverage.filter(isSound)
  const isSmall = coverage.length <= mostInFull
  const shown = isSmall ? coverage : coverage.filter((one) => !isSound(one))
  if (shown.length > 0) for (const line of coverageLines(shown, [], paint)) yield `  ${line}`
  const nodes = plural(new Set(sound.map(({ node }) => node)).size, 'node')
  if (!isSmall && sound.length > 0) yield `  ${paint('good', `${nodes} complete, no gap`)}`
}

/** Which nodes nobody watches, and what of the cluster is not up to date. */
function* clusterLines({ cluster }: StatusAnswer, paint: Paint): Generator<string> {
  if (cluster === undefined) return
  const { nodes, nodesWithoutAgent, nodesWithoutAgentCount: count, watches } = cluster
  const without =
    count === 0
      ? paint('good', 'an agent on each')
      : paint('bad', `${formatCount(count)} without an agent`)
  const shown = nodesWithoutAgent.slice(0, 5).map(escapeText).join(', ')
  const more = count > 5 ? ` and ${formatCount(count - 5)} more` : ''
  yield `cluster    ${plural(nodes, 'node')} · ${without}${shown === '' ? '' : `: ${shown}${more}`}`
  for (const { resource, state, detail } of watches) {
    if (state === 'following') continue
    const style = state === 'starting' ? 'warning' : 'bad'
    const why = detail === '' ? '' : ` · ${escapeText(detail)}`
    yield `  ${escapeText(resource).padEnd(15)} ${paint(style, state)}${why}`
  }
}

/** The lines of the table. `coverage` is that of the last minutes; `problem` is why agents and coverage are not known, empty when they are. */
export function* statusLines(
  status: StatusAnswer,
  agents: readonly AgentInfo[],
  coverage: readonly Coverage[],
  paint: Paint,
  problem = '',
): Generator<string> {
  yield `collector  mayfly ${escapeText(status.version)} · since ${status.startedAt.slice(0, 19)}Z · ${formatCount(status.agents.connected)} of ${formatCount(status.agents.known)} agents connected`
  yield storeLine(status, paint)
  yield* quarantineLines(status, paint)
  yield* clusterLines(status, paint)
  if (problem !== '') {
    yield `agents     ${paint('bad', `not known: ${escapeText(problem)}`)}`
    return
  }
  if (agents.length === 0) {
    yield paint('warning', 'agents     none: nothing is watched; start one with "mayfly agent"')
  }
  yield* fleetLines(agents, paint)
  if (coverage.length > 0) {
    yield 'coverage of the last 15 minutes'
    yield* fleetCoverageLines(coverage, paint)
  }
}
