/**
 * The part of ClickHouse's HTTP interface that @clickhouse/client uses, over a Unix socket that only this user can
 * open: `/ping`, and statements in `?query=` or the body, answered with a status, `X-ClickHouse-Exception-Code` and
 * ClickHouse's own error text. Settings as URL parameters are refused: they belong inside the statement.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { EngineError } from './sessions.ts'

/** Longest statement with its data that is read, bytes; inserts stay far below it. */
export const maxBodyBytes = 256 * 1024 * 1024
const keepAliveMs = 60_000

const parameters: ReadonlySet<string> = new Set(['query', 'database', 'query_id', 'default_format'])

export interface HttpSubsetOptions {
  readonly database: string
  /** Runs one statement and gives the answer's bytes. */
  run(sql: string): Promise<Uint8Array>
}

/** The server, not yet listening. */
export const createHttpSubset = (options: HttpSubsetOptions): Server => {
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error: unknown) => refuse(response, error))
  })
  server.keepAliveTimeout = keepAliveMs
  server.requestTimeout = 0
  return server
}

const handle = async (
  options: HttpSubsetOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://engine')
  if (url.pathname === '/ping') {
    response.end('Ok.\n')
    return
  }
  if (url.pathname !== '/')
    throw new EngineError(48, `No such path: ${url.pathname} (NOT_IMPLEMENTED)`)
  for (const name of url.searchParams.keys()) {
    if (!parameters.has(name)) {
      throw new EngineError(
        115,
        `Setting ${name} as a URL parameter: write it into the statement's SETTINGS (UNKNOWN_SETTING)`,
      )
    }
  }
  const database = url.searchParams.get('database') ?? options.database
  if (database !== options.database) {
    throw new EngineError(81, `Database ${database} does not exist (UNKNOWN_DATABASE)`)
  }
  const body = await readBody(request)
  const query = url.searchParams.get('query')
  const answer = await options.run(query === null ? body : statementWithData(query, body))
  response.setHeader('X-ClickHouse-Query-Id', url.searchParams.get('query_id') ?? '')
  response.setHeader('Content-Length', answer.byteLength)
  response.end(answer)
}

/**
 * The engine takes data after the statement's text, and takes a blank line for the end of that data: what follows would
 * run as SQL. No row of ours is blank, so a blank line is refused.
 */
export const statementWithData = (query: string, data: string): string => {
  if (data === '') return query
  if (data.startsWith('\n') || data.includes('\n\n')) {
    throw new EngineError(
      27,
      'A blank line inside inserted data (CANNOT_PARSE_INPUT_ASSERTION_FAILED)',
    )
  }
  return `${query}\n${data}`
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  let sizeBytes = 0
  for await (const part of request) {
    sizeBytes += part.length
    if (sizeBytes > maxBodyBytes) {
      throw new EngineError(307, `A statement of more than ${maxBodyBytes} bytes (TOO_MANY_BYTES)`)
    }
    parts.push(part)
  }
  return Buffer.concat(parts, sizeBytes).toString('utf8')
}

/** HTTP statuses as ClickHouse gives them; everything else is 500. */
const statuses: ReadonlyMap<number, number> = new Map([
  [27, 400],
  [36, 400],
  [47, 400],
  [48, 501],
  [60, 404],
  [62, 400],
  [81, 404],
  [115, 400],
  [159, 408],
  [202, 503],
  [307, 413],
])

const refuse = (response: ServerResponse, error: unknown): void => {
  const text = error instanceof Error ? error.message : String(error)
  const code = codeOf(error, text)
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.statusCode = statuses.get(code) ?? 500
  response.setHeader('X-ClickHouse-Exception-Code', code)
  response.end(text.startsWith('Code: ') ? text : `Code: ${code}. DB::Exception: ${text}`)
}

/** 1001 is ClickHouse's own code for an exception of no known kind (STD_EXCEPTION). */
const codeOf = (error: unknown, text: string): number => {
  if (error instanceof Error && 'clickhouseCode' in error) {
    const code = Number(error.clickhouseCode)
    if (Number.isSafeInteger(code) && code > 0) return code
  }
  const named = /^Code: (\d+)/.exec(text)
  return named === null ? 1001 : Number(named[1])
}
