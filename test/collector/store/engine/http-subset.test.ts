import { request } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { createHttpSubset, statementWithData } from '#collector/store/engine/http-subset.ts'
import { EngineError } from '#collector/store/engine/sessions.ts'
import { temporaryDirectory } from '../fixtures.ts'

interface Answer {
  readonly status: number | undefined
  readonly code: string | string[] | undefined
  readonly text: string
}

t.test('the HTTP interface, without an engine behind it', async (t) => {
  const socketPath = join(temporaryDirectory(t), 's')
  const seen: string[] = []
  const server = createHttpSubset({
    database: 'mayfly',
    run: async (sql) => {
      seen.push(sql)
      if (sql === 'known') throw new EngineError(60, 'Table x does not exist')
      if (sql === 'chdb') throw Object.assign(new Error('Code: 27. DB::Exception: no'), {})
      if (sql === 'unknown') throw new Error('boom')
      return Buffer.from(`ran ${sql}`)
    },
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  t.teardown(() => server.close())

  const send = (path: string, body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({ socketPath, path, method: 'POST' }, (response) => {
        let text = ''
        response.on('data', (part: Buffer) => {
          text += part.toString()
        })
        response.on('end', () => {
          const code = response.headers['x-clickhouse-exception-code']
          resolve({ status: response.statusCode, code, text })
        })
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })

  for (const [what, path, body, answer] of [
    ['a ping', '/ping', '', { status: 200, text: 'Ok.\n' }],
    [
      'a statement in the body',
      '/?database=mayfly',
      'SELECT 1',
      { status: 200, text: 'ran SELECT 1' },
    ],
    [
      'a statement with data',
      '/?query=INSERT',
      'row\n',
      { status: 200, text: 'ran INSERT\nrow\n' },
    ],
    [
      'an error with a code',
      '/',
      'known',
      { status: 404, code: '60', text: 'Code: 60. DB::Exception: Table x does not exist' },
    ],
    [
      "the engine's own text",
      '/',
      'chdb',
      { status: 400, code: '27', text: 'Code: 27. DB::Exception: no' },
    ],
    [
      'an error without a code',
      '/',
      'unknown',
      { status: 500, code: '1001', text: 'Code: 1001. DB::Exception: boom' },
    ],
    ['another path', '/play', '', { status: 501, code: '48' }],
    ['another database', '/?database=system', 'SELECT 1', { status: 404, code: '81' }],
    ['a setting', '/?max_threads=1', 'SELECT 1', { status: 400, code: '115' }],
    ['a query parameter', '/?param_a=1', 'SELECT {a:Int8}', { status: 400, code: '115' }],
  ] as const) {
    await t.test(what, async (t) => {
      t.match(await send(path, body), answer)
    })
  }
  t.notOk(seen.includes('SELECT {a:Int8}'), 'nothing refused was run')
})

t.test(
  'data with a blank line, which would end it and run the rest as SQL, is refused',
  async (t) => {
    for (const data of ['\nDROP TABLE x', 'a\n\nDROP TABLE x', 'a\tb\n\n']) {
      t.throws(() => statementWithData('INSERT INTO x FORMAT TabSeparated', data), {
        message: /blank line/,
      })
    }
    t.equal(statementWithData('I', 'a\nb\n'), 'I\na\nb\n')
  },
)
