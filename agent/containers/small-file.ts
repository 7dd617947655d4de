/**
 * Reads the small files that runtimes leave behind. Such a file may vanish at any moment, may be of any size, and may be no
 * file at all: a fifo or a device must not stop the agent.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** `missing` covers what vanished and what may not be read; both are ordinary. */
export type SmallFile =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'too_large' }

/** Reads at most `bytesMax` bytes of a regular file as UTF-8; never blocks and never throws. */
export const readSmallFile = (path: string, bytesMax: number): SmallFile => {
  let descriptor: number
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch {
    return { kind: 'missing' }
  }
  try {
    const status = fstatSync(descriptor)
    const size = status.size
    if (!status.isFile()) return { kind: 'missing' }
    if (size > bytesMax) return { kind: 'too_large' }
    const bytes = Buffer.allocUnsafe(size)
    let length = 0
    while (length < size) {
      const count = readSync(descriptor, bytes, length, size - length, null)
      if (count === 0) break
      length += count
    }
    return { kind: 'text', text: bytes.toString('utf8', 0, length) }
  } catch {
    return { kind: 'missing' }
  } finally {
    closeSync(descriptor)
  }
}
