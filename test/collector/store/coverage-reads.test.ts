import t from 'tap'
import { storable } from '#collector/store/cells.ts'
import { readCoverage } from '#collector/store/coverage-reads.ts'
import { maxListed } from '#collector/store/names.ts'
import { t0 } from './fixtures.ts'
import { type Answer, serverError, stubClient } from './stub-client.ts'

const [fromUs, toUs] = [t0, t0 + 60_000_000]

/** Answers by the three kinds of question: which nodes and times, who watched them, which gaps lie there. */
const server =
  (
    extents: ReturnType<Answer>,
    facts: ReturnType<Answer> = [],
    gaps: ReturnType<Answer> = [],
  ): Answer =>
  (statement) => {
    if (statement.startsWith('SELECT node, min(f)')) return extents
    return statement.startsWith('SELECT node, source, complete') ? facts : gaps
  }

t.test('where nothing is known, nothing more is asked', async (t) => {
  const { client, statements } = stubClient()
  t.strictSame(await readCoverage(client, { limit: 1 }), [])
  t.equal(statements.length, 1)
})

t.test('a node that nobody knows, asked for by name, was not watched', async (t) => {
  const { client } = stubClient()
  t.match(await readCoverage(client, { limit: 1, node: 'ghost', sinceUs: fromUs, untilUs: toUs }), [
    { node: 'ghost', source: 'none', mode: 'none', complete: [] },
  ])
})

t.test(
  'facts and gaps are read as they were stored: hostile names, no kinds, unknown losses',
  async (t) => {
    const node = 'n\0\ud800'
    const stored = storable(node)
    const { client } = stubClient(
      server(
        [[stored, fromUs, toUs]],
        [
          [stored, 'ebpf', 'exec,exit', fromUs, toUs],
          [stored, 'procfs', '', fromUs, toUs],
        ],
        [
          [stored, 'ebpf', 3, fromUs + 1, fromUs + 2],
          [stored, 'ebpf', -1, fromUs + 3, fromUs + 4],
        ],
      ),
    )
    const coverage = await readCoverage(client, { limit: 1 })
    t.match(
      coverage.find(({ source }) => source === 'ebpf'),
      { node, mode: 'complete', complete: ['exec', 'exit'], gaps: 2, lost: null },
    )
    t.match(
      coverage.find(({ source }) => source === 'procfs'),
      { node, mode: 'sampled', complete: [], gaps: 0, lost: 0 },
    )
  },
)

t.test(
  'asked by container, its nodes count, and the gaps of the whole node with its own',
  async (t) => {
    const { client, statements } = stubClient(server([["n'", fromUs, toUs]]))
    await readCoverage(client, { limit: 1, container: 'host', sinceUs: fromUs, untilUs: toUs })
    const gaps = statements.find((statement) => statement.includes("kind = 'gap'"))
    t.match(gaps, /\(container_id = '' OR \(container_id = 'host'\)\)/)
    t.ok(gaps?.includes("node IN ('n\\'')"), 'only those nodes, as literals')
  },
)

t.test('events in no range: the nodes where the container ran at any other time', async (t) => {
  const { client, statements } = stubClient()
  const query = { limit: 1, container: 'host', sinceUs: fromUs, untilUs: toUs }
  t.strictSame(await readCoverage(client, query), [])
  t.match(statements[0], /time_us >= /)
  t.notMatch(statements[1], /time_us >= /)
  t.equal(statements.length, 2)
})

t.test('more nodes than a statement can name are all read', async (t) => {
  const nodes = Array.from({ length: maxListed + 1 }, (_, index) => [`n${index}`, fromUs, toUs])
  const { client, statements } = stubClient(server(nodes))
  t.equal((await readCoverage(client, { limit: 1 })).length, maxListed + 1)
  t.ok(statements.every((statement) => !statement.includes('node IN')))
})

t.test('a read that runs into its limit says so', async (t) => {
  const { client } = stubClient(() => {
    throw serverError(159, 'Timeout exceeded')
  })
  await t.rejects(readCoverage(client, { limit: 1 }), {
    code: 'limit',
    message: /^cannot read coverage/,
  })
})
