/**
 * Where batches go that could not be understood or stored, for a person to look at. Bounded by files and bytes: the newest are
 * dropped, because the first of a kind tells most. Best effort: losing one here changes no count.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '#base/log.ts'

export interface QuarantineOptions {
  /** Made when it is first needed; undefined keeps nothing. */
  readonly dir: string | undefined
  readonly log: Log
  /** 100 by default. */
  readonly maxFiles?: number
  /** 64 MiB by default. */
  readonly maxBytes?: number
}

export interface Poison {
  readonly agent: string
  readonly epoch: number
  readonly firstSeq: number
  /** As it came: the packed payload of a Batch. */
  readonly payload: Uint8Array
  readonly reason: string
}

const safeName = (text: string): string => text.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 60)

/** Keeps a batch if there is room; says once per batch what is wrong and where it is. */
export const quarantine = (
  { dir, log, maxFiles = 100, maxBytes = 64 * 1024 * 1024 }: QuarantineOptions,
  { agent, epoch, firstSeq, payload, reason }: Poison,
): void => {
  let path = ''
  try {
    if (dir !== undefined) {
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      const files = readdirSync(dir)
      const bytes = files.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
      if (files.length < maxFiles && bytes + payload.length <= maxBytes) {
        // Names of agents may differ only in what safeName drops.
        const digest = createHash('sha256').update(agent).digest('hex').slice(0, 8)
        path = join(dir, `${safeName(agent)}-${digest}-${epoch}-${firstSeq}.zst`)
        writeFileSync(path, payload)
      }
    }
  } catch (error) {
    log.warn({ dir, error: (error as Error).message }, 'ingest: quarantine cannot be written')
  }
  log.warn(
    { agent, epoch, firstSeq, reason, path },
    'ingest: a batch cannot be taken and is replaced by a gap',
  )
}
