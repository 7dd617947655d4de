/**
 * Who had an address when: pods' addresses from the names that agents report, each for the life of its containers.
 * Addresses are used again, so a name without its time proves nothing. Called by timeline.ts and who.ts.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { fromStored, storable } from './cells.ts'
import { maxListed } from './names.ts'
import type { Holder } from './peer-kind.ts'
import { asNumber, asText, select } from './select.ts'
import { integer, quoteList } from './sql.ts'

/** An address at a moment, Unix microseconds. */
export interface Sighting {
  readonly address: string
  readonly timeUs: number
}

interface Life {
  readonly namespace: string
  readonly workload: string
  readonly fromUs: number
  /** Infinity while no end was seen. */
  readonly toUs: number
}

/** The holders of addresses, as known now. */
export class Holders {
  readonly #lives: ReadonlyMap<string, readonly Life[]>

  constructor(lives: ReadonlyMap<string, readonly Life[]>) {
    this.#lives = lives
  }

  /**
   * Who had the address at that moment. Several workloads at once share it as pods on the host's network do, or the end
   * of one was not seen: either way none of them can be meant.
   */
  at({ address, timeUs }: Sighting): Holder {
    const lives = this.#lives.get(address) ?? []
    const alive = lives.filter(({ fromUs, toUs }) => fromUs <= timeUs && timeUs <= toUs)
    // Names may have come for some containers of a pod only.
    const named = alive.filter(({ workload }) => workload !== '')
    const [first, ...others] = named.length > 0 ? named : alive
    if (first === undefined) return { kind: 'unknown' }
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

const lives = (addresses: string, fromUs: number, toUs: number): string =>
  `SELECT ip, names.1, names.2, min(first_us), max(end_us) FROM (
     SELECT argMax(tuple(namespace, workload, pod), tuple(name_rank, time_us)) AS names, min(time_us) AS first_us,
       maxIf(time_us, phase = 'ended') AS ended_us, maxIf(time_us, phase = 'started') AS started_us,
       if(ended_us > started_us, ended_us, ${openEnd}) AS end_us, groupUniqArrayArray(pod_ips) AS ips
     FROM containers WHERE container_id IN (
       SELECT container_id FROM containers WHERE arrayExists(one -> one IN ${addresses}, pod_ips))
     GROUP BY node, container_id)
   ARRAY JOIN ips AS ip
   WHERE ip IN ${addresses} AND first_us <= ${integer(toUs)} AND end_us >= ${integer(fromUs)}
   GROUP BY ip, names`

/** Later than every time an agent can send. */
const openEnd = '9223372036854775807'

/** Reads who had these addresses around these times. */
export const readHolders = async (
  client: ClickHouseClient,
  sightings: readonly Sighting[],
): Promise<Holders> => {
  const found = new Map<string, Life[]>()
  const times = sightings.map(({ timeUs }) => timeUs)
  const fromUs = times.reduce((a, b) => Math.min(a, b), Number.MAX_SAFE_INTEGER)
  const toUs = times.reduce((a, b) => Math.max(a, b), 0)
  const addresses = [...new Set(sightings.map(({ address }) => address))].filter(Boolean)
  for (let start = 0; start < addresses.length; start += maxListed) {
    const list = quoteList(addresses.slice(start, start + maxListed).map(storable))
    for (const row of await select(client, 'peers', lives(list, fromUs, toUs))) {
      const [ip, namespace, workload, firstUs, endUs] = row
      const address = fromStored(asText(ip))
      const end = asNumber(endUs)
      const life = {
        namespace: fromStored(asText(namespace)),
        workload: fromStored(asText(workload)),
        fromUs: asNumber(firstUs),
        toUs: end > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : end,
      }
      found.set(address, [...(found.get(address) ?? []), life])
    }
  }
  return new Holders(found)
}
