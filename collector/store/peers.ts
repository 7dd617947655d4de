/**
 * Who had an address when: from the names that agents report, a pod for the life of its containers, a node from its first pod on; and
 * Services and nodes as the cluster tells of them. Addresses are used again, so a name without its time proves nothing. Called by timeline.ts and who.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { fromStored, storable } from './cells.ts'
import type { Holder } from './peer-kind.ts'
import { asNumber, asText, type Cell, select } from './select.ts'
import { integer, quoteList } from './sql.ts'

/** An address at a moment, Unix microseconds. */
export interface Sighting {
  readonly address: string
  readonly timeUs: number
}

/** Unix microseconds. */
interface Life {
  readonly fromUs: number
  /** Infinity while no end was seen; always for nodes, whose end nobody tells. */
  readonly toUs: number
}

interface PodLife extends Life {
  readonly kind: 'pod'
  readonly namespace: string
  readonly workload: string
}

interface NodeLife extends Life {
  readonly kind: 'node'
  readonly node: string
}

interface ServiceLife extends Life {
  readonly kind: 'service'
  readonly namespace: string
  readonly service: string
}

export type HolderLife = PodLife | NodeLife | ServiceLife

const laterOf = (a: NodeLife | undefined, b: NodeLife): NodeLife =>
  a !== undefined && a.fromUs > b.fromUs ? a : b

/** The holders of addresses, as known now. */
export class Holders {
  readonly #lives: ReadonlyMap<string, readonly HolderLife[]>

  constructor(lives: ReadonlyMap<string, readonly HolderLife[]>) {
    this.#lives = lives
  }

  /**
   * Who had the address at that moment. A node has it until it is another's: a later node's, or a later pod's that is known
   * to have a network of its own. Several workloads at once share it as pods on the host's network do, or the end of one was
   * not seen: either way none of them can be meant.
   */
  at({ address, timeUs }: Sighting): Holder {
    const lives = this.#lives.get(address) ?? []
    const alive = lives.filter(({ fromUs, toUs }) => fromUs <= timeUs && timeUs <= toUs)
    const node = alive.filter((one) => one.kind === 'node').reduce(laterOf, undefined)
    const pods = alive.filter((one) => one.kind === 'pod')
    // Names may have come for some containers of a pod only. Who tells a workload tells whose network it is on, too.
    const sinceUs = node?.fromUs ?? Number.NEGATIVE_INFINITY
    const named = pods.filter(({ workload, fromUs }) => workload !== '' && fromUs > sinceUs)
    if (node !== undefined && named.length === 0) return { kind: 'node', node: node.node }
    const [first, ...others] = named.length > 0 ? named : pods
    if (first === undefined) return serviceOf(alive.filter((one) => one.kind === 'service'))
    const { namespace, workload } = first
    return others.every((one) => one.namespace === namespace && one.workload === workload)
      ? { kind: 'pod', namespace, workload }
      : { kind: 'shared' }
  }

  /** The one known holder at these moments; unknown when nobody is, or when it changed. */
  throughout(sightings: readonly Sighting[]): Holder {
    const known = sightings.map((one) => this.at(one)).filter(({ kind }) => kind !== 'unknown')
    const [first] = known
    const isSame = new Set(known.map((holder) => JSON.stringify(holder))).size === 1
    return first !== undefined && isSame ? first : { kind: 'unknown' }
  }
}

/** A Service's address is nobody else's; where a load balancer shares one, none of them can be meant. */
const serviceOf = (lives: readonly ServiceLife[]): Holder => {
  const [first, ...others] = lives
  if (first === undefined) return { kind: 'unknown' }
  const { namespace, service } = first
  return others.every((one) => one.namespace === namespace && one.service === service)
    ? { kind: 'service', namespace, service }
    : { kind: 'shared' }
}

/** Later than every time an agent can send. */
const openEnd = 'toInt64(9223372036854775807)'

/** Containers with one of the addresses in this column. */
const having = (addresses: string, column: string): string =>
  `SELECT container_id FROM containers WHERE arrayExists(one -> one IN ${addresses}, ${column})`

