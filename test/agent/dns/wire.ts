/** Writes DNS messages for the tests of this folder, right ones and wrong ones. Independent of the parser. */
export type Label = string | Uint8Array

export const flags = { reply: 0x8000, truncated: 0x0200, opcode: 0x7800 } as const
export const types = { a: 1, ns: 2, cname: 5, mx: 15, txt: 16, aaaa: 28, srv: 33, opt: 41 } as const

export const u16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, 2 * index)
  return bytes
}

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** One label with its length byte, without a look at whether that is allowed. */
const label = (text: Label): Buffer => {
  const bytes = Buffer.from(text as string, 'latin1')
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

/** Labels without the root's; for a name that a pointer ends. */
export const labels = (...texts: readonly Label[]): Buffer => Buffer.concat(texts.map(label))
export const name = (...texts: readonly Label[]): Buffer =>
  Buffer.concat([labels(...texts), Buffer.alloc(1)])
/** `web.example` for names without anything odd in them. */
export const dotted = (text: string): Buffer => name(...text.split('.'))
export const pointer = (offset: number): Buffer => u16(0xc000 | offset)

export interface WireAnswer {
  readonly name: Buffer
  readonly type: number
  readonly dnsClass?: number
  readonly ttlSeconds?: number
  readonly data: Buffer
  /** Another length than that of the data. */
  readonly dataBytes?: number
}

export interface WireMessage {
  readonly id?: number
  readonly flags?: number
  readonly questions?: readonly Buffer[]
  readonly answers?: readonly WireAnswer[]
  readonly questionCount?: number
  readonly answerCount?: number
  readonly tail?: Buffer
}

export const question = (at: Buffer, type: number = types.a): Buffer =>
  Buffer.concat([at, u16(type, 1)])

export const answer = ({
  name,
  type,
  dnsClass = 1,
  ttlSeconds = 60,
  data,
  dataBytes = data.length,
}: WireAnswer): Buffer =>
  Buffer.concat([name, u16(type, dnsClass), u32(ttlSeconds), u16(dataBytes), data])

export const message = ({
  id = 7,
  flags = 0,
  questions = [question(dotted('web.example'))],
  answers = [],
  questionCount = questions.length,
  answerCount = answers.length,
  tail = Buffer.alloc(0),
}: WireMessage): Buffer =>
  Buffer.concat([
    u16(id, flags, questionCount, answerCount, 0, 0),
    ...questions,
    ...answers.map(answer),
    tail,
  ])

/** Makes names that point at the longest end of an earlier one, as servers do. */
export class Compressor {
  readonly #known = new Map<string, number>()

  /** The name as it stands at `offset` of the message. */
  name(texts: readonly Label[], offset: number): Buffer {
    let at = offset
    const parts: Buffer[] = []
    for (const [index, text] of texts.entries()) {
      const rest = name(...texts.slice(index)).toString('hex')
      const known = this.#known.get(rest)
      if (known !== undefined) return Buffer.concat([...parts, pointer(known)])
      if (at < 0x4000) this.#known.set(rest, at)
      const part = label(text)
      parts.push(part)
      at += part.length
    }
    return Buffer.concat([...parts, Buffer.alloc(1)])
  }
}

/** Reads a name as master files have it (RFC 1035, 5.1) back to its labels, each in hex. */
export const labelsOf = (text: string): string[] => {
  if (text === '.') return []
  const found: number[][] = [[]]
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] as string
    if (character === '.') found.push([])
    else if (character !== '\\') found.at(-1)?.push(character.charCodeAt(0))
    else if (/^\d{3}$/.test(text.slice(at + 1, at + 4))) {
      found.at(-1)?.push(Number(text.slice(at + 1, at + 4)))
      at += 3
    } else {
      at += 1
      found.at(-1)?.push(text.charCodeAt(at))
    }
  }
  return found.map((bytes) => Buffer.from(bytes).toString('hex'))
}
