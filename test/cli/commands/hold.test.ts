import t from 'tap'
import { hold } from '#cli/commands/hold.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { holdOf } from '#test/fixtures/audit-rows.ts'
import { outputOf } from '#test/fixtures/command-run.ts'

const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  [
    'nothing at all',
    {},
    /^hold: give at least one of --namespace.*--until, or --list or --release$/,
  ],
  ['a reason for nothing', { reason: 'why' }, /^hold: give at least one of/],
  ['no reason', { pod: 'a' }, /^--reason: say why/],
  ['an empty reason', { pod: 'a', reason: '' }, /^--reason "": give it a value/],
  ['listing and holding', { list: true, pod: 'a', reason: 'why' }, /^--list: give it alone/],
  ['releasing and holding', { release: 'x', pod: 'a' }, /^--release: give it alone/],
  ['listing and releasing', { list: true, release: 'x' }, /^--list: give it alone/],
  ['an id with a path in it', { release: '../agents' }, /^--release "..\/agents": write an id/],
  ['a time nobody understands', { since: 'x', reason: 'why' }, /^--since "x": write RFC 3339/],
]
for (const [name, flags, message] of wrong) {
  t.test(`${name} is a wrong call, and nothing is held`, async (t) => {
    const { url, store } = await startApi(t)
    store.holdList = [holdOf()]
    await t.rejects(outputOf(hold, { collector: url, ...flags }), { name: 'ConfigError', message })
    t.strictSame(store.holdList, [holdOf()])
  })
}

t.test('every flag reaches the store, and the answer says how it ends', async (t) => {
  const { url, store } = await startApi(t)
  const names = { namespace: 'n', workload: 'w', pod: 'p', container: 'c', node: 'o' }
  const range = { since: '2026-07-01T00:00:00Z', until: '2026-07-02T00:00:00Z' }
  const text = await outputOf(hold, { collector: url, ...names, ...range, reason: 'why' })
  t.match(text, /^held hold-1: 0 events now · namespace n, .*\nuntil released: .* hold-1\n$/)
  t.match(store.holdList, [
    {
      reason: 'why',
      selection: {
        ...names,
        since: '2026-07-01T00:00:00.000000Z',
        until: '2026-07-02T00:00:00.000000Z',
      },
    },
  ])
  const asked = { collector: url, pod: 'p', reason: 'why' }
  const made = JSON.parse(await outputOf(hold, { ...asked, output: 'json' }))
  t.strictSame(made, store.holdList[1])
  const line = await outputOf(hold, { ...asked, output: 'jsonl' })
  t.equal(line, `${JSON.stringify(store.holdList[2])}\n`)
})

t.test('what is held as a table, as an array, and one per line', async (t) => {
  const { url, store } = await startApi(t)
  store.holdList = [holdOf(), holdOf({ id: 'b' })]
  const asked = { collector: url, list: true }
  t.match(await outputOf(hold, asked), /^ID .*\n3f2a91c0 {2}2026-07-01 15:02:11 .* incident 4711\n/)
  t.strictSame(JSON.parse(await outputOf(hold, { ...asked, output: 'json' })), store.holdList)
  const lines = (await outputOf(hold, { ...asked, output: 'jsonl' })).trimEnd().split('\n')
  t.strictSame(
    lines.map((line) => JSON.parse(line)),
    store.holdList,
  )
})

t.test('whoever has rights in one namespace lists what is held there', async (t) => {
  const { url, store } = await startApi(t)
  store.holdList = [holdOf(), holdOf({ id: 'b', selection: { namespace: 'shop', pod: 'web-1' } })]
  const asked = { collector: url, list: true, output: 'jsonl' }
  const ids = async (flags: object) =>
    (await outputOf(hold, { ...asked, ...flags }))
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).id)
  t.strictSame(await ids({ namespace: 'shop' }), ['b'])
  t.strictSame(await ids({ namespace: 'none' }), [])
  t.equal((await ids({})).length, 2)
})

t.test('a release says so, and one of nothing is an error', async (t) => {
  const { url, store } = await startApi(t)
  store.holdList = [holdOf(), holdOf({ id: 'b' })]
  t.match(await outputOf(hold, { collector: url, release: 'b' }), /^released b: /)
  t.strictSame(store.holdList, [holdOf()])
  const asked = { collector: url, release: '3f2a91c0', output: 'json' }
  t.strictSame(JSON.parse(await outputOf(hold, asked)), { released: '3f2a91c0' })
  await t.rejects(outputOf(hold, asked), { name: 'ClientError', message: /no hold has this id/ })
})
