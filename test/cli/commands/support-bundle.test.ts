import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { agentFields } from '#agent/config.ts'
import { supportBundle, supportBundleFields } from '#cli/commands/support-bundle.ts'
import { collectorFields } from '#collector/config.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { commandRun } from '#test/fixtures/command-run.ts'
import { endless, startServer } from '#test/fixtures/hostile-server.ts'
import { plantedSecrets } from '#test/fixtures/planted-secrets.ts'
import { readArchive } from '#test/fixtures/read-archive.ts'

const token = 'swordfish-42'

/** Everything that a collector or an agent can say, with secrets in each place that can hold one. */
const talkative = (text: string): RequestListener => {
  const texts = { detail: text, last: text, argv: [text], env: { A: text }, labels: { a: text } }
  const words = { version: text, state: text, name: text, resource: text, kernel: text }
  const one = { ...texts, ...words, ...{ rule: text, severity: text, reason: text } }
  const places = { node: 'node-1', agent: 'node-1', namespace: 'payments', workload: 'settle' }
  const row = { ...one, ...places, sources: [one], ancestry: [one], gapsByReason: { [text]: 1 } }
  const answer = {
    ...{ ...one, store: one, quarantine: one, startedAt: text },
    cluster: { nodes: 1, watches: [one], nodesWithoutAgent: ['node-2'] },
    ...{ agents: [row], coverage: [row], events: [row], rows: [row], query: text },
    ...{ findings: [row], baselines: [{ ...row, items: [one] }], truncated: false },
    error: { code: text, message: text },
  }
  const label = JSON.stringify(text)
  const metrics = [
    `# HELP mayfly_x ${text}`,
    'mayfly_x{namespace="payments",workload="settle",node="node-1"} 1',
    `mayfly_y{reason=${label}} 1`,
    `mayfly_z{${text}="a"} 1`,
    text,
    '',
  ].join('\n')
  return ({ url }, response) => {
    if (url?.startsWith('/api/')) response.end(JSON.stringify(answer))
    else response.end(url === '/metrics' ? metrics : `${text} at node-1, 10.1.2.3`)
  }
}

/** A directory of rules, and a host, that repeat the text. */
const hostOf = (t: Test, text: string) => {
  const root = t.testdir({
    proc: { version: `Linux ${text}`, self: { mountinfo: '', status: `CapEff:\t${text}` } },
    etc: { 'os-release': `PRETTY_NAME="${text}"` },
    rules: {
      'mine.yaml': `rules:\n  - id: ${JSON.stringify(text)}\n    ${JSON.stringify(text)}: 1\n`,
    },
  })
  return { root, rules: join(root, 'rules'), output: join(root, 'bundle.tar.gz') }
}

const bundleOf = async (path: string) => {
  const files = await readArchive(readFileSync(path))
  return Object.fromEntries(Object.entries(files).map(([name, { text }]) => [name, text]))
}

const everyPart = [
  ...['about.json', 'agent/health.json', 'agent/metrics.txt', 'collector/agents.json'],
  ...['collector/audit.json', 'collector/baselines.json', 'collector/coverage.json'],
  ...['collector/findings.json', 'collector/health.json', 'collector/metrics-health.json'],
  ...['collector/metrics.txt', 'collector/status.json', 'host.json', 'rules.json'],
]

t.test('secrets planted in every source are in no part of the bundle', async (t) => {
  for (const { kind, text, secret } of plantedSecrets) {
    const { root, rules, output } = hostOf(t, `${text} and ${token}`)
    const url = await startServer(t, talkative(`${text} and ${token}`))
    const run = commandRun({ MAYFLY_TOKEN: token })
    const flags = { collector: url, collectorMetrics: url, agentMetrics: url, rules, output }
    await supportBundle(flags, run.context, { root })
    const files = await bundleOf(output)
    t.strictSame(Object.keys(files).sort(), everyPart, kind)
    const shown = JSON.stringify(files) + run.text() + run.complaints.join()
    for (const hidden of [secret, JSON.stringify(secret).slice(1, -1), token])
      t.notOk(
        shown.includes(hidden),
        `${kind}: ${shown.slice(shown.indexOf(hidden) - 80).slice(0, 200)}`,
      )
    t.ok(JSON.parse(files['about.json'] ?? '').secretsRemoved > 0, 'something was there to remove')
    for (const [name, content] of Object.entries(files))
      if (name.endsWith('.json')) t.ok(JSON.parse(content), `${name} is JSON`)
  }
})

t.test('what was executed, its environment and labels of pods are never in it', async (t) => {
  const { root, output } = hostOf(t, 'plain')
  const url = await startServer(t, talkative('xyzzy'))
  const flags = { collector: url, collectorMetrics: url, agentMetrics: url, output }
  await supportBundle(flags, commandRun().context, { root })
  const shown = JSON.stringify(await bundleOf(output))
  for (const field of ['argv', 'env', 'labels', 'ancestry', 'query', 'events'])
    t.notMatch(shown, `\\"${field}\\":`, field)
})

