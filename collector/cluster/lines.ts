/** A stream as lines, each below a size; longer ones are skipped whole. Called by watch-stream.ts. */

/** An object is below 1.5 MiB, the limit of etcd, and a line holds one. */
export const maxLineBytes = 4 * 1024 * 1024

const newline = 0x0a

export interface LineReader {
  readonly onLine: (line: string) => void
  /** A line was longer than maxLineBytes. */
  readonly onSkipped: () => void
}

/** Returns what takes the stream's parts. What is behind the last newline is no line: the stream broke there. */
export const readLines = ({ onLine, onSkipped }: LineReader): ((part: Buffer) => void) => {
  let parts: Buffer[] = []
  let bytes = 0
  let isSkipping = false

  const add = (part: Buffer): void => {
    if (isSkipping || part.length === 0) return
    bytes += part.length
    if (bytes > maxLineBytes) {
      isSkipping = true
      parts = []
      return
    }
    parts.push(part)
  }

  return (part) => {
    let from = 0
    for (;;) {
      const end = part.indexOf(newline, from)
      add(part.subarray(from, end < 0 ? part.length : end))
      if (end < 0) return
      if (isSkipping) onSkipped()
      else if (bytes > 0) onLine(Buffer.concat(parts).toString())
      parts = []
      bytes = 0
      isSkipping = false
      from = end + 1
    }
  }
}
