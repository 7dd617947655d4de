/**
 * Names of a cluster for a support bundle: as they are, or each replaced by a word that is the same in the whole bundle and means nothing
 * outside of it. Called by what reads the parts (of), and by bundle.ts for sentences (inText).
 */
import { createHmac } from 'node:crypto'
import { isIPv6 } from 'node:net'

export interface Names {
  /** The name as it may be shown; what is given here is known to inText from then on. */
  readonly of: (name: string) => string
  /** A sentence in which known names, also as the beginning of a pod's or as a part of a domain, and IP addresses are replaced. */
  readonly inText: (text: string) => string
}

export const plainNames: Names = { of: (name) => name, inText: (text) => text }

/** Words that stand for no name: what has no workload, what is folded together, what is no container. */
const words = new Set(['', 'other', 'host', 'unknown'])

/** Different names remembered for sentences; a fleet has some thousands. What comes later is replaced as well, but not in sentences. */
const knownMax = 50_000

const ipv4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g
/** Whatever may be an IPv6 address; a time of day may, too. */
const colons = /(?<![\w:])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?!\w)/gi
const token = /[A-Za-z0-9_][\w.-]*/g

/** `key`: random, and forgotten with the process, so that nobody can try names against a bundle. */
export const pseudonyms = (key: Buffer): Names => {
  const known = new Map<string, string>()
  const made = new Set<string>()
  const wordFor = (name: string): string =>
    `n-${createHmac('sha256', key).update(name).digest('hex').slice(0, 10)}`

  const of = (name: string): string => {
    // A pseudonym is no name, so that what is looked at twice stays the same.
    if (words.has(name) || made.has(name)) return name
    const word = known.get(name) ?? wordFor(name)
    if (known.size < knownMax) {
      known.set(name, word)
      made.add(word)
    }
    return word
  }

  const ofToken = (text: string): string => {
    const whole = known.get(text)
    if (whole !== undefined) return whole
    if (text.includes('.')) return text.split('.').map(ofToken).join('.')
    // A pod's name begins with that of its workload.
    for (let end = text.lastIndexOf('-'); end > 0; end = text.lastIndexOf('-', end - 1)) {
      const word = known.get(text.slice(0, end))
      if (word !== undefined) return `${word}${text.slice(end)}`
    }
    return text
  }

  const ofColons = (text: string): string => {
    // What ends in a colon is an address before a sentence's colon.
    const address = isIPv6(text) ? text : text.replace(/:$/, '')
    return isIPv6(address) ? `${wordFor(address)}${text.slice(address.length)}` : text
  }

  return {
    of,
    inText: (text) => text.replace(ipv4, wordFor).replace(colons, ofColons).replace(token, ofToken),
  }
}
