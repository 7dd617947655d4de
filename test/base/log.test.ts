import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import t from 'tap'
import { type LogLevel, logLevels, silentLog } from '#base/log.ts'

/** One line of each level from a process of its own, as its two streams show them. */
const logAll = (level: LogLevel) => {
  const script = `
    import { createLog } from ${JSON.stringify(resolve(import.meta.dirname, '../../base/log.ts'))}
    const log = createLog(${JSON.stringify(level)}, 'agent')
    for (const level of ['debug', 'info', 'warn', 'error'])
      log[level]({ code: 'x', text: 'two\\nlines \\u001b[31m' }, 'said at ' + level)`
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--no-warnings', '--eval', script],
    { encoding: 'utf8' },
  )
  const lines = stderr.split('\n').filter(Boolean)
  return { stdout, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

const cases: Readonly<Record<LogLevel, readonly string[]>> = {
  debug: ['debug', 'info', 'warn', 'error'],
  info: ['info', 'warn', 'error'],
  warn: ['warn', 'error'],
  error: ['error'],
  silent: [],
}

for (const level of logLevels)
  t.test(`at level ${level} only what is as severe is written`, async (t) => {
    const { stdout, lines } = logAll(level)
    t.equal(stdout, '', 'stdout belongs to the answer')
    t.strictSame(
      lines.map(({ msg }) => msg),
      cases[level].map((name) => `said at ${name}`),
    )
  })

t.test(
  'a line is one JSON object with time, part and facts, whatever the facts hold',
  async (t) => {
    const [line] = logAll('error').lines
    t.match(line, { part: 'agent', code: 'x', text: 'two\nlines \u001b[31m', level: 50 })
    t.match(line?.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  },
)

t.test('the silent log takes every level', async (t) => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    t.equal(silentLog[level]({}, 'nothing'), undefined)
})
