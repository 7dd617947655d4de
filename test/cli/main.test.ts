/** The command as people meet it: exit statuses, one-line errors, help, pipes. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import t from 'tap'
import { startApi } from '#test/fixtures/api-server.ts'
import { auditRow } from '#test/fixtures/audit-rows.ts'
import { runMayfly } from '#test/fixtures/mayfly.ts'
import { exec } from '#test/fixtures/timeline-events.ts'

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  [
    'an unknown command',
    ['tmeline'],
    /^mayfly: unknown command 'tmeline' \(Did you mean timeline\?\); see mayfly --help\n$/,
  ],
  ['a command of a later version', ['replay'], /^mayfly: unknown command 'replay'/],
  ['an unknown flag', ['timeline', '--nope'], /^mayfly: unknown option '--nope'[^\n]*\n$/],
  ['a word too many', ['status', 'now'], /^mayfly: too many arguments[^\n]*\n$/],
  [
    'a flag without its value',
    ['timeline', '--pod'],
    /^mayfly: option '--pod <text>' argument missing[^\n]*\n$/,
  ],
  [
    'a wrong value',
    ['timeline', '--limit', 'many'],
    /^mayfly: --limit "many": write a whole number[^\n]*\n$/,
  ],
  [
    'a wrong value for a program',
    ['collector', '--retention', '3h'],
    /^mayfly: --retention "3h": write whole days[^\n]*\n$/,
  ],
  [
    'an open door without a token',
    ['collector', '--listen', ':0'],
    /^mayfly: --token-file: a token is required[^\n]*\n$/,
  ],
]
for (const [name, args, message] of wrong) {
  t.test(`${name} is one line and status 2`, async (t) => {
    const { code, errors, output } = await runMayfly(args)
    t.equal(code, 2)
    t.match(errors, message)
    t.equal(output, '')
  })
}

t.test('no command at all shows the help, status 2; --help is an answer, status 0', async (t) => {
  const bare = await runMayfly([])
  t.equal(bare.code, 2)
  t.match(bare.errors, /Usage: mayfly[\s\S]*timeline[\s\S]*status/)
  const asked = await runMayfly(['timeline', '--help'])
  t.equal(asked.code, 0)
  t.match(asked.output, /-n, --namespace <text>/)
  t.match(asked.output, /MAYFLY_COLLECTOR/)
})

t.test('an audit that does not add up is an answer, and status 1 with the reason', async (t) => {
  const { url, store } = await startApi(t)
  store.auditList = [auditRow()]
  const sound = await runMayfly(['audit', '--collector', url])
  t.strictSame([sound.code, sound.errors], [0, ''])
  store.auditList = [auditRow({ unaccounted: 3 })]
  const unsound = await runMayfly(['audit', '--collector', url, '-o', 'json'])
  t.equal(unsound.code, 1)
  t.equal(unsound.errors, 'mayfly: audit: 3 events unaccounted for\n')
  t.match(JSON.parse(unsound.output), [{ unaccounted: 3 }])
})

t.test('a collector that is not there is one line and status 1', async (t) => {
  const { url, close } = await startApi(t)
  await close()
  const { code, errors } = await runMayfly(['status', '--collector', url])
  t.equal(code, 1)
  t.match(errors, /^mayfly: collector [^\n]*ECONNREFUSED[^\n]*npm start[^\n]*\n$/)
})

t.test('a reader that leaves early is no error', async (t) => {
  const { url, store } = await startApi(t)
  store.timelineEvents = Array.from({ length: 5_000 }, (_, pid) => exec({ pid }))
  const launcher = join(resolve(import.meta.dirname, '../..'), 'cli/mayfly.mjs')
  // Asynchronous on purpose: the API answers from this very process.
  const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve) => {
    const command = `"${process.execPath}" "${launcher}" timeline -o jsonl --collector ${url} | head -n 2; echo "\${PIPESTATUS[0]}"`
    execFile('bash', ['-c', command], (_error, stdout, stderr) => resolve({ stdout, stderr }))
  })
  t.equal(stdout.split('\n').filter((line) => line.startsWith('{')).length, 2)
  t.match(stdout, /\n0\n$/)
  t.equal(stderr, 'not covered: no agent watched in this range\n')
})
