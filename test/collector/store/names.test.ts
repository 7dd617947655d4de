import t from 'tap'
import { storable } from '#collector/store/cells.ts'
import { containerKey } from '#collector/store/container-key.ts'
import { maxListed, namesOf, readContainers, readWorkloads } from '#collector/store/names.ts'
import { containerId, t0 } from './fixtures.ts'
import { serverError, stubClient } from './stub-client.ts'

const id = containerId('a')
const best = (change: Readonly<Record<number, unknown>> = {}) =>
  Object.assign(
    [
      'payments',
      'api-1',
      'uid',
      'api',
      'api',
      'deployment',
      'r/api:1',
      'sha256:1',
      'container',
      'runc',
      { app: 'api' },
      ['10.0.0.7'],
      ['192.0.2.10'],
      0,
    ],
    change,
  )
/** A row of the statement: node, id, names, rank, first, last, ended, started. */
const row = (names = best(), rank = 2, endedUs = 0, startedUs = t0) => [
  'node-1',
  id,
  names,
  rank,
  t0,
  t0 + 1,
  endedUs,
  startedUs,
]
const only = async (cells: readonly unknown[]) => {
  const [info] = (await namesOf(stubClient(() => [cells]).client, [id])).values()
  if (info === undefined) throw new Error('no container')
  return info
}

t.test('hostile names and labels come back as they were', async (t) => {
  const text = 'a\0b\ud800\ufdd0'
  const info = await only(
    row(
      best({
        1: storable(text),
        10: { [storable(text)]: storable(text) },
        11: [storable(text)],
        12: [storable(text)],
      }),
    ),
  )
  t.match(info, { pod: text, podIps: [text], hostIps: [text], hostNetwork: false })
  t.strictSame(info.labels, { [text]: text })
})

t.test('a rank that no source has is the weakest', async (t) => {
  t.equal((await only(row(best(), 99))).nameSource, 'cgroup')
  t.equal((await only(row(best(), 2))).nameSource, 'kubelet')
})

t.test('a pod on the network of its host says so', async (t) => {
  t.match(await only(row(best({ 13: 1 }))), { hostIps: ['192.0.2.10'], hostNetwork: true })
})

t.test('a container ended when its end is later than its start', async (t) => {
  for (const [name, endedUs, startedUs, ended] of [
    ['neither was seen', 0, 0, false],
    ['only the start', 0, t0, false],
    ['only the end', t0, 0, true],
    ['the end after the start', t0 + 1, t0, true],
    ['started again after its end', t0, t0 + 1, false],
  ] as const) {
    t.equal((await only(row(best(), 2, endedUs, startedUs))).ended, ended, name)
  }
})

t.test('many ids are asked for in several statements, none in none', async (t) => {
  const none = stubClient()
  t.equal((await namesOf(none.client, [])).size, 0)
  t.strictSame(none.statements, [])
  const many = stubClient()
  await namesOf(
    many.client,
    Array.from({ length: maxListed + 1 }, (_, index) => `${index}`.padStart(64, '0')),
  )
  t.equal(many.statements.length, 2)
  t.ok(
    many.statements.every(({ length }) => length < 256 * 1024),
    'below max_query_size',
  )
})

t.test('the host of one node is not the host of another', async (t) => {
  t.not(containerKey('a', 'host'), containerKey('b', 'host'))
  const { client } = stubClient(() => [row(), row().with(0, 'node-2')])
  t.strictSame(
    [...(await namesOf(client, [id])).keys()],
    [containerKey('node-1', id), containerKey('node-2', id)],
  )
})

t.test('a list is never longer than a page, and narrowed by what was asked', async (t) => {
  const { client, statements } = stubClient(() => [row()])
  const query = { limit: 1_000_000, node: "n'", sinceUs: 5, untilUs: 9 }
  t.match(await readContainers(client, query), [{ containerId: id, pod: 'api-1', ended: false }])
  t.match(statements[0], /LIMIT 10000 /)
  t.ok(statements[0]?.includes("node = 'n\\''"))
  t.match(statements[0], /first_us < 9 AND \(ended_us <= started_us OR ended_us >= 5\)/)
})

t.test('workloads are counted by the engine', async (t) => {
  const { client } = stubClient(() => [['payments', storable('a\0'), 'deployment', 3, t0, t0 + 1]])
  t.match(await readWorkloads(client, { limit: 1 }), [
    { workload: 'a\0', containers: 3, firstSeen: '2026-11-23T10:00:00.000000Z' },
  ])
  const failing = stubClient(() => {
    throw serverError(241, 'memory')
  })
  await t.rejects(readWorkloads(failing.client, { limit: 1 }), {
    code: 'limit',
    message: /^cannot read workloads/,
  })
})
