/**
 * The `who` table: coverage first, then per workload what it did, the latest first; and where nobody is found, whether
 * that means that nobody did.
 */
import type { Coverage, WhoAnswer, WhoConnection, WhoRow } from '#proto/api.ts'
import { type EventKind, hostContainerId } from '#proto/event.ts'
import { coverageLines } from './coverage.ts'
import { formatBytes } from './status.ts'
import { clip, escapeText, formatCount, plural } from './text.ts'
import type { TableStyle } from './timeline.ts'

/** What a question is about: connections, a domain (questions and connections), or executions. */
export type Asked = 'connection' | 'domain' | 'exec'

/** Without these being watched completely, nobody found is no proof. */
const needed: Readonly<Record<Asked, readonly EventKind[]>> = {
  connection: ['connect', 'accept', 'close'],
  domain: ['dns', 'connect', 'accept', 'close'],
  exec: ['exec'],
}

/** `10-23 15:02:11`: history goes back days, not years. */
const formatMoment = (time: string): string => `${time.slice(5, 10)} ${time.slice(11, 19)}`

const withPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

const peerText = ({ peer, port, direction, transport }: WhoConnection): string => {
  const isOutbound = direction === 'outbound'
  const address = isOutbound ? withPort(peer.address, port) : peer.address
  const held = peer.workload || (peer.service ?? '')
  const workload = [peer.namespace ?? '', held].filter(Boolean).join('/')
  const kind = peer.kind === 'private' || peer.kind === 'pod' ? '' : ` [${peer.kind}]`
  const name = held === '' ? '' : ` (${workload})`
  const served = isOutbound ? '' : ` on port ${port}`
  const udp = transport === 'tcp' ? '' : ` ${transport}`
  return `${isOutbound ? '→' : '←'} ${address}${name}${served}${udp}${kind}`
}

const whatText = (row: WhoRow): string => {
  const exe = row.exe || '(unknown program)'
  switch (row.kind) {
    case 'exec':
      return exe
    case 'dns':
      return `${exe} asked for ${row.name}`
    case 'connection':
      return `${exe} ${peerText(row)}`
  }
}

const outcomesText = (outcomes: Readonly<Record<string, number>>): string =>
  Object.entries(outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => `${formatCount(count)} ${outcome}`)
    .join(', ')

const bytesText = ({ sentBytes, receivedBytes }: WhoConnection): string =>
  [
    sentBytes === null ? '' : `${formatBytes(sentBytes)} sent`,
    receivedBytes === null ? '' : `${formatBytes(receivedBytes)} received`,
  ]
    .filter(Boolean)
    .join(', ')

/** How far it is spread, and where to look next. */
const whereText = ({ pods, containers, nodes, last }: WhoRow): string => {
  const several = [
    pods > 1 ? plural(pods, 'pod') : '',
    containers > Math.max(pods, 1) ? plural(containers, 'container') : '',
    nodes > 1 ? plural(nodes, 'node') : '',
  ].filter(Boolean)
  const id = last.containerId === hostContainerId ? '' : last.containerId.slice(0, 12)
  const place = last.pod || id
  const where = place === '' ? last.node : `${place} on ${last.node}`
  return several.length === 0 ? where : `${several.join(', ')}, last ${where}`
}

/** What stands below the row, a line each. */
const details = (row: WhoRow): readonly string[] => {
  const where = whereText(row)
  if (row.kind === 'exec') {
    const { sha256 } = row
    if (sha256 === undefined) return [where]
    return [where, sha256 === null ? 'the file could not be read' : `sha256 ${sha256}`]
  }
  const name = row.kind === 'connection' && row.peer.name !== '' ? `as ${row.peer.name}` : ''
  const bytes = row.kind === 'connection' ? bytesText(row) : ''
  return [[name, outcomesText(row.outcomes), bytes, where].filter(Boolean).join(' · ')]
}

const heading = (row: WhoRow): string => {
  const { namespace, workload, workloadType, container } = row
  const name = [namespace, workload].filter(Boolean).join('/')
  const type = workloadType === '' ? '' : ` (${workloadType})`
  if (container === hostContainerId) return 'host'
  if (name === '') return container === '' ? 'containers without a name' : `container ${container}`
  return `${name}${type}${container === '' || container === workload ? '' : ` ${container}`}`
}

const isSound = (entry: Coverage, kinds: readonly EventKind[]): boolean =>
  entry.mode === 'complete' &&
  entry.gaps === 0 &&
  kinds.every((kind) => entry.complete.includes(kind))

/** Whether at each time that the answer speaks of all these kinds were watched without a gap, on every node. */
const isProof = (coverage: readonly Coverage[], kinds: readonly EventKind[]): boolean => {
  const sound = coverage.filter((entry) => isSound(entry, kinds))
  const isCovered = (entry: Coverage): boolean => {
    let upTo = entry.from
    const own = sound.filter(({ node }) => node === entry.node)
    for (const { from, to } of own.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
      if (from <= upTo && to > upTo) upTo = to
    }
    return upTo >= entry.to && entry.gaps === 0
  }
  return coverage.length > 0 && coverage.every(isCovered)
}

const nobody = (coverage: readonly Coverage[], asked: Asked): string => {
  const kinds = needed[asked]
  return isProof(coverage, kinds)
    ? `Nobody: no match, and the nodes above were watched completely for ${kinds.join(', ')}.`
    : `No match, which does not mean that nobody did: not all of the above was watched completely for ${kinds.join(', ')}.`
}

const countCells = 9

function* rowLines(row: WhoRow, style: TableStyle): Generator<string> {
  const { paint, width } = style
  const times = `${formatMoment(row.lastSeen)}  ${formatMoment(row.firstSeen)}`
  const count = formatCount(row.count).padStart(countCells)
  const room = width - times.length - count.length - 6
  yield `  ${paint('faint', times)}${count}  ${clip(escapeText(whatText(row)), room)}`
  for (const text of details(row)) {
    yield paint('faint', `      ${clip(escapeText(text), width - 6)}`)
  }
}

/** The lines of the table. */
export function* whoLines(answer: WhoAnswer, asked: Asked, style: TableStyle): Generator<string> {
  const { paint, width } = style
  const { coverage, rows, truncated } = answer
  yield* coverageLines(coverage, [], paint)
  yield ''
  if (rows.length === 0) {
    yield nobody(coverage, asked)
    return
  }
  yield paint(
    'faint',
    `  ${'LAST SEEN UTC'.padEnd(14)}  ${'FIRST SEEN'.padEnd(14)}${'COUNT'.padStart(countCells)}  WHAT`,
  )
  for (const [title, some] of Map.groupBy(rows, heading)) {
    yield paint('heading', clip(escapeText(title), width))
    for (const row of some) yield* rowLines(row, style)
  }
  if (truncated) {
    yield ''
    yield paint(
      'warning',
      `more match than the ${formatCount(rows.length)} shown; use --limit, a filter, --since or --until`,
    )
  }
}