t.test('with pseudonyms there is no name, and the same name is the same word', async (t) => {
  const { root, output } = hostOf(t, 'on node-2')
  const url = await startServer(t, talkative('payments/settle on node-1 at 10.1.2.3'))
  const flags = { collector: url, collectorMetrics: url, agentMetrics: url, output }
  await supportBundle({ ...flags, pseudonyms: true }, commandRun().context, { root })
  const files = await bundleOf(output)
  for (const [name, content] of Object.entries(files))
    t.notMatch(content, /payments|settle|node-\d|10\.1\.2\.3/, name)
  const { node } = JSON.parse(files['collector/agents.json'] ?? '').agents[0]
  t.match(node, /^n-[0-9a-f]{10}$/)
  t.ok(files['agent/metrics.txt']?.includes(`node="${node}"`))
})

t.test('a real collector: what is missing is said, and the rest is there', async (t) => {
  const { url } = await startApi(t, { token })
  const output = join(t.testdir(), 'x.tar.gz')
  const run = commandRun()
  const nobody = 'http://127.0.0.1:1'
  const flags = { collector: url, token, collectorMetrics: nobody, agentMetrics: nobody, output }
  await supportBundle(flags, run.context)
  t.equal(statSync(output).mode & 0o777, 0o600)
  t.match(run.text(), `${output}: 10 files`)
  t.match(run.text(), 'not in it: agent/metrics.txt (ECONNREFUSED)')
  const { parts } = JSON.parse((await bundleOf(output))['about.json'] ?? '')
  t.match(
    parts.filter(({ missing }: { missing?: string }) => missing !== undefined),
    [
      { file: 'collector/metrics.txt', missing: 'ECONNREFUSED' },
      { file: 'collector/metrics-health.json' },
      { file: 'agent/metrics.txt' },
      { file: 'agent/health.json' },
    ],
  )
})

t.test('a collector that is hostile, silent or away costs its parts, and the status', async (t) => {
  const cases: readonly (readonly [string, RequestListener, RegExp])[] = [
    ['endless', endless, /longer than 8388608 bytes/],
    ['silent', () => undefined, /no whole answer within 0.3 s/],
    ['redirecting', (_, response) => response.writeHead(302).end(), /it redirects/],
  ]
  for (const [name, answer, reason] of cases) {
    const url = await startServer(t, answer)
    const output = join(t.testdir(), 'x.tar.gz')
    const run = commandRun()
    const flags = { collector: url, collectorMetrics: url, agentMetrics: url, output }
    // Only the silent one is to run out of time.
    const settings = name === 'silent' ? { partTimeoutMs: 300 } : {}
    await t.rejects(supportBundle(flags, run.context, settings), { code: 'no_collector' }, name)
    t.strictSame(
      Object.keys(await bundleOf(output)),
      ['about.json', 'host.json', 'rules.json'],
      name,
    )
    t.match(run.text(), reason, name)
  }
})

t.test('it looks at the directory that the programs take', async (t) => {
  t.equal(supportBundleFields.dataDir.default, agentFields.dataDir.default)
  t.equal(supportBundleFields.dataDir.default, collectorFields.dataDir.default)
})

t.test('a file that is there is not replaced, and nobody is asked for it', async (t) => {
  let asked = 0
  const url = await startServer(t, (_, response) => {
    asked += 1
    response.writeHead(404).end()
  })
  const output = join(t.testdir({ x: 'old' }), 'x')
  const flags = { collector: url, collectorMetrics: url, agentMetrics: url, output }
  await t.rejects(supportBundle(flags, commandRun().context), {
    code: 'invalid',
    message: /^--output/,
  })
  t.equal(asked, 0)
  await t.rejects(supportBundle({ ...flags, force: true }, commandRun().context), {
    code: 'no_collector',
  })
  t.ok((await bundleOf(output))['about.json'])
})

t.test('to standard output goes the bundle and nothing else', async (t) => {
  const nobody = 'http://127.0.0.1:1'
  const args = ['--collector', nobody, '--collector-metrics', nobody, '--agent-metrics', nobody]
  const main = new URL('../../../cli/mayfly.mjs', import.meta.url).pathname
  const command = `${process.execPath} ${main} support-bundle -o - ${args.join(' ')}; echo $? >&2`
  const directory = t.testdir({})
  const errors = join(directory, 'errors')
  const content = execFileSync('sh', ['-c', `(${command}) 2>${errors}`])
  t.ok((await readArchive(content))['host.json'])
  t.match(readFileSync(errors, 'utf8'), /not in it[\s\S]*nothing of the collector[\s\S]*\n1\n$/)
})

t.test('who stops it gets no half of a bundle', async (t) => {
  const url = await startServer(t, () => undefined)
  const directory = t.testdir({})
  const run = commandRun()
  const output = join(directory, 'x')
  const flags = { collector: url, collectorMetrics: url, agentMetrics: url, output }
  const running = supportBundle(flags, run.context)
  run.end()
  await t.rejects(running, { code: 'interrupted' })
  t.strictSame(readdirSync(directory), [])
})
