/**
 * Typed access to the probe's small maps; record.bpf.h and probe.bpf.c define them. Used once a second at most.
 */
import type { Libbpf } from './libbpf.ts'
import { recordKinds, type UntrackedName, untrackedNames } from './record-layout.ts'

const kindCount = recordKinds.length
const lossKeyBytes = 24
const lossValueBytes = 3 * kindCount * 8
const reportedBytes = kindCount * 8
const metaBytes = 8 * 8
const firstIndex = Buffer.alloc(4)

const readU64 = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at))

/** UDP and DNS: captured, not wanted, or wanted and refused by the kernel. */
export const packetStates = ['off', 'on', 'refused'] as const
export type PacketState = (typeof packetStates)[number]

/** What a pinned probe tells its next owner. */
export interface ProbeMeta {
  /** Random, 53 bits: a ring that is gone is never mistaken for this one. */
  readonly ringId: number
  /** CLOCK_BOOTTIME when the last hook was attached, ns. */
  readonly attachedNs: number
  /** First 48 bits of the object file's SHA-256. */
  readonly objectHash: number
  readonly ringSizeBytes: number
  /** CLOCK_BOOTTIME up to which losses were reported, ns. */
  readonly reportedToNs: number
  readonly packets: PacketState
  /** True when a probe before this one told of what was open at its start: then the bytes up to there are not told again. */
  readonly isReplacement: boolean
}

/** Written last: a folder of pins without it is the remains of a start that failed. */
const metaComplete = 0x6d6179666c79n

export const readMeta = (libbpf: Libbpf, fd: number): ProbeMeta | undefined => {
  const value = Buffer.alloc(metaBytes)
  if (!libbpf.lookup(fd, firstIndex, value)) return undefined
  const [complete, ringId, attachedNs, objectHash, ringSizeBytes, reportedToNs, packets, replaced] =
    new BigUint64Array(value.buffer, value.byteOffset, 8)
  if (complete !== metaComplete) return undefined
  return {
    ringId: Number(ringId),
    attachedNs: Number(attachedNs),
    objectHash: Number(objectHash),
    ringSizeBytes: Number(ringSizeBytes),
    reportedToNs: Number(reportedToNs),
    packets: packetStates[Number(packets)] ?? 'off',
    isReplacement: replaced !== 0n,
  }
}

export const writeMeta = (libbpf: Libbpf, fd: number, meta: ProbeMeta): void => {
  const value = Buffer.alloc(metaBytes)
  const numbers = [
    meta.ringId,
    meta.attachedNs,
    meta.objectHash,
    meta.ringSizeBytes,
    meta.reportedToNs,
    packetStates.indexOf(meta.packets),
    Number(meta.isReplacement),
  ]
  value.writeBigUInt64LE(metaComplete, 0)
  for (const [index, number] of numbers.entries())
    value.writeBigUInt64LE(BigInt(number), (index + 1) * 8)
  libbpf.update(fd, firstIndex, value)
}

export interface KindTotal {
  readonly attempts: number
  readonly drops: number
}

/** Since the ring was made, in the order of recordKinds. */
export const readTotals = (libbpf: Libbpf, fd: number): readonly KindTotal[] =>
  recordKinds.map((_, index) => {
    const key = Buffer.alloc(4)
    const value = Buffer.alloc(16)
    key.writeUInt32LE(index)
    libbpf.lookup(fd, key, value)
    return { attempts: readU64(value, 0), drops: readU64(value, 8) }
  })

/** struct loss_key as text, for maps in memory, and as fields. */
export interface LossKey {
  readonly bytes: Buffer
  readonly text: string
  readonly cgroupId: number
  readonly v1CgroupId: number
  readonly v1Hierarchy: number
}

export const lossKey = (bytes: Buffer): LossKey => ({
  bytes,
  text: bytes.toString('hex'),
  cgroupId: readU64(bytes, 0),
  v1CgroupId: readU64(bytes, 8),
  v1Hierarchy: bytes.readUInt32LE(16),
})

/** Keys of `reported` that stand for no cgroup; hierarchy numbers are far below. */
const specialKey = (number: number): LossKey => {
  const bytes = Buffer.alloc(lossKeyBytes)
  bytes.writeUInt32LE(number, 16)
  return lossKey(bytes)
}
export const overflowKey = specialKey(0xffffffff)
export const missesKey = specialKey(0xfffffffe)

/** Drops of one cgroup, in the order of recordKinds. */
export interface LossValue {
  readonly drops: readonly number[]
  readonly firstNs: readonly number[]
  readonly lastNs: readonly number[]
}

const lossValue = (bytes: Buffer): LossValue => {
  const column = (index: number): readonly number[] =>
    recordKinds.map((_, kind) => readU64(bytes, (index * kindCount + kind) * 8))
  return { drops: column(0), firstNs: column(1), lastNs: column(2) }
}

/** Drops by cgroup, and the shared remainder under overflowKey. */
export const readLosses = (
  libbpf: Libbpf,
  fds: { readonly losses: number; readonly overflow: number },
): readonly (readonly [LossKey, LossValue])[] => {
  const result: (readonly [LossKey, LossValue])[] = []
  const key = Buffer.alloc(lossKeyBytes)
  const value = Buffer.alloc(lossValueBytes)
  for (let more = libbpf.nextKey(fds.losses, undefined, key); more; ) {
    if (libbpf.lookup(fds.losses, key, value))
      result.push([lossKey(Buffer.from(key)), lossValue(value)])
    more = libbpf.nextKey(fds.losses, key, key)
  }
  if (libbpf.lookup(fds.overflow, firstIndex, value)) result.push([overflowKey, lossValue(value)])
  return result
}

/** What was reported for one key, in the order of recordKinds; zeros when nothing was. */
export const readReported = (libbpf: Libbpf, fd: number, key: LossKey): readonly number[] => {
  const value = Buffer.alloc(reportedBytes)
  libbpf.lookup(fd, key.bytes, value)
  return recordKinds.map((_, kind) => readU64(value, kind * 8))
}

export const writeReported = (
  libbpf: Libbpf,
  fd: number,
  key: LossKey,
  counts: readonly number[],
): void => {
  const value = Buffer.alloc(reportedBytes)
  for (const [kind, count] of counts.entries()) value.writeBigUInt64LE(BigInt(count), kind * 8)
  libbpf.update(fd, key.bytes, value)
}

/** What the kernel's maps of sockets and flows had no room for, since the probe was attached. */
export const readUntracked = (
  libbpf: Libbpf,
  fd: number,
): Readonly<Record<UntrackedName, number>> => {
  const key = Buffer.alloc(4)
  const value = Buffer.alloc(8)
  return Object.fromEntries(
    untrackedNames.map((name, index) => {
      key.writeUInt32LE(index)
      libbpf.lookup(fd, key, value)
      return [name, readU64(value, 0)]
    }),
  ) as Record<UntrackedName, number>
}