/** Lives of pods with a network of their own: address, kind, namespace, workload, begin, end. */
const podLives = (addresses: string, fromUs: number, toUs: number): string =>
  `SELECT ip, 'pod', names.1, names.2, min(first_us), max(end_us) FROM (
     SELECT argMax(tuple(namespace, workload, pod), tuple(name_rank, time_us)) AS names, min(time_us) AS first_us,
       maxIf(time_us, phase = 'ended') AS ended_us, maxIf(time_us, phase = 'started') AS started_us,
       if(ended_us > started_us, ended_us, ${openEnd}) AS end_us, groupUniqArrayArray(pod_ips) AS ips
     FROM containers WHERE container_id IN (${having(addresses, 'pod_ips')})
     GROUP BY node, container_id HAVING max(host_network) = 0)
   ARRAY JOIN ips AS ip
   WHERE ip IN ${addresses} AND first_us <= ${integer(toUs)} AND end_us >= ${integer(fromUs)}
   GROUP BY ip, names`

/** Lives that the cluster tells (address-lives.ts), in the same columns; names in the place of workloads. */
const toldLives = (addresses: string, fromUs: number, toUs: number): string =>
  `SELECT address, kind, namespace, name, from_us, max(to_us) FROM addresses FINAL
   WHERE address IN ${addresses} AND from_us <= ${integer(toUs)} AND to_us >= ${integer(fromUs)}
   GROUP BY address, kind, namespace, name, from_us`

/**
 * Lives of nodes, in the same columns. A pod on the host's network has all addresses of its node, where kubelets before
 * 1.29 tell only one of them.
 */
const nodeLives = (addresses: string, toUs: number): string =>
  `SELECT ip, 'node', '', node, min(first_us), ${openEnd} FROM (
     SELECT node, min(time_us) AS first_us, groupUniqArrayArray(${nodeAddresses}) AS ips
     FROM containers WHERE container_id IN (${having(addresses, nodeAddresses)})
     GROUP BY node, container_id)
   ARRAY JOIN ips AS ip
   WHERE ip IN ${addresses} AND first_us <= ${integer(toUs)} AND node != ''
   GROUP BY ip, node`

const nodeAddresses = 'if(host_network = 1, arrayConcat(host_ips, pod_ips), host_ips)'

const lifeOf = (row: readonly Cell[]): HolderLife => {
  const [kind = '', namespace = '', name = ''] = row.slice(0, 3).map(asText).map(fromStored)
  const [fromUs, endUs] = [asNumber(row[3]), asNumber(row[4])]
  const toUs = endUs > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : endUs
  if (kind === 'node') return { kind, node: name, fromUs, toUs }
  return kind === 'service'
    ? { kind, namespace, service: name, fromUs, toUs }
    : { kind: 'pod', namespace, workload: name, fromUs, toUs }
}

/** Addresses in one statement, which names each five times: keeps it below the server's max_query_size of 256 KiB. */
export const maxAddresses = 1_000

/** Reads who had these addresses around these times. */
export const readHolders = async (
  client: ClickHouseClient,
  sightings: readonly Sighting[],
): Promise<Holders> => {
  const found = new Map<string, HolderLife[]>()
  const times = sightings.map(({ timeUs }) => timeUs)
  const fromUs = times.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER)
  const toUs = times.reduce((a, b) => Math.max(a, b), 0)
  const addresses = [...new Set(sightings.map(({ address }) => address))].filter(Boolean)
  for (let start = 0; start < addresses.length; start += maxAddresses) {
    const list = quoteList(addresses.slice(start, start + maxAddresses).map(storable))
    const lives = [
      podLives(list, fromUs, toUs),
      nodeLives(list, toUs),
      toldLives(list, fromUs, toUs),
    ]
    const sql = lives.join(' UNION ALL ')
    for (const [ip, ...row] of await select(client, 'peers', sql)) {
      const address = fromStored(asText(ip))
      found.set(address, [...(found.get(address) ?? []), lifeOf(row)])
    }
  }
  return new Holders(found)
}
