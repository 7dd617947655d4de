import t from 'tap'
import { audit } from '#cli/commands/audit.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { auditRow } from '#test/fixtures/audit-rows.ts'
import { commandRun, outputOf } from '#test/fixtures/command-run.ts'

t.test('the ledger as a table, as an array of rows, and a row per line', async (t) => {
  const { url, store } = await startApi(t)
  store.auditList = [auditRow(), auditRow({ epoch: 2 })]
  const text = await outputOf(audit, { collector: url })
  t.match(text, /^ {2}EPOCH .*\nnode-1\n {2}45035996…/)
  t.match(text, /\ncomplete but for 60 events known to be lost; 20 still on their way\n$/)
  t.notMatch(text, 'SELECT')
  const rows = JSON.parse(await outputOf(audit, { collector: url, output: 'json' }))
  t.strictSame(rows, store.auditList)
  const lines = (await outputOf(audit, { collector: url, output: 'jsonl' })).trimEnd().split('\n')
  t.strictSame(
    lines.map((line) => JSON.parse(line)),
    store.auditList,
  )
  t.strictSame(
    store.audits.map(({ deep }) => deep),
    [false, false, false],
  )
})

t.test('a deep audit shows how anybody can count again, beside the rows if need be', async (t) => {
  const { url, store } = await startApi(t)
  store.auditList = [auditRow({ deep: { duplicates: 0, units: { exec: 900 } } })]
  const text = await outputOf(audit, { collector: url, deep: true })
  t.match(text, /\nevery row was counted: 900 exec .*\nby this query:\n {2}SELECT 1\n/)
  const run = commandRun()
  await audit({ collector: url, deep: true, output: 'json' }, run.context)
  t.strictSame(JSON.parse(run.text()), store.auditList)
  t.strictSame(run.complaints, ['counted with: SELECT 1'])
  t.strictSame(
    store.audits.map(({ deep }) => deep),
    [true, true],
  )
})

t.test('whatever is unaccounted for fails the command, after its answer', async (t) => {
  const { url, store } = await startApi(t)
  for (const [facts, message] of [
    [{ unaccounted: 1 }, 'audit: 1 event unaccounted for'],
    [{ unaccounted: -2 }, 'audit: 2 events more than were captured'],
    [
      { missingSeqs: 1, kernelUnaccounted: 5 },
      'audit: 1 sequence number missing, 5 kernel records unaccounted for',
    ],
  ] as const) {
    store.auditList = [auditRow(facts)]
    for (const output of ['table', 'json', 'jsonl']) {
      const run = commandRun()
      await t.rejects(audit({ collector: url, output }, run.context), {
        name: 'AuditError',
        message,
      })
      t.match(run.text(), output === 'table' ? 'not complete: ' : '"agent":')
    }
  }
  store.auditList = []
  t.match(await outputOf(audit, { collector: url }), /^Nothing to audit/)
})
