/**
 * Turns the kernel's running totals of drops into records of what is new, once each. What was reported is noted next to
 * the totals, in a pinned map, so that a restarted agent neither repeats nor forgets.
 *
 * Notes are written by commit(), after the report is safe. An agent killed in between has left an intent (loss-intent.ts), by
 * which the next one writes the note; without that file it reports the same drops again, never too few.
 */
import type { LossRecord } from '../record.ts'
import type { Libbpf } from './libbpf.ts'
import type { LossIntent } from './loss-intent.ts'
import type { DropsByKey } from './probe-handover.ts'
import type { Probe } from './probe-loader.ts'
import {
  type LossKey,
  type LossValue,
  lossKey,
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

/** What the ledger needs of a probe. */
export type LedgerProbe = Pick<Probe, 'maps' | 'meta' | 'programs'>

interface Report {
  readonly key: LossKey
  readonly counts: readonly number[]
}

export class LossLedger {
  readonly #libbpf: Libbpf
  readonly #probe: LedgerProbe
  /** Counts already returned, by key; as in the pinned map plus what waits for commit(). */
  readonly #returned = new Map<string, readonly number[]>()
  #uncommitted = new Map<string, Report>()
  /** Everything up to here was looked at: what is new happened later. */
  #reportedToNs: number

  constructor(libbpf: Libbpf, probe: LedgerProbe) {
    this.#libbpf = libbpf
    this.#probe = probe
    this.#reportedToNs = probe.meta.reportedToNs
  }

  /** What was lost since the last call: at most about `limit` records, more with the next call. */
  take(limit: number): readonly LossRecord[] {
    const nowNs = this.#libbpf.bootNowNs()
    const records: LossRecord[] = []
    for (const [key, value] of this.#found(nowNs)) {
      // What is left out happened before now: the time that was looked at must not move past it.
      if (records.length >= limit) return records
      records.push(...this.#news(key, value))
    }
    this.#reportedToNs = nowNs
    return records
  }

  /** All drops there were, reported or not. */
  drops(): DropsByKey {
    const found = this.#found(this.#libbpf.bootNowNs())
    return new Map(found.map(([key, value]) => [key.text, value.drops]))
  }

  /**
   * Another probe has followed this one at `untilNs`: drops from then on are no losses, and count as told. `then` is what drops() was at
   * that instant; without it, a key that dropped before and after is told whole, which is too many rather than too few.
   */
  endAt(untilNs: number, then: DropsByKey | undefined): void {
    for (const [key, value] of this.#found(this.#libbpf.bootNowNs())) {
      const before = this.#before(key)
      const counts = value.drops.map((drops, kind) => {
        const told = before[kind] ?? 0
        if (then !== undefined) return told + drops - (then.get(key.text)?.[kind] ?? 0)
        return (value.firstNs[kind] ?? 0) >= untilNs ? drops : told
      })
      if (counts.every((count, kind) => count === (before[kind] ?? 0))) continue
      this.#returned.set(key.text, counts)
      this.#uncommitted.set(key.text, { key, counts })
    }
  }

  #found(nowNs: number): readonly (readonly [LossKey, LossValue])[] {
    return [...readLosses(this.#libbpf, this.#probe.maps), this.#misses(nowNs)]
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

  /** What take() returned and commit() has not noted yet; undefined when there is nothing. */
  intent(): Pick<LossIntent, 'ringId' | 'reportedToNs' | 'entries'> | undefined {
    if (this.#uncommitted.size === 0) return undefined
    return {
      ringId: this.#probe.meta.ringId,
      reportedToNs: this.#reportedToNs,
      entries: [...this.#uncommitted.values()].map(({ key, counts }) => ({
        key: key.text,
        counts,
      })),
    }
  }

  /**
   * The agent before this one has told these: the next commit() notes it, each by the larger count. Counts only grow, so an intent
   * that is older than what is known does no harm. Call it before the first take().
   */
  noteTold(intent: Pick<LossIntent, 'reportedToNs' | 'entries'>): void {
    for (const entry of intent.entries) {
      const key = lossKey(Buffer.from(entry.key, 'hex'))
      const counts = this.#before(key).map((count, kind) =>
        Math.max(count, entry.counts[kind] ?? 0),
      )
      this.#returned.set(key.text, counts)
      this.#uncommitted.set(key.text, { key, counts })
    }
    this.#reportedToNs = Math.max(this.#reportedToNs, intent.reportedToNs)
  }

  /** The losses returned so far are safe. */
  commit(): void {
    if (this.#uncommitted.size === 0) return
    for (const { key, counts } of this.#uncommitted.values())
      writeReported(this.#libbpf, this.#probe.maps.reported, key, counts)
    this.#uncommitted = new Map()
    const { maps, meta } = this.#probe
    writeMeta(this.#libbpf, maps.meta, { ...meta, reportedToNs: this.#reportedToNs })
  }
}

const cgroupsOf = (key: LossKey): LossRecord['cgroups'] =>
  key.text === overflowKey.text || key.text === missesKey.text
    ? []
    : cgroupList(key.cgroupId, key.v1Hierarchy, key.v1CgroupId)
