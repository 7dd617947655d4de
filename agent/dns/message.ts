/**
 * DNS messages as they were on the wire (RFC 1035, 4) to what the tracker needs of them. Pure and total: any peer may
 * have made up the bytes. Runs for every message a client sends or receives; lookups.ts calls it.
 */
import { answerText } from './answer-text.ts'
import { readName } from './name.ts'

/** RFC 1035, 4.1.1 to 4.1.3: the header; type and class of a question; type, class, TTL and size of an answer. */
const headerBytes = 12
const questionTailBytes = 4
const answerHeadBytes = 10

/** More answers than a client can use; a reply of 512 bytes has room for 30 addresses. */
export const answersMax = 64
/**
 * All names and texts of a message: compression lets a kilobyte of it stand for sixty-four, each time anew, which anybody
 * could send to keep an agent busy.
 */
const textCharsMax = 4_096

const internetClass = 1
/** EDNS (RFC 6891): says something of the message, and belongs among the additional records anyway. */
const optType = 41

/** The IANA registry's names. 64 and 65 (SVCB, HTTPS) stay numbers, as the event's contract writes them. */
const typeNames: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [13, 'HINFO'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [39, 'DNAME'],
  [43, 'DS'],
  [44, 'SSHFP'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [50, 'NSEC3'],
  [52, 'TLSA'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [256, 'URI'],
  [257, 'CAA'],
])

/** The four bits of the header; what EDNS adds above them is not looked at. */
const rcodeNames: readonly string[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
]

export interface DnsAnswer {
  /** Names are as in NameAt: printable, case as sent, without the last dot. */
  readonly name: string
  /** `A`, `CNAME`, or `TYPE65` for one without a common name. */
  readonly type: string
  readonly ttlSeconds: number
  /** `192.0.2.7`, `CNAME lb.example`, `MX 10 mail.example`, `TXT "v=spf1 -all"`, `TYPE65 61 bytes`. */
  readonly text: string
  /** True when text is an address. */
  readonly isAddress: boolean
}

export interface DnsMessage {
  readonly id: number
  readonly isReply: boolean
  /** True when answers are missing: by the server's own word, cut by the capture, beyond `answersMax`, or unreadable. */
  readonly truncated: boolean
  /** `NOERROR`, `NXDOMAIN`, or `RCODE12` for one without a name. */
  readonly rcode: string
  /** The first; servers answer no more than one. */
  readonly question: { readonly name: string; readonly type: string }
  readonly answers: readonly DnsAnswer[]
}

const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

/** Seconds of 31 bits; the highest bit makes it 0 (RFC 2181, 8). */
const ttl = (bytes: Uint8Array, at: number): number => {
  const high = u16(bytes, at)
  return high >= 0x8000 ? 0 : high * 0x10000 + u16(bytes, at + 2)
}

const typeText = (type: number): string => typeNames.get(type) ?? `TYPE${type}`

interface Answers {
  readonly answers: readonly DnsAnswer[]
  readonly isComplete: boolean
}

/** Up to the first that cannot be read: where the next one begins is then unknown. */
const readAnswers = (bytes: Uint8Array, from: number, count: number): Answers => {
  const answers: DnsAnswer[] = []
  let at = from
  let textChars = 0
  for (let index = 0; index < count; index += 1) {
    if (answers.length === answersMax || textChars > textCharsMax)
      return { answers, isComplete: false }
    const name = readName(bytes, at)
    if (name === undefined) return { answers, isComplete: false }
    const dataFrom = name.end + answerHeadBytes
    if (dataFrom > bytes.length) return { answers, isComplete: false }
    const dataTo = dataFrom + u16(bytes, name.end + 8)
    if (dataTo > bytes.length) return { answers, isComplete: false }
    at = dataTo
    const typeNumber = u16(bytes, name.end)
    if (typeNumber === optType) continue
    const type = typeText(typeNumber)
    const isInternet = u16(bytes, name.end + 2) === internetClass
    const data = answerText(bytes, { type, isInternet, from: dataFrom, to: dataTo })
    const ttlSeconds = ttl(bytes, name.end + 4)
    textChars += name.text.length + data.text.length
    // Without a spread, which costs as much as the rest of it.
    answers.push({
      name: name.text,
      type,
      ttlSeconds,
      text: data.text,
      isAddress: data.isAddress,
    })
  }
  return { answers, isComplete: true }
}

/** Where the answers begin; undefined when that cannot be told. */
const skipQuestions = (bytes: Uint8Array, from: number, count: number): number | undefined => {
  let at = from
  for (let index = 0; index < count; index += 1) {
    const name = readName(bytes, at)
    if (name === undefined) return undefined
    at = name.end + questionTailBytes
  }
  return at
}

/**
 * Undefined when it is no query or reply (another opcode), or its first question cannot be read or is missing: it
 * then names nothing. A message that is readable up to some answer is kept up to there, and `truncated`.
 */
export const parseDnsMessage = (bytes: Uint8Array): DnsMessage | undefined => {
  if (bytes.length < headerBytes) return undefined
  const flags = u16(bytes, 2)
  const opcode = (flags >> 11) & 0xf
  const questions = u16(bytes, 4)
  if (opcode !== 0 || questions === 0) return undefined
  const name = readName(bytes, headerBytes)
  if (name === undefined) return undefined
  const questionEnd = name.end + questionTailBytes
  if (questionEnd > bytes.length) return undefined
  const answersFrom = skipQuestions(bytes, questionEnd, questions - 1)
  const { answers, isComplete } =
    answersFrom === undefined
      ? { answers: [], isComplete: false }
      : readAnswers(bytes, answersFrom, u16(bytes, 6))
  const rcode = flags & 0xf
  return {
    id: u16(bytes, 0),
    isReply: (flags & 0x8000) !== 0,
    truncated: (flags & 0x0200) !== 0 || !isComplete,
    rcode: rcodeNames[rcode] ?? `RCODE${rcode}`,
    question: { name: name.text, type: typeText(u16(bytes, name.end)) },
    answers,
  }
}
