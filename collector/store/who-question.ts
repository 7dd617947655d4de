/**
 * The values of a `who` question and how they go together. Pure; the API reads its parameters with it, the store refuses
 * with it what it cannot answer, and who.ts learns from it which kinds of rows are asked for.
 *
 * | asked by                                   | rows                                      |
 * | ------------------------------------------ | ----------------------------------------- |
 * | ip or cidr, port, domain with one of these | connections for which all of them hold    |
 * | domain                                     | questions for it, and connections by it   |
 * | exe, sha256                                | executions                                |
 * | exe with one of the above                  | the above, by this executable             |
 */
import { domainToASCII } from 'node:url'
import { type Parsed, parseInteger } from '#base/values.ts'
import type { WhoRow } from '#proto/api.ts'
import { parseAddress, parseNetwork } from './addresses.ts'
import { StoreError } from './errors.ts'
import type { WhoQuery } from './store.ts'

export const whoFields = ['ip', 'cidr', 'port', 'domain', 'exe', 'sha256'] as const

/** PATH_MAX and the longest DNS name in text, both without their last byte. */
const maxPath = 4_095
const maxDomain = 253

const parseIp = (text: string): Parsed<string> => {
  const address = parseAddress(text)
  if (address !== undefined) return { value: address.text }
  const fix = 'write an address, such as 203.0.113.7 or 2001:db8::7'
  return { fix: text.includes('/') ? `${fix}; for a network use cidr` : fix }
}

const parseCidr = (text: string): Parsed<string> => {
  const network = parseNetwork(text)
  return network === undefined
    ? { fix: 'write a network, such as 10.0.0.0/8 or 2001:db8::/32' }
    : { value: network.text }
}

const parsePort = (text: string): Parsed<number> => parseInteger(text, 1, 65_535)

/** Lower case, without a final dot; other scripts as DNS writes them (`xn--…`). */
const parseDomain = (text: string): Parsed<string> => {
  const fix = 'write a DNS name alone, such as example.com; its subdomains are found too'
  if (parseAddress(text) !== undefined) return { fix: 'that is an address; use ip' }
  const ascii = /[\x80-\uffff]/.test(text) ? domainToASCII(text) : text.toLowerCase()
  const name = ascii.replace(/\.$/, '')
  const isName = name.length <= maxDomain && /^[!-~]+$/.test(name) && !/[/:@*]/.test(name)
  return isName && name.split('.').every((label) => label !== '') ? { value: name } : { fix }
}

const parseExe = (text: string): Parsed<string> => {
  const isPath = text.startsWith('/') ? !text.endsWith('/') : text !== '' && !text.includes('/')
  return isPath && text.length <= maxPath && !text.includes('\0')
    ? { value: text }
    : { fix: 'write an absolute path or a bare file name, such as /usr/bin/curl or curl' }
}

const parseSha256 = (text: string): Parsed<string> =>
  /^[0-9a-f]{8,64}$/i.test(text)
    ? { value: text.toLowerCase() }
    : { fix: 'write the hash in hex, or its first 8 digits or more' }

/** Reads the text of each field: the value as events have it, or what to write instead. */
export const whoValues = {
  ip: parseIp,
  cidr: parseCidr,
  port: parsePort,
  domain: parseDomain,
  exe: parseExe,
  sha256: parseSha256,
} as const satisfies Readonly<
  Record<(typeof whoFields)[number], (text: string) => Parsed<string | number>>
>

const refuse = (message: string): never => {
  throw new StoreError('bad_query', message)
}

/** The question with its values as events have them. Throws StoreError `bad_query` for one that cannot be answered. */
export const whoQuestion = (query: WhoQuery): WhoQuery => {
  const given = whoFields.filter((field) => query[field] !== undefined)
  if (given.length === 0) refuse(`give at least one of ${whoFields.join(', ')}`)
  const values: [string, string | number][] = []
  for (const field of given) {
    const parsed = whoValues[field](String(query[field]))
    if ('fix' in parsed) refuse(`${field}: ${parsed.fix}`)
    else values.push([field, parsed.value])
  }
  if (query.ip !== undefined && query.cidr !== undefined) refuse('cidr: leave it out beside ip')
  const other = given.find((field) => field !== 'sha256' && field !== 'exe')
  if (query.sha256 !== undefined && other !== undefined) {
    refuse(`sha256: goes with exe only; ask for ${other} by exe`)
  }
  return { ...query, ...Object.fromEntries(values) }
}

/** Which kinds of rows answer the question. */
export const whoKinds = (query: WhoQuery): readonly WhoRow['kind'][] => {
  const { ip, cidr, port, domain } = query
  if (ip !== undefined || cidr !== undefined || port !== undefined) return ['connection']
  return domain === undefined ? ['exec'] : ['dns', 'connection']
}
