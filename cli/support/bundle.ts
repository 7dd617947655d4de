/**
 * Reads the parts of a support bundle, each on its own, and makes texts of them: names in sentences replaced, secrets removed, none longer than it
 * may be; and about.json, which says what is there and what is not. Called by the command `support-bundle`.
 */
import type { ArchiveFile } from './archive.ts'
import { PartError } from './limited-get.ts'
import type { Content, Part } from './part.ts'
import type { Names } from './pseudonyms.ts'
import { scrub } from './scrub.ts'

/** Most of one part, as it was answered and as it is written. */
export const partBytesMax = 8 * 1024 * 1024

export interface BundleOptions {
  readonly names: Names
  /** Secrets of this process, which must not be in it whatever they look like. */
  readonly secrets: readonly string[]
  /** What about.json begins with. */
  readonly about: Readonly<Record<string, unknown>>
}

export interface PartResult {
  readonly file: string
  readonly from: Part['from']
  readonly sizeBytes?: number
  /** Why it is not in the bundle; absent when it is. */
  readonly missing?: string
}

export interface Bundle {
  readonly files: readonly ArchiveFile[]
  readonly results: readonly PartResult[]
  /** What looked like a secret, and was replaced. */
  readonly secretsRemoved: number
}

type Read = { readonly part: Part } & (
  | { readonly kind: 'read'; readonly content: Content }
  | { readonly kind: 'failed'; readonly reason: string }
)

const readPart = async (part: Part): Promise<Read> => {
  try {
    return { part, kind: 'read', content: await part.read() }
  } catch (error) {
    const reason = error instanceof PartError ? error.message : `unexpected: ${String(error)}`
    return { part, kind: 'failed', reason }
  }
}

/** Every string of a value as it may be shown; its keys are words of ours, in which only a secret would be out of place. */
const eachString = (
  value: unknown,
  show: (text: string) => string,
  showKey: (text: string) => string,
): unknown => {
  if (typeof value === 'string') return show(value)
  if (Array.isArray(value)) return value.map((one) => eachString(one, show, showKey))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [showKey(key), eachString(inner, show, showKey)]),
  )
}

/** Never throws: what a part throws is its entry in about.json. */
export const collect = async (
  parts: readonly Part[],
  { names, secrets, about }: BundleOptions,
): Promise<Bundle> => {
  // All are read before the first is written: a name of one part may stand in a sentence of another.
  const reads = await Promise.all(parts.map(readPart))
  let secretsRemoved = 0
  const cleaned = (text: string): string => {
    const { text: shown, count } = scrub(text, secrets)
    secretsRemoved += count
    return shown
  }
  const toJson = (value: unknown, show: (text: string) => string): string =>
    `${JSON.stringify(eachString(value, show, cleaned), null, 2)}\n`
  const toText = (content: Content): string => {
    if (content.kind === 'text') return cleaned(content.text)
    // Before it is JSON: quotes would hide what stands behind them, and what is replaced could take one with it.
    return toJson(content.value, (text) => names.inText(cleaned(text)))
  }
  const files: ArchiveFile[] = []
  const results: PartResult[] = []
  for (const read of reads) {
    const { file, from } = read.part
    const text = read.kind === 'read' ? toText(read.content) : ''
    const sizeBytes = Buffer.byteLength(text)
    if (read.kind === 'failed') results.push({ file, from, missing: read.reason })
    else if (sizeBytes > partBytesMax)
      results.push({ file, from, missing: `longer than ${partBytesMax} bytes` })
    else {
      files.push({ path: file, text })
      results.push({ file, from, sizeBytes })
    }
  }
  const said = results.map(({ file, sizeBytes, missing }) => ({
    file,
    sizeBytes,
    missing: missing && names.inText(missing),
  }))
  const value = { ...about, secretsRemoved, parts: said }
  files.unshift({ path: 'about.json', text: toJson(value, cleaned) })
  return { files, results, secretsRemoved }
}
