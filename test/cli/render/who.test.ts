import t from 'tap'
import { coloured, plain } from '#cli/render/paint.ts'
import { textWidth } from '#cli/render/text.ts'
import { type Asked, whoLines } from '#cli/render/who.ts'
import type { Coverage, WhoRow } from '#proto/api.ts'
import { coverage } from '#test/fixtures/timeline-events.ts'
import { whoConnection, whoDns, whoExec } from '#test/fixtures/who-answers.ts'

const watched = coverage({ complete: ['exec', 'connect', 'accept', 'close', 'dns'] })
const table = (rows: readonly WhoRow[], truncated = false, width = 100): readonly string[] => [
  ...whoLines({ coverage: [watched], rows, truncated }, 'connection', { paint: plain, width }),
]
const peer = { address: '10.0.0.7', name: '', workload: '', kind: 'private' } as const

t.test('workloads in the order of their latest, with what each did', async (t) => {
  const rows = [
    whoConnection({
      count: 1_204,
      outcomes: { timeout: 3, refused: 1_201 },
      sentBytes: null,
      receivedBytes: null,
    }),
    whoExec({ workload: 'cart', pods: 3, containers: 5, nodes: 2 }),
    whoDns({ count: 3, outcomes: { NOERROR: 2, unanswered: 1 } }),
  ]
  t.strictSame(table(rows).slice(2), [
    '  LAST SEEN UTC   FIRST SEEN        COUNT  WHAT',
    'payments/api (deployment) web',
    '  07-01 15:04:00  07-01 15:02:11    1,204  /usr/bin/curl → 203.0.113.7:443 [external]',
    '      1,201 refused, 3 timeout · api-7d9f on node-1',
    '  07-01 15:04:00  07-01 15:02:11        3  /usr/bin/curl asked for www.example.com',
    '      2 NOERROR, 1 unanswered · api-7d9f on node-1',
    'payments/cart (deployment) web',
    '  07-01 15:04:00  07-01 15:02:11        1  /usr/bin/curl',
    '      3 pods, 5 containers, 2 nodes, last api-7d9f on node-1',
    `      sha256 ${'ab'.repeat(32)}`,
  ])
})

t.test('who had the address, by which name, on which port', async (t) => {
  const shown = (facts: Parameters<typeof whoConnection>[0]): string =>
    table([whoConnection(facts)])
      .slice(4)
      .join('\n')
  for (const [facts, text] of [
    [{ peer }, '→ 10.0.0.7:443\n'],
    [{ peer: { ...peer, name: 'db.local' } }, '→ 10.0.0.7:443\n      as db.local · '],
    [
      { peer: { ...peer, kind: 'pod', namespace: 'data', workload: 'db' } },
      '→ 10.0.0.7:443 (data/db)\n',
    ],
    [{ peer: { ...peer, kind: 'pod', workload: 'db' } }, '→ 10.0.0.7:443 (db)\n'],
    [{ peer: { ...peer, kind: 'node' }, transport: 'udp' }, '→ 10.0.0.7:443 udp [node]\n'],
    [{ peer: { ...peer, address: '2001:db8::1' } }, '→ [2001:db8::1]:443\n'],
    [{ peer, direction: 'inbound', port: 8080 }, '← 10.0.0.7 on port 8080\n'],
    [{ exe: '' }, '(unknown program) →'],
    [{ outcomes: {}, receivedBytes: null }, '\n      120 B sent · api-7d9f on node-1'],
  ] as const) {
    t.ok(shown(facts).includes(text), `${text} in ${shown(facts)}`)
  }
  t.match(table([whoExec({ sha256: null })]).at(-1), /^ {6}the file could not be read$/)
  const { sha256, ...unknown } = whoExec()
  t.ok(sha256)
  t.match(table([unknown]).at(-1), /^ {6}api-7d9f on node-1$/)
})

