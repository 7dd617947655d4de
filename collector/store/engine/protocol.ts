/** What the engine's child tells its parent over the IPC channel, and how it is started. */

/** Command line of the child, as one JSON argument. */
export interface ChildOptions {
  readonly dataDir: string
  readonly socketPath: string
  readonly database: string
  readonly memoryBytes: number
  readonly parentPid: number
}

/**
 * `ready`: listening. `absent`: the package is not installed or does not run here; starting again cannot help.
 * `failed`: the data directory could not be opened; it may be locked by a process that is about to end.
 */
export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'absent'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string }
