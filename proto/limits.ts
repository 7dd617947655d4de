/**
 * Every size and count that either end of the wire accepts, in one place. Codec, spool, uplink and ingest import them;
 * whatever exceeds one becomes a CodecError or a clear close code and a counter, never a crash. docs/wire.md explains them.
 */

/** Version of the frames and their order. A collector refuses what it does not know with `version`. */
export const protocolVersion = 1
/** The oldest version that this program speaks as well: one behind, once there is one. */
export const oldestProtocolVersion = 1

const kib = 1024
const mib = 1024 * kib

export const limits = {
  /** One WebSocket message: room for a batch of hardly compressible events of the largest kind. */
  frameBytes: 4 * mib,
  /** A batch after unpacking; zstd stops there, so a bomb costs no more memory than this. */
  batchRawBytes: 16 * mib,
  /** One encoded chunk, and so one record of the spool. Two of them compressed badly still fit one batch. */
  chunkBytes: 4 * mib,
  /** Chunks in a batch: a quiet node makes chunks of one event. */
  chunksPerBatch: 16_384,
  /** Events in a chunk; a drain of 50 ms at the highest rate measured (50,000/s) has 2,500. */
  eventsPerChunk: 65_536,
  /** Events in a batch, which is also the most that one poison batch can cost. */
  eventsPerBatch: 131_072,
  /** Distinct texts in a chunk. */
  stringsPerChunk: 262_144,
  /** Distinct processes, namespace sets, credentials or programs in a chunk, each. */
  referencesPerChunk: 262_144,
  /** One text, UTF-8 bytes: twice MAX_ARG_STRLEN (128 KiB), for an argument that needed escaping. */
  stringBytes: 256 * kib,
  /** Arguments of one exec: more than 4 KiB of one-byte arguments, less than an attack. */
  argvElements: 16_384,
  /** Elements of other lists of one event: DNS answers, labels, pod addresses. */
  listElements: 4_096,
  /** Texts of a Hello or Status, UTF-8 bytes each. */
  frameStringBytes: 1_024,
  /** Sources in a Status, capabilities in a Hello. */
  frameListElements: 32,
} as const

/** Greatest values of the narrow number fields; all are whole and not negative. */
export const ranges = {
  port: 0xffff,
  /** st_mode is a umode_t. */
  fileMode: 0xffff,
  signal: 0xff,
  stdioSockets: 7,
  argvRedacted: 0xffff,
  u32: 0xffff_ffff,
  /** Sequence numbers, epochs and wall times stay exact in a double. */
  exact: Number.MAX_SAFE_INTEGER,
  /** The greatest double below 2^64. */
  u64: 2 ** 64 - 2 ** 11,
} as const
