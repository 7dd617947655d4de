/** Rows of the statements of who.ts as the API gives them, peers still without a kind. Pure; called by who.ts. */
import type { WhoConnection, WhoRow } from '#proto/api.ts'
import { fromStored } from './cells.ts'
import { orNull } from './event-row.ts'
import { asNumber, asText, type Cell } from './select.ts'
import { rfc3339 } from './time.ts'

/** A row with the times it was made of. */
export interface Found {
  readonly row: WhoRow
  readonly firstUs: number
  readonly lastUs: number
}

const text = (cell: Cell | undefined): string => fromStored(asText(cell))

/** A map with numbers; without a prototype's names, because keys may come from outside. */
const counts = (cell: Cell | undefined): Record<string, number> =>
  Object.fromEntries(
    Object.entries((cell ?? {}) as Record<string, Cell>).map(([key, value]) => [
      fromStored(key),
      asNumber(value),
    ]),
  )

/** How many cells stand before those of a kind. */
const commonCells = 11

const common = (cells: readonly Cell[]) => {
  const [first, latest, pods, containers, nodes, last, namespace, workload, type, container, exe] =
    cells
  const [node, pod, containerId] = last as readonly Cell[]
  return {
    firstSeen: rfc3339(asNumber(first)),
    lastSeen: rfc3339(asNumber(latest)),
    namespace: text(namespace),
    workload: text(workload),
    workloadType: text(type),
    container: text(container),
    pods: asNumber(pods),
    containers: asNumber(containers),
    nodes: asNumber(nodes),
    last: { node: text(node), pod: text(pod), containerId: text(containerId) },
    exe: text(exe),
  }
}

const found = (cells: readonly Cell[], row: WhoRow): Found => ({
  row,
  firstUs: asNumber(cells[0]),
  lastUs: asNumber(cells[1]),
})

export const connectionRow = (cells: readonly Cell[]): Found => {
  const [way, transport, address, name, port, opened, ended, outcomes, sent, received] =
    cells.slice(commonCells)
  return found(cells, {
    kind: 'connection',
    ...common(cells),
    count: asNumber(opened) || asNumber(ended) || 1,
    direction: text(way) as WhoConnection['direction'],
    transport: text(transport),
    port: asNumber(port),
    peer: { address: text(address), name: text(name), workload: '', kind: 'private' },
    outcomes: counts(outcomes),
    sentBytes: orNull(asNumber(sent)),
    receivedBytes: orNull(asNumber(received)),
  })
}

export const dnsRow = (cells: readonly Cell[]): Found => {
  const [name, asked, outcomes] = cells.slice(commonCells)
  return found(cells, {
    kind: 'dns',
    ...common(cells),
    count: asNumber(asked),
    name: text(name),
    outcomes: counts(outcomes),
  })
}

export const execRow = (cells: readonly Cell[]): Found => {
  const [sha256, runs] = cells.slice(commonCells)
  const hash = text(sha256)
  const known = hash === 'unreadable' ? { sha256: null } : { sha256: hash }
  return found(cells, {
    kind: 'exec',
    ...common(cells),
    count: asNumber(runs),
    ...(hash === '' ? {} : known),
  })
}
