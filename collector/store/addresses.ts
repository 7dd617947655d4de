/**
 * Internet addresses and networks as people write them, in the one spelling that events have: IPv4 dotted, IPv6 per
 * RFC 5952, IPv4 mapped into IPv6 as IPv4. Pure and total; called by the API's parameters, the `who` query and peers.
 */
import { isIPv4, isIPv6 } from 'node:net'

export interface Address {
  readonly text: string
  /** 128 bits; IPv4 as ::ffff:0:0/96 holds it (RFC 4291, 2.5.5.2). */
  readonly value: bigint
  readonly family: 4 | 6
}

/** All addresses that begin with the same bits. */
export interface Network {
  /** First address and length of the prefix, such as `10.0.0.0/8`. */
  readonly text: string
  readonly family: 4 | 6
  readonly first: Address
  readonly last: Address
}

/** What stands before the 32 bits of an IPv4 address. */
const mappedPrefix = 0xffffn
const isMapped = (value: bigint): boolean => value >> 32n === mappedPrefix

const fromIpv4 = (text: string): bigint =>
  text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), mappedPrefix)

/** `text` is valid and without a zone; the URL parser writes it per RFC 5952, without dots. */
const fromIpv6 = (text: string): bigint => {
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::')
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'))
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].reduce(
    (value, group) => (value << 16n) | BigInt(`0x${group}`),
    0n,
  )
}

const dotted = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.')

const addressOf = (value: bigint): Address => {
  if (isMapped(value)) return { text: dotted(value), value, family: 4 }
  const groups = Array.from({ length: 8 }, (_, at) => (value >> BigInt(16 * (7 - at))) & 0xffffn)
  const long = groups.map((group) => group.toString(16)).join(':')
  return { text: new URL(`http://[${long}]/`).hostname.slice(1, -1), value, family: 6 }
}

/** Any valid spelling; undefined for everything else, zones (`fe80::1%eth0`) and leading zeros (`010.0.0.1`) included. */
export const parseAddress = (text: string): Address | undefined => {
  if (isIPv4(text)) return addressOf(fromIpv4(text))
  return isIPv6(text) && !text.includes('%') ? addressOf(fromIpv6(text)) : undefined
}

/** `10.0.0.0/8` or `2001:db8::/32`; bits behind the prefix may be set and mean nothing. Undefined for everything else. */
export const parseNetwork = (text: string): Network | undefined => {
  const match = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(text)
  const address = parseAddress(match?.[1] ?? '')
  if (match === null || address === undefined) return undefined
  const written = Number(match[2])
  const isDotted = isIPv4(match[1] ?? '')
  if (written > (isDotted ? 32 : 128)) return undefined
  const bits = isDotted ? written + 96 : written
  const behind = (1n << BigInt(128 - bits)) - 1n
  const first = addressOf(address.value & ~behind)
  const last = addressOf(address.value | behind)
  // A network that only reaches into the mapped range is one of IPv6.
  const family = bits >= 96 ? first.family : 6
  return { text: `${first.text}/${family === 4 ? bits - 96 : bits}`, family, first, last }
}

/** Whether the address lies in the network. IPv4 lies in networks of IPv4 only. */
export const isIn = (address: Address, network: Network): boolean =>
  address.family === network.family &&
  address.value >= network.first.value &&
  address.value <= network.last.value
