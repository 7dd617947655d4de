/**
 * Turns the kernel's running totals of drops into records of what is new, once each. What was reported is noted next to
 * the totals, in a pinned map, so that a restarted agent neither repeats nor forgets.
 *
 * Notes are written by commit(), after the report is safe: an agent killed in between reports the same drops again,
 * never too few.
 */
import type { LossRecord } from '../record.ts'
import type { Libbpf } from './libbpf.ts'
import type { Probe } from './probe-loader.ts'
import {
  type LossKey,
  type LossValue,
  missesKey,
  overflowKey,
  readLosses,
  readReported,
  writeMeta,
  writeReported,
} from './probe-maps.ts'
import { hookKinds } from './probe-parts.ts'
import { cgroupList } from './record-decoder.ts'
import { recordKinds } from './record-layout.ts'

interface Report {
  readonly key: LossKey
  readonly counts: readonly number[]
}

export class LossLedger {
  readonly #libbpf: Libbpf
  readonly #probe: Probe
  /** Counts already returned, by key; as in the pinned map plus what waits for commit(). */
  readonly #returned = new Map<string, readonly number[]>()
  #uncommitted = new Map<string, Report>()
  /** Everything up to here was looked at: what is new happened later. */
  #reportedToNs: number

  constructor(libbpf: Libbpf, probe: Probe) {
    this.#libbpf = libbpf
    this.#probe = probe
    this.#reportedToNs = probe.meta.reportedToNs
  }

  /** What was lost since the last call. */
  take(): readonly LossRecord[] {
    const nowNs = this.#libbpf.bootNowNs()
    const found = [...readLosses(this.#libbpf, this.#probe.maps), this.#misses(nowNs)]
    const records = found.flatMap(([key, value]) => this.#news(key, value))
    this.#reportedToNs = nowNs
    return records
  }

  #news(key: LossKey, value: LossValue): readonly LossRecord[] {
    const before = this.#before(key)
    const fresh = recordKinds.flatMap((lostKind, kind): readonly LossRecord[] => {
      const count = (value.drops[kind] ?? 0) - (before[kind] ?? 0)
      if (count <= 0) return []
      const fromNs = Math.max(value.firstNs[kind] ?? 0, this.#reportedToNs)
      const toNs = Math.max(value.lastNs[kind] ?? 0, fromNs)
      return [{ kind: 'loss', cgroups: cgroupsOf(key), lostKind, count, fromNs, toNs }]
    })
    if (fresh.length > 0) {
      this.#returned.set(key.text, value.drops)
      this.#uncommitted.set(key.text, { key, counts: value.drops })
    }
    return fresh
  }

  #before(key: LossKey): readonly number[] {
    const known = this.#returned.get(key.text)
    if (known !== undefined) return known
    const counts = readReported(this.#libbpf, this.#probe.maps.reported, key)
    this.#returned.set(key.text, counts)
    return counts
  }

  /** Runs the kernel skipped because the hook already ran on that CPU: nothing is known of them but their number. */
  #misses(nowNs: number): readonly [LossKey, LossValue] {
    const drops = this.misses()
    return [
      missesKey,
      { drops, firstNs: drops.map(() => this.#reportedToNs), lastNs: drops.map(() => nowNs) },
    ]
  }

  /** Skipped runs since the hooks were attached, in the order of recordKinds. */
  misses(): readonly number[] {
    const drops = recordKinds.map(() => 0)
    for (const [name, kind] of hookKinds) {
      const index = recordKinds.indexOf(kind)
      const missed = this.#libbpf.missesOfProgram(this.#probe.programs[name])
      drops[index] = (drops[index] ?? 0) + missed
    }
    return drops
  }

  /** The losses returned so far are safe. */
  commit(): void {
    if (this.#uncommitted.size === 0) return
    const { maps, meta } = this.#probe
    for (const { key, counts } of this.#uncommitted.values())
      writeReported(this.#libbpf, maps.reported, key, counts)
    this.#uncommitted = new Map()
    writeMeta(this.#libbpf, maps.meta, { ...meta, reportedToNs: this.#reportedToNs })
  }
}

const cgroupsOf = (key: LossKey): LossRecord['cgroups'] =>
  key.text === overflowKey.text || key.text === missesKey.text
    ? []
    : cgroupList(key.cgroupId, key.v1Hierarchy, key.v1CgroupId)
