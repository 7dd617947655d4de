/**
 * Bytes to values and back: the only importer of generated code. The agent encodes chunks into its spool and frames onto
 * the socket; the collector decodes both. Rules: encode then decode gives the same value; whatever arrives, the outcome is a
 * value within proto/limits.ts or a CodecError, in time and memory bounded by those limits.
 */
import './long-off.ts'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import protobuf from 'protobufjs/minimal.js'
import { ChunkReader } from './chunk-reader.ts'
import { ChunkWriter } from './chunk-writer.ts'
import { atMost, CodecError, whole } from './codec-error.ts'
import type { Chunk } from './event.ts'
import { eventFromWire } from './event-from-wire.ts'
import { eventToWire, wallOffsetUs } from './event-to-wire.ts'
import type { Frame } from './frame.ts'
import { frameFromWire, frameToWire } from './frame-wire.ts'
import { mayfly } from './gen/mayfly.js'
import { limits, ranges } from './limits.ts'

export { CodecError, type CodecErrorCode } from './codec-error.ts'

/** The messages of the generated code that other files of this folder translate; types only. */
export interface Wire {
  readonly Chunk: mayfly.v1.Chunk
  readonly ProcessKey: mayfly.v1.ProcessKey
  readonly Namespaces: mayfly.v1.Namespaces
  readonly Credentials: mayfly.v1.Credentials
  readonly FileKey: mayfly.v1.FileKey
  readonly Program: mayfly.v1.Program
  readonly Event: WireEvent
  readonly Exec: mayfly.v1.Exec
  readonly Exit: mayfly.v1.Exit
  readonly Endpoint: mayfly.v1.Endpoint
  readonly Connection: mayfly.v1.Connection
  readonly Connect: mayfly.v1.Connect
  readonly Close: mayfly.v1.Close
  readonly Listen: mayfly.v1.Listen
  readonly Dns: mayfly.v1.Dns
  readonly Container: mayfly.v1.Container
  readonly Gap: mayfly.v1.Gap
  readonly Pod: mayfly.v1.Pod
  readonly Frame: mayfly.v1.Frame.$Properties
}

type WireKind =
  | 'exec'
  | 'exit'
  | 'connect'
  | 'accept'
  | 'close'
  | 'listen'
  | 'dns'
  | 'container'
  | 'gap'
  | 'pod'
  | 'file'
  | 'coverage'

/** The part of an Event message that says what it is. */
export type WireBody = Partial<Pick<mayfly.v1.Event, WireKind>>

type WireEvent = Omit<mayfly.v1.Event, WireKind | 'kind'> & WireBody

const chunkField = {
  strings: 6,
  processes: 7,
  namespaces: 8,
  credentials: 9,
  programs: 10,
  events: 11,
} as const

/** Tag of ChunkList.chunks: field 1, length-delimited. */
const chunkListTag = (1 << 3) | 2

/** Encoded form of a chunk, as spooled and sent. Throws CodecError for what exceeds a limit or range. */
export const encodeChunk = (chunk: Chunk): Uint8Array => {
  atMost(chunk.events.length, limits.eventsPerChunk, 'events of a chunk')
  const tables = new ChunkWriter()
  const first = chunk.events[0]
  const offsetUs = first === undefined ? 0 : wallOffsetUs(first)
  // Beyond 2^53 (285 years of uptime) there is no exact offset; times are then sent as they are.
  const base = { bootNs: 0, wallOffsetUs: Number.isSafeInteger(offsetUs) ? offsetUs : 0 }
  const message = {
    firstSeq: whole(chunk.firstSeq, ranges.exact, 'firstSeq'),
    boot: chunk.boot,
    ringId: whole(chunk.ringId, ranges.u64, 'ringId'),
    ringPosition: whole(chunk.ringPosition, ranges.u64, 'ringPosition'),
    wallOffsetUs: base.wallOffsetUs,
    events: chunk.events.map((event) => eventToWire(tables, event, base)),
    strings: tables.strings,
    processes: tables.processes,
    namespaces: tables.namespaces,
    credentials: tables.credentials,
    programs: tables.programs,
  }
  const bytes = mayfly.v1.Chunk.encode(message as mayfly.v1.Chunk.$Properties).finish()
  atMost(bytes.length, limits.chunkBytes, 'bytes of a chunk')
  return bytes
}

