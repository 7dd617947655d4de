/** Where a command's answer goes: stdout with back-pressure, and calm when the reader (`| head`) leaves early. */
import { once } from 'node:events'
import type { Writable } from 'node:stream'

export class Output {
  readonly #stream: Writable
  readonly #closed: AbortController
  readonly isTerminal: boolean
  /** Cells per line of the terminal; Infinity where the output is none. */
  readonly width: number

  /** `closed` is aborted when nobody reads any more. */
  constructor(
    stream: Writable & { readonly isTTY?: boolean; readonly columns?: number },
    closed: AbortController,
  ) {
    this.#stream = stream
    this.#closed = closed
    this.isTerminal = stream.isTTY === true
    this.width = this.isTerminal ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      closed.abort()
    })
  }

  /** True once the reader has left: nothing that is written matters any more. */
  get isClosed(): boolean {
    return this.#closed.signal.aborted
  }

  /** Writes a line and waits while the reader is behind. */
  async line(text: string): Promise<void> {
    if (this.isClosed || this.#stream.write(`${text}\n`)) return
    const { signal } = this.#closed
    await once(this.#stream, 'drain', { signal }).catch(() => undefined)
  }

  /** Writes what is no text, for `--output -`. */
  async bytes(content: Uint8Array): Promise<void> {
    if (this.isClosed || this.#stream.write(content)) return
    const { signal } = this.#closed
    await once(this.#stream, 'drain', { signal }).catch(() => undefined)
  }

  async lines(texts: Iterable<string>): Promise<void> {
    for (const text of texts) {
      if (this.isClosed) return
      await this.line(text)
    }
  }
}
