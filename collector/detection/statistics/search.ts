/**
 * Folds what a resolver makes of one question: with `ndots:5`, as pods have it, `www.example.com` is asked for as
 * `www.example.com.payments.svc.cluster.local`, `….svc.cluster.local`, `….cluster.local`, under the node's own search domains,
 * and as it is, in this order (resolv.conf(5)). Called by dns-tunnel.ts and new-destination.ts, each with its own.
 *
 * Kubernetes's suffixes are known; those of the node are recognised because they follow. In a cluster with a domain of its own
 * expansions are not recognised, and are names under that domain.
 */
import { registrableOf } from './registrable.ts'
import { Followed } from './windows.ts'

/** Containers whose latest questions are remembered, and how many of each: those that threads ask for at once. */
const maxContainers = 5_000
const maxRecent = 16
/** Search domains of a node; a container that seems to have more makes them up, and is believed no further. */
const maxSuffixes = 8

const clusterSuffix = '.cluster.local'

interface Recent {
  readonly bases: string[]
  readonly suffixes: Set<string>
}

const without = (name: string, ending: string): string =>
  name.endsWith(ending) ? name.slice(0, -ending.length) : name

export class SearchFolding {
  readonly #recent = new Followed<Recent>(maxContainers)

  get evicted(): number {
    return this.#recent.evicted
  }

  /**
   * The name that was meant, of a plain one. Undefined for names of the cluster: they are its Services' or expansions, and
   * what was meant follows.
   */
  meant(name: string, container: string, namespace: string): string | undefined {
    if (!name.endsWith(clusterSuffix)) return this.#withoutNodeSuffix(name, container)
    const inCluster = without(without(name, clusterSuffix), '.svc')
    const base = namespace === '' ? inCluster : without(inCluster, `.${namespace}`)
    if (registrableOf(base) !== undefined) this.#remember(base, container)
    return undefined
  }

  #withoutNodeSuffix(name: string, container: string): string {
    const recent = this.#recent.get(container)
    const base = recent?.bases.find((one) => name.startsWith(`${one}.`))
    if (recent === undefined || base === undefined) return name
    const suffix = name.slice(base.length)
    if (!recent.suffixes.has(suffix)) {
      if (recent.suffixes.size >= maxSuffixes) return name
      recent.suffixes.add(suffix)
    }
    return base
  }

  #remember(base: string, container: string): void {
    const { bases } = this.#recent.of(container, () => ({ bases: [], suffixes: new Set() }))
    if (bases.includes(base)) return
    bases.push(base)
    if (bases.length > maxRecent) bases.shift()
  }
}
