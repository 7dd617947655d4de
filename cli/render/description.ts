/** What the tree and the one-line form show of anything that is no process; made by event-parts.ts and connection-text.ts. */

export interface Description {
  /** In words, fit for a terminal. */
  readonly text: string
  /** What is remarkable about it. */
  readonly flags: readonly string[]
  /** How long it lasted, or has lasted so far; null where that is unknown or means nothing. */
  readonly lifeUs: number | null
  /** True for what somebody may want to look at. */
  readonly isBad: boolean
}
