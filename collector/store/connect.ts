/** The two ways to a ClickHouse: the embedded engine's socket, and a server's URL. Same client, same SQL. */
import type { Agent } from 'node:http'
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { StoreError } from './errors.ts'

/** Longer than any statement's own time limit, so that the engine's answer always comes first. */
const requestTimeoutMs = 180_000

/** The embedded engine's only database. */
export const embeddedDatabase = 'mayfly'

const silent = { log: { level: ClickHouseLogLevel.OFF } } as const

/** A client whose every request goes through the agent, to the embedded engine. */
export const embeddedClient = (agent: Agent): ClickHouseClient =>
  createClient({
    url: 'http://engine',
    database: embeddedDatabase,
    http_agent: agent,
    set_basic_auth_header: false,
    request_timeout: requestTimeoutMs,
    ...silent,
  })

/** A server as `--store-url` names it. */
export interface ServerPlace {
  readonly url: string
  readonly username: string
  readonly password: string
  readonly database: string
  /** The URL without credentials, for messages. */
  readonly place: string
}

/** `http://user:pass@host:8123/db`; throws StoreError `bad_query` that names what is wrong. */
export const parseStoreUrl = (text: string): ServerPlace => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new StoreError('bad_query', '--store-url: write http://user:password@host:8123/database')
  }
  const username = decoded(url.username)
  const password = decoded(url.password)
  if (username === undefined || password === undefined) {
    throw new StoreError('bad_query', '--store-url: write a % in the user or password as %25')
  }
  const database = url.pathname.slice(1) || 'default'
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(database)) {
    throw new StoreError(
      'bad_query',
      `--store-url: ${JSON.stringify(database)} is no database name`,
    )
  }
  return {
    url: url.origin,
    username: username || 'default',
    password,
    database,
    place: `${url.origin}/${database}`,
  }
}

/** Percent-decoded text; undefined where it is not validly encoded. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** A client for a ClickHouse server. */
export const serverClient = (server: ServerPlace): ClickHouseClient =>
  createClient({
    url: server.url,
    username: server.username,
    password: server.password,
    database: server.database,
    request_timeout: requestTimeoutMs,
    max_open_connections: 16,
    ...silent,
  })
