import t from 'tap'
import { readConfig } from '#base/config.ts'
import { clientOf, tableStyle } from '#cli/context.ts'
import { clientFields } from '#cli/options.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { commandRun } from '#test/fixtures/command-run.ts'

t.test('the token of the settings reaches the collector', async (t) => {
  const { url } = await startApi(t, { token: 'abc' })
  const { context } = commandRun()
  const ask = (flags: Record<string, string>) =>
    clientOf(readConfig(clientFields, { collector: url, ...flags }, {}), context).get('agents')
  await t.rejects(ask({}), /a token is required/)
  await t.rejects(ask({ token: 'wrong' }), /the token is wrong/)
  t.strictSame(await ask({ token: 'abc' }), { agents: [] })
  t.throws(() => ask({ tokenFile: '/nowhere' }), /ENOENT/)
})

t.test('--wide means uncut, --color always means colours without a terminal', async (t) => {
  const { context } = commandRun()
  const style = (flags: Record<string, unknown>) =>
    tableStyle(readConfig(clientFields, flags, {}), context)
  t.equal(style({ wide: true }).width, Number.POSITIVE_INFINITY)
  t.match(style({ color: 'always' }).paint('bad', 'x'), '\x1b[31m')
  t.equal(style({}).paint('bad', 'x'), 'x')
})
