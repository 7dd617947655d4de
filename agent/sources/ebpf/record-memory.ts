/** The memory records lie in, and how numbers are read from it without making objects. Shared by the decoders. */

/** The same memory twice; `words` for what is aligned, `bytes` for text. */
export interface RecordMemory {
  readonly words: Uint32Array
  readonly bytes: Buffer
}

const two32 = 2 ** 32

/** The 32-bit word at byte `at`, a multiple of four. */
export const u32 = (words: Uint32Array, at: number): number => words[at >> 2] as number

/** The 64-bit number at byte `at`; beyond 2^53 the nearest double. */
export const u64 = (words: Uint32Array, at: number): number =>
  (words[(at >> 2) + 1] as number) * two32 + (words[at >> 2] as number)

/** The 16-bit number at byte `at`, little-endian as on every machine the probe is built for. */
export const u16 = (bytes: Buffer, at: number): number =>
  (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
