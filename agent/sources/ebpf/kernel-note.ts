/**
 * What the kernel remembers for the next agent beside the ring: the last number that this one gave to an event. It stands in a map of
 * its own, pinned beside the probes and unknown to them, so that it outlives both agents and probes, and no disk. Used by
 * the source; the agent's main compares it with what the spool has.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Libbpf } from './libbpf.ts'
import { noteFolder, type PinPlace } from './probe-pins.ts'

/** The end of an epoch as it was given out; 0 and 0 for none. */
export interface GivenSeq {
  readonly epoch: number
  readonly seq: number
}

/** BPF_MAP_TYPE_ARRAY, include/uapi/linux/bpf.h. */
const arrayMap = 2
const valueBytes = 16
const firstIndex = Buffer.alloc(4)

export class KernelNote {
  readonly #libbpf: Libbpf
  readonly #fd: number
  readonly #value = Buffer.alloc(valueBytes)

  private constructor(libbpf: Libbpf, fd: number) {
    this.#libbpf = libbpf
    this.#fd = fd
  }

  /** The pinned note, made if it is not there. The caller holds the lock of `place`. Throws LibbpfError and the system's errors. */
  static open(libbpf: Libbpf, place: PinPlace): KernelNote {
    const folder = noteFolder(place)
    if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
    const path = join(folder, 'given')
    const pinned = libbpf.pinned(path)
    if (pinned !== undefined) return new KernelNote(libbpf, pinned)
    const fd = libbpf.createMap(arrayMap, 'mayfly_given', firstIndex.length, valueBytes, 1)
    libbpf.pinFd(fd, path)
    return new KernelNote(libbpf, fd)
  }

  get fd(): number {
    return this.#fd
  }

  read(): GivenSeq {
    this.#libbpf.lookup(this.#fd, firstIndex, this.#value)
    return {
      epoch: Number(this.#value.readBigUInt64LE(0)),
      seq: Number(this.#value.readBigUInt64LE(8)),
    }
  }

  write({ epoch, seq }: GivenSeq): void {
    this.#value.writeBigUInt64LE(BigInt(epoch), 0)
    this.#value.writeBigUInt64LE(BigInt(seq), 8)
    this.#libbpf.update(this.#fd, firstIndex, this.#value)
  }
}
