/** What a command gets from the process it runs in; only main.ts makes the real one, tests make their own. */
import { readAuthority } from '#base/authority.ts'
import type { Environment } from '#base/config.ts'
import { readToken } from '#base/token.ts'
import { Client } from './client.ts'
import type { ClientConfig } from './options.ts'
import type { Output } from './output.ts'
import { choosePaint } from './render/paint.ts'
import type { TableStyle } from './render/timeline.ts'

export interface Context {
  readonly env: Environment
  readonly output: Output
  /** For what is no answer: warnings and errors, a line each. */
  readonly complain: (line: string) => void
  /** Aborted when the command shall end. */
  readonly signal: AbortSignal
}

/** The collector to ask, with the token. Throws ConfigError. */
export const clientOf = (config: ClientConfig, { signal }: Context): Client =>
  new Client({
    collector: config.collector,
    token: readToken(config),
    authority: readAuthority(config.collectorCa),
    signal,
  })

/** How tables look here. */
export const tableStyle = (config: ClientConfig, { env, output }: Context): TableStyle => ({
  paint: choosePaint(config.color, output.isTerminal, env.NO_COLOR),
  width: config.wide ? Number.POSITIVE_INFINITY : output.width,
})
