/** A ClickHouse client without a server: remembers its statements and answers as the test says. For readers and writers. */
import type { ClickHouseClient } from '@clickhouse/client'

/** The rows of a statement; throws what the server would answer instead. */
export type Answer = (statement: string) => readonly (readonly unknown[])[]

export interface StubClient {
  readonly client: ClickHouseClient
  /** Every statement, in order, with the data that came with it. */
  readonly statements: string[]
}

/** An error as @clickhouse/client makes it of an answer with an exception code. */
export const serverError = (code: number, message: string): Error =>
  Object.assign(new Error(message), { code: String(code) })

export const stubClient = (answer: Answer = () => []): StubClient => {
  const statements: string[] = []
  const run = (statement: string): readonly (readonly unknown[])[] => {
    statements.push(statement)
    return answer(statement)
  }
  const client = {
    query: async ({ query }: { query: string }) => {
      const rows = run(query)
      return { json: async () => rows }
    },
    command: async ({ query }: { query: string }) => {
      run(query)
    },
    exec: async ({ query, values }: { query: string; values: AsyncIterable<Buffer> }) => {
      const parts: Buffer[] = []
      for await (const part of values) parts.push(part)
      run(`${query}\n${Buffer.concat(parts).toString('utf8')}`)
      return { stream: { resume: () => {} } }
    },
  }
  return { client: client as unknown as ClickHouseClient, statements }
}
