/** How well a resource is followed, and why it had to be begun again; read by metrics and the API, which load no client. */

/** `starting`: never listed. `stale`: what is known may be out of date. `forbidden`: a right is missing. */
export const watchStates = ['starting', 'following', 'stale', 'forbidden'] as const
export type WatchState = (typeof watchStates)[number]

export const restartReasons = [
  'expired',
  'forbidden',
  'overloaded',
  'unreachable',
  'malformed',
  'silent',
  'failed',
] as const
export type RestartReason = (typeof restartReasons)[number]