t.test('what has no names is still told apart', async (t) => {
  const nameless = { namespace: '', workload: '', workloadType: '', pods: 0 }
  const last = { node: 'node-1', pod: '', containerId: 'f'.repeat(64) }
  const headings = (row: WhoRow) => table([row])[3]
  t.equal(headings(whoConnection({ ...nameless, container: 'host' })), 'host')
  t.equal(headings(whoConnection({ ...nameless, container: 'web' })), 'container web')
  const unnamed = table([whoConnection({ ...nameless, container: '', containers: 2, last })])
  t.equal(unnamed[3], 'containers without a name')
  t.match(unnamed[5], '2 containers, last ffffffffffff on node-1')
  const host = { ...last, containerId: 'host' }
  t.match(table([whoConnection({ ...nameless, container: 'host', last: host })])[5], /· node-1$/)
  t.equal(headings(whoConnection({ container: 'api' })), 'payments/api (deployment)')
})

t.test('hostile text cannot move the cursor, and no line is too long', async (t) => {
  const evil = '\x1b[2J\u202e\n'.repeat(20)
  const rows = [
    whoConnection({
      exe: evil,
      namespace: evil,
      container: evil,
      peer: { ...peer, name: evil, workload: evil },
    }),
    whoDns({
      name: evil,
      outcomes: { [evil]: 1 },
      last: { node: evil, pod: evil, containerId: evil },
    }),
    whoExec({ exe: evil, sha256: evil, workload: evil, workloadType: evil }),
  ]
  for (const line of table(rows, false, 100).slice(1)) {
    t.notMatch(line, /[\x1b\u202e\n]/)
    t.ok(textWidth(line) <= 100, line)
  }
  const style = { paint: coloured, width: Number.POSITIVE_INFINITY }
  const all = [...whoLines({ coverage: [watched], rows, truncated: true }, 'domain', style)]
  t.notMatch(all.join('').replace(/\x1b\[\d+m/g, ''), '\x1b')
})

t.test('a cut answer says so', async (t) => {
  t.match(table([whoConnection()], true).at(-1), /^more match than the 1 shown; use --limit/)
  t.notMatch(table([whoConnection()]).join(), /more match/)
})

const from = '2026-07-01T15:02:11.000000Z'
const middle = '2026-07-01T15:05:00.000000Z'
const to = '2026-07-01T15:09:33.000000Z'
const proofs: readonly (readonly [string, Asked, readonly Coverage[], boolean])[] = [
  ['nobody watched anything', 'exec', [], false],
  ['everything was watched', 'connection', [watched], true],
  ['executions were watched, connections not', 'connection', [coverage()], false],
  ['executions were watched, and are asked for', 'exec', [coverage()], true],
  [
    'questions were not watched',
    'domain',
    [coverage({ complete: ['connect', 'accept', 'close'] })],
    false,
  ],
  ['something was lost', 'exec', [coverage({ gaps: 1, lost: null })], false],
  ['it was sampled', 'exec', [coverage({ mode: 'sampled', complete: [] })], false],
  [
    'one node was not watched',
    'exec',
    [coverage(), coverage({ node: 'b', mode: 'none', source: 'none' })],
    false,
  ],
  [
    'another source sampled at the same time',
    'exec',
    [coverage(), coverage({ source: 'procfs', mode: 'sampled', complete: [] })],
    true,
  ],
  [
    'two stretches follow one another',
    'exec',
    [coverage({ to: middle }), coverage({ from: middle })],
    true,
  ],
  [
    'a hole lies between two stretches',
    'exec',
    [
      coverage({ to: '2026-07-01T15:04:00.000000Z' }),
      coverage({ from: middle }),
      coverage({ from: '2026-07-01T15:04:00.000000Z', to: middle, mode: 'none', source: 'none' }),
    ],
    false,
  ],
  [
    'a sampled stretch is longer than the watched one',
    'exec',
    [
      coverage({ from, to: middle }),
      coverage({ from, to, source: 'procfs', mode: 'sampled', complete: [] }),
    ],
    false,
  ],
]
for (const [sentence, asked, covered, isProof] of proofs) {
  t.test(`nobody found, and ${sentence}: ${isProof ? 'a proof' : 'no proof'}`, async (t) => {
    const answer = { coverage: covered, rows: [], truncated: false }
    const last = [...whoLines(answer, asked, { paint: plain, width: 100 })].at(-1) ?? ''
    t.match(last, isProof ? /^Nobody: no match, and / : /^No match, which does not mean/)
  })
}
