/**
 * The data of one DNS answer as a person reads it: an address alone, other types after their name. Pure and total;
 * message.ts calls it for every answer. Formats are those of RFC 1035, 3.3 and 3.4; AAAA RFC 3596; SRV RFC 2782.
 */
import { parseAddress } from '../sources/address.ts'
import { decimalEscape, readName } from './name.ts'

/** Where the data of an answer lies within its message, and what it is. */
export interface AnswerData {
  /** As in DnsAnswer. */
  readonly type: string
  readonly isInternet: boolean
  readonly from: number
  readonly to: number
}

export interface AnswerText {
  readonly text: string
  readonly isAddress: boolean
}

/** Of a TXT answer, with the length byte of each string: an SPF record or a key fits. */
const textBytesMax = 512

const quote = 0x22
const backslash = 0x5c

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

const ipv4 = (bytes: Uint8Array, { from, to }: AnswerData): string | undefined =>
  to - from === 4
    ? `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}`
    : undefined

/** Written as the addresses of connections are, so that one finds the other: IPv4 that is mapped reads as IPv4. */
const ipv6 = (bytes: Uint8Array, { from, to }: AnswerData): string | undefined =>
  to - from === 16
    ? parseAddress(Buffer.from(bytes.buffer, bytes.byteOffset + from, 16))
    : undefined

/** So many numbers of 16 bits, then a name that ends where the data ends. */
const numbersAndName = (
  bytes: Uint8Array,
  { type, from, to }: AnswerData,
  numbers: number,
): string | undefined => {
  const nameFrom = from + 2 * numbers
  const name = readName(bytes, nameFrom)
  if (name?.end !== to) return undefined
  let text = type
  for (let at = from; at < nameFrom; at += 2) text += ` ${u16(bytes, at)}`
  return `${text} ${name.text}`
}

const quoted = (bytes: Uint8Array, from: number, to: number): string => {
  let text = ''
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number
    if (byte === quote || byte === backslash) text += '\\'
    text += byte < 0x20 || byte >= 0x7f ? decimalEscape(byte) : String.fromCharCode(byte)
  }
  return `"${text}"`
}

/** Each string of a TXT answer in quotes; `…` stands for what is beyond the limit. */
const strings = (bytes: Uint8Array, { type, from, to }: AnswerData): string | undefined => {
  if (from === to) return undefined
  let text = type
  const keptTo = from + textBytesMax
  for (let at = from; at < to; ) {
    const end = at + 1 + (bytes[at] as number)
    if (end > to) return undefined
    if (at + 1 >= keptTo) return `${text} …`
    text += ` ${quoted(bytes, at + 1, Math.min(end, keptTo))}`
    if (end > keptTo) return `${text}…`
    at = end
  }
  return text
}

/** Undefined for a type without a form of its own, and for data that its type does not allow. */
const ownForm = (bytes: Uint8Array, data: AnswerData): string | undefined => {
  switch (data.type) {
    case 'A':
      return data.isInternet ? ipv4(bytes, data) : undefined
    case 'AAAA':
      return data.isInternet ? ipv6(bytes, data) : undefined
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return numbersAndName(bytes, data, 0)
    case 'MX':
      return numbersAndName(bytes, data, 1)
    case 'SRV':
      return numbersAndName(bytes, data, 3)
    case 'TXT':
      return strings(bytes, data)
    default:
      return undefined
  }
}

/** The data must lie within the bytes. What has no form of its own is its type and size: `TYPE65 61 bytes`. */
export const answerText = (bytes: Uint8Array, data: AnswerData): AnswerText => {
  const text = ownForm(bytes, data)
  if (text === undefined)
    return { text: `${data.type} ${data.to - data.from} bytes`, isAddress: false }
  return { text, isAddress: data.type === 'A' || data.type === 'AAAA' }
}
