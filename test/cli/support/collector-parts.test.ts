import t, { type Test } from 'tap'
import { collectorParts } from '#cli/support/collector-parts.ts'
import { PartError } from '#cli/support/limited-get.ts'
import type { Content } from '#cli/support/part.ts'
import { plainNames } from '#cli/support/pseudonyms.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { startServer } from '#test/fixtures/hostile-server.ts'
import { coverage } from '#test/fixtures/timeline-events.ts'

const options = { signal: new AbortController().signal, timeoutMs: 30_000, maxBytes: 1_000_000 }

/** What each part gives: its value, or why there is none. */
const read = async (url: string): Promise<Readonly<Record<string, unknown>>> => {
  const entries = collectorParts(url, plainNames, options).map(async ({ file, read }) => {
    const content = await read().catch((error: unknown) => error as Error)
    if (content instanceof Error) return [file, content] as const
    return [file, (content as Content & { kind: 'json' }).value] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

const answering = (t: Test, body: string, status = 200) =>
  startServer(t, (_, response) => response.writeHead(status).end(body))

t.test('a real collector answers every part', async (t) => {
  const { url, store } = await startApi(t)
  store.covered = [coverage()]
  const parts = await read(url)
  for (const [file, value] of Object.entries(parts)) t.notOk(value instanceof Error, file)
  t.match(parts['collector/status.json'], { version: '1.2.3', store: { state: 'ready' } })
  t.strictSame(parts['collector/coverage.json'], { coverage: [coverage()] })
  t.strictSame(parts['collector/findings.json'], { isAll: true, findings: [] })
})

t.test('findings and baselines are counted, not shown', async (t) => {
  const one = { rule: 'MF0101', severity: 'high', state: 'open', late: false, count: 3 }
  const hidden = { reason: 'curl', ancestry: [{ argv: ['--token', 'x'] }], namespace: 'payments' }
  const baseline = { state: 'locked', coverage: 'ebpf', lives: 4, workload: 'settle' }
  const item = { kind: 'exec', value: '/bin/secret', args: 'x' }
  const url = await answering(
    t,
    JSON.stringify({
      findings: [
        { ...one, ...hidden },
        { ...one, count: 2 },
        { ...one, state: 'resolved' },
      ],
      baselines: [{ ...baseline, items: [item, item], outside: [item] }],
      truncated: true,
    }),
  )
  const parts = await read(url)
  const counted = { rule: 'MF0101', severity: 'high', late: false }
  t.strictSame(parts['collector/findings.json'], {
    isAll: false,
    findings: [
      { ...counted, state: 'open', number: 2, occurrences: 5 },
      { ...counted, state: 'resolved', number: 1, occurrences: 3 },
    ],
  })
  t.strictSame(parts['collector/baselines.json'], {
    isAll: false,
    baselines: [{ state: 'locked', coverage: 'ebpf', number: 1, lives: 4, items: 2, outside: 1 }],
  })
})

t.test('each bad answer is a reason without what it said', async (t) => {
  const refusal = { error: { code: 'forbidden', message: 'alice may not read payments' } }
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['garbage', '<html>', 200, 'the answer is no JSON'],
    ['nothing', '', 200, 'the answer is no JSON'],
    ['null', 'null', 200, 'the answer is not that of a Mayfly collector'],
    ['a list', '[]', 200, 'the answer is not that of a Mayfly collector'],
    ['somebody else', '{"hello":"world"}', 200, 'the answer is not that of a Mayfly collector'],
    ['very deep', '['.repeat(100_000), 200, 'the answer is no JSON'],
    ['a refusal', JSON.stringify(refusal), 403, 'status 403 (forbidden)'],
    ['a refusal with a strange code', '{"error":{"code":"Bearer x"}}', 401, 'status 401'],
    ['a refusal with another form', '{"error":null}', 502, 'status 502'],
  ]
  for (const [name, body, status, reason] of cases) {
    const parts = await read(await answering(t, body, status))
    for (const value of Object.values(parts)) {
      t.type(value, PartError, name)
      t.equal((value as Error).message, reason, name)
    }
  }
})