/** Runs a decoder and turns whatever protobufjs throws into a CodecError. */
const decoding = <T>(what: string, decode: () => T): T => {
  try {
    return decode()
  } catch (error) {
    if (error instanceof CodecError) throw error
    throw new CodecError('malformed', `not a ${what}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/**
 * Counts the elements of a chunk's tables before any of them is built, so that a few megabytes of empty elements cannot
 * become gigabytes of objects.
 */
const checkCounts = (bytes: Buffer): void => {
  const counts = new Array<number>(16).fill(0)
  const reader = protobuf.Reader.create(bytes)
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    const field = tag >>> 3
    if (field < counts.length) counts[field] = (counts[field] ?? 0) + 1
    const isString = field === chunkField.strings && (tag & 7) === 2
    const before = reader.pos
    reader.skipType(tag & 7)
    if (isString) atMost(reader.pos - before, limits.stringBytes + 5, 'bytes of a string')
  }
  atMost(counts[chunkField.strings] ?? 0, limits.stringsPerChunk, 'strings of a chunk')
  atMost(counts[chunkField.events] ?? 0, limits.eventsPerChunk, 'events of a chunk')
  for (const table of ['processes', 'namespaces', 'credentials', 'programs'] as const)
    atMost(counts[chunkField[table]] ?? 0, limits.referencesPerChunk, `${table} of a chunk`)
}

/** protobufjs reads text much faster from a Buffer than from a bare Uint8Array. */
const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The chunk that encodeChunk was given. Throws CodecError only. */
export const decodeChunk = (bytes: Uint8Array): Chunk => {
  atMost(bytes.length, limits.chunkBytes, 'bytes of a chunk')
  return decoding('chunk', () => {
    const buffer = asBuffer(bytes)
    checkCounts(buffer)
    const message = mayfly.v1.Chunk.decode(buffer)
    const tables = new ChunkReader(message)
    const base = { bootNs: 0, wallOffsetUs: message.wallOffsetUs }
    return {
      firstSeq: whole(message.firstSeq, ranges.exact, 'firstSeq'),
      boot: message.boot,
      ringId: whole(message.ringId, ranges.u64, 'ringId'),
      ringPosition: whole(message.ringPosition, ranges.u64, 'ringPosition'),
      events: message.events.map((event) => eventFromWire(tables, event as WireEvent, base)),
    }
  })
}

/** Puts encoded chunks together into the raw payload of a Batch, without decoding them. */
export const encodeChunkList = (chunks: readonly Uint8Array[]): Uint8Array => {
  const writer = protobuf.Writer.create()
  for (const chunk of chunks) writer.uint32(chunkListTag).bytes(chunk)
  return writer.finish()
}

/** The encoded chunks of a raw payload. Throws CodecError only. */
export const splitChunkList = (raw: Uint8Array): readonly Uint8Array[] =>
  decoding('chunk list', () => {
    atMost(raw.length, limits.batchRawBytes, 'raw bytes of a batch')
    const chunks: Uint8Array[] = []
    const reader = protobuf.Reader.create(asBuffer(raw))
    while (reader.pos < reader.len) {
      const tag = reader.uint32()
      if (tag !== chunkListTag) throw new CodecError('malformed', `chunk list: unknown tag ${tag}`)
      chunks.push(reader.bytes())
      atMost(chunks.length, limits.chunksPerBatch, 'chunks of a batch')
    }
    return chunks
  })

/**
 * True when a chunk may begin beyond the expected sequence number: its first event is a gap that owns up to every number
 * left out and to its own, so that the sequence stays provable.
 */
export const coversJump = (chunk: Chunk, expectedSeq: number): boolean => {
  const [first] = chunk.events
  return first?.kind === 'gap' && first.replaces >= chunk.firstSeq - expectedSeq + 1
}

/**
 * The chunks of a raw payload. Throws CodecError when anything is wrong with it, and also when the chunks do not cover the
 * sequence numbers from firstSeq on, `count` in all, each following the one before or jumping to a gap that owns up to it.
 */
export const decodeChunkList = (
  raw: Uint8Array,
  { firstSeq, count }: { readonly firstSeq: number; readonly count: number },
): readonly Chunk[] => {
  let nextSeq = firstSeq
  let events = 0
  const chunks = splitChunkList(raw).map((bytes) => {
    const chunk = decodeChunk(bytes)
    if (chunk.firstSeq !== nextSeq && !(chunk.firstSeq > nextSeq && coversJump(chunk, nextSeq)))
      throw new CodecError('malformed', `chunk begins at ${chunk.firstSeq} instead of ${nextSeq}`)
    events += chunk.events.length
    atMost(events, limits.eventsPerBatch, 'events of a batch')
    nextSeq = chunk.firstSeq + chunk.events.length
    return chunk
  })
  if (nextSeq - firstSeq !== count)
    throw new CodecError('malformed', `batch announces ${count} numbers, has ${nextSeq - firstSeq}`)
  return chunks
}

/** zstd at its default level. */
export const compress = (raw: Uint8Array): Uint8Array => zstdCompressSync(raw)

/** Unpacks to exactly rawBytes; CodecError `decompress` or `limit` otherwise. */
export const decompress = (packed: Uint8Array, rawBytes: number): Uint8Array => {
  atMost(rawBytes, limits.batchRawBytes, 'raw bytes of a batch')
  let raw: Uint8Array
  try {
    // zlib refuses 0 as a maximum; an empty result still has to match below.
    raw = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, rawBytes) })
  } catch (error) {
    throw new CodecError('decompress', `payload does not unpack: ${(error as Error).message}`, {
      cause: error,
    })
  }
  if (raw.length === rawBytes) return raw
  throw new CodecError('decompress', `payload unpacks to ${raw.length} bytes, not ${rawBytes}`)
}

/** One WebSocket message. Throws CodecError for what exceeds a limit or range. */
export const encodeFrame = (frame: Frame): Uint8Array => {
  const bytes = mayfly.v1.Frame.encode(frameToWire(frame)).finish()
  atMost(bytes.length, limits.frameBytes, 'bytes of a frame')
  return bytes
}

/** The frame of one WebSocket message. Throws CodecError only. */
export const decodeFrame = (bytes: Uint8Array): Frame => {
  atMost(bytes.length, limits.frameBytes, 'bytes of a frame')
  return decoding('frame', () => frameFromWire(mayfly.v1.Frame.decode(asBuffer(bytes))))
}
