/** A `who` question as SQL conditions on rows of `events`, one per kind of answer. Called by who.ts. */
import type { WhoRow } from '#proto/api.ts'
import { parseNetwork } from './addresses.ts'
import { storable } from './cells.ts'
import { containerCondition, rangeConditions } from './filters.ts'
import { integer, quote } from './sql.ts'
import type { WhoQuery } from './store.ts'

/** Which way a row of a connection went. */
export const direction = `multiIf(kind = 'connect', 'outbound', kind = 'accept', 'inbound', toString(direction))`
/** The port that is served. */
export const servedPort = `if(${direction} = 'inbound', local_port, peer_port)`

/**
 * Peers are text, and some of it may be none that is an address: `toIPv6OrNull` is total, where isIPAddressInRange
 * would fail the whole statement. It reads IPv4 as ::ffff:0:0/96, which a network of IPv6 does not mean.
 */
const inNetwork = (text: string): string => {
  const network = parseNetwork(text)
  if (network === undefined) return '0'
  const bound = (address: string): string => `toIPv6(${quote(address)})`
  const isOfFamily = `(position(peer_address, ':') > 0) = ${network.family === 6 ? 1 : 0}`
  return `${isOfFamily} AND ifNull(toIPv6OrNull(peer_address) BETWEEN ${bound(network.first.text)} AND ${bound(network.last.text)}, 0)`
}

/** The name itself or one below it, in any case, with or without the final dot. */
const isName = (column: string, domain: string): string => {
  const name = `lower(trim(TRAILING '.' FROM ${column}))`
  return `(${name} = ${quote(domain)} OR endsWith(${name}, ${quote(`.${domain}`)}))`
}

/** One of the answers is an alias (CNAME) of that name; the cheap search goes before the list is taken apart. */
const isAlias = (domain: string): string =>
  `(positionCaseInsensitive(dns_answers, ${quote(domain)}) > 0
    AND arrayExists(answer -> startsWith(answer, 'CNAME ') AND ${isName('substring(answer, 7)', domain)},
      splitByChar('\\0', dns_answers)))`

const exeCondition = (exe: string): string => {
  const text = storable(exe)
  const own = `exe = ${quote(text)}`
  return exe.startsWith('/') ? own : `(${own} OR endsWith(exe, ${quote(`/${text}`)}))`
}

/** The equality is for the Bloom filter of `files`, which knows whole hashes only. */
const hashCondition = (sha256: string): string => {
  const isHash =
    sha256.length === 64 ? `sha256 = ${quote(sha256)}` : `startsWith(sha256, ${quote(sha256)})`
  return `(node, boot, file_device, file_inode, file_ctime_us) IN (
    SELECT node, boot, device, inode, ctime_us FROM files WHERE state = 'hashed' AND ${isHash})`
}

const kinds = {
  connection: `kind IN ('connect', 'accept', 'close')`,
  dns: `kind = 'dns'`,
  exec: `kind = 'exec'`,
} as const

/** The full condition on `events` of the rows of one kind. */
export const whoCondition = (query: WhoQuery, kind: WhoRow['kind']): string => {
  const { ip, cidr, port, domain, exe, sha256 } = query
  const conditions = [kinds[kind], ...rangeConditions(query)]
  const containers = containerCondition(query)
  if (containers !== undefined) conditions.push(containers)
  if (ip !== undefined) conditions.push(`peer_address = ${quote(ip)}`)
  if (cidr !== undefined) conditions.push(inNetwork(cidr))
  if (port !== undefined) conditions.push(`${servedPort} = ${integer(port)}`)
  if (domain !== undefined) {
    conditions.push(
      kind === 'dns'
        ? `(${isName('dns_name', domain)} OR ${isAlias(domain)})`
        : isName('peer_name', domain),
    )
  }
  if (exe !== undefined) conditions.push(exeCondition(exe))
  if (sha256 !== undefined) conditions.push(hashCondition(sha256))
  return conditions.map((one) => `(${one})`).join(' AND ')
}
