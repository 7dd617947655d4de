/**
 * DNS tunnels: data that travels in names makes many of them under one registrable domain (RITA's sub-domain counts). Counted per
 * container and domain, expansions by search domains folded. Long labels, their entropy and TXT questions are told with a
 * hit, and make none: content delivery and telemetry have long random labels, too.
 */
import { hash } from 'node:crypto'
import type { TimelineEvent } from '#proto/api.ts'
import type { StatisticParameters } from './parameters.ts'
import { plainName, registrableOf } from './registrable.ts'
import { SearchFolding } from './search.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { containerOf, countOf } from './subject.ts'
import { Windows } from './windows.ts'
import { spanOf, textOf } from './words.ts'

/** Domains of containers; 5 kB each at most with the default threshold. */
const maxDomains = 5_000
/** Base64 characters kept of a name's hash, 60 bits: names may be 255 bytes long. */
const hashLength = 10

interface Asked {
  readonly names: Set<string>
  questions: number
  txt: number
  /** Of the first labels: the longest, and the sum of their entropies. */
  longestLabel: number
  entropyBits: number
  isTold: boolean
}

/** Shannon's, bits per character: some 3 for words, over 4 for base32. */
export const entropyOf = (text: string): number => {
  const counts = new Map<string, number>()
  for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1)
  const length = Math.max(1, text.length)
  return [...counts.values()].reduce((sum, n) => sum - (n / length) * Math.log2(n / length), 0)
}

export class DnsTunnel implements Statistic {
  readonly kinds = ['dns'] as const
  readonly rule: StatisticRule = {
    id: 'MF2005',
    name: 'Many names under one domain',
    description:
      'A container asked for many different names under one domain, as data in DNS does.',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1071.004', 'T1048'],
  }
  readonly #threshold: number
  readonly #windowSeconds: number
  readonly #domains: Windows<Asked>
  readonly #folding = new SearchFolding()

  constructor(parameters: StatisticParameters) {
    this.#threshold = parameters['dns-tunnel.names']
    this.#windowSeconds = parameters['dns-tunnel.window']
    this.#domains = new Windows({ lengthUs: this.#windowSeconds * 1e6, max: maxDomains })
  }

  get size(): number {
    return this.#domains.size
  }

  get evicted(): number {
    return this.#domains.evicted + this.#folding.evicted
  }

  take(event: TimelineEvent, { timeUs }: StatisticContext): Hit | undefined {
    if (event.kind !== 'dns') return undefined
    const container = containerOf(event)
    const name = this.#folding.meant(plainName(event.name), container, event.namespace)
    const domain = name === undefined ? undefined : registrableOf(name)
    // The domain itself is no name under it.
    if (name === undefined || domain === undefined || name === domain) return undefined
    const asked = this.#domains.of(`${container}\0${domain}`, timeUs, () => ({
      names: new Set(),
      questions: 0,
      txt: 0,
      longestLabel: 0,
      entropyBits: 0,
      isTold: false,
    }))
    this.#add(asked, name, event.type, countOf(event))
    if (asked.isTold || asked.names.size < this.#threshold) return undefined
    asked.isTold = true
    return { key: { domain }, reason: this.#reasonOf(asked, domain) }
  }

  #add(asked: Asked, name: string, type: string, count: number): void {
    asked.questions += count
    if (type === 'TXT') asked.txt += count
    if (asked.names.size >= this.#threshold + 2) return
    const before = asked.names.size
    asked.names.add(hash('sha256', name, 'base64').slice(0, hashLength))
    if (asked.names.size === before) return
    const [label = ''] = name.split('.')
    asked.longestLabel = Math.max(asked.longestLabel, label.length)
    asked.entropyBits += entropyOf(label)
  }

  #reasonOf({ names, questions, txt, longestLabel, entropyBits }: Asked, domain: string): string {
    const share = Math.round((100 * txt) / Math.max(1, questions))
    const bits = (entropyBits / names.size).toFixed(1)
    return `asked for ${names.size} different names under ${textOf(domain)} within ${spanOf(this.#windowSeconds)}; ${share} % of the questions are TXT, first labels have up to ${longestLabel} characters and ${bits} bits per character`
  }
}
