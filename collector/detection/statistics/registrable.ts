/**
 * The domain that somebody registered, of a name: `www.example.co.uk` is `example.co.uk`'s. By the Public Suffix List in the library
 * tldts, private suffixes included: below `github.io` or `workers.dev` each name is another customer's. The list is as old as the
 * library's version. Pure and total; called by the statistics of domains.
 */
import { getDomain } from 'tldts'

/** Not on the Internet (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`), by custom, or by address. */
const ownTops = new Set(
  'alt arpa cluster corp home internal intranet invalid lan local localdomain localhost mail onion private svc'.split(
    ' ',
  ),
)

const maxNameLength = 255

/** Lower case, without the final dot. */
export const plainName = (name: string): string =>
  name.slice(0, maxNameLength).toLowerCase().replace(/\.$/, '')

/** Names are names: there is no URL to take apart, and what is no host name by the book is looked up all the same. */
const asNames = { allowPrivateDomains: true, extractHostname: false, validateHostname: false }

/** Undefined for a suffix itself, a single label, an address, and names that no public resolver answers. */
export const registrableOf = (name: string): string | undefined => {
  const plain = plainName(name)
  if (plain.startsWith('.') || plain.includes('..')) return undefined
  if (ownTops.has(plain.slice(plain.lastIndexOf('.') + 1))) return undefined
  return getDomain(plain, asNames) ?? undefined
}
