import t from 'tap'
import { connectionRow, dnsRow, execRow } from '#collector/store/who-rows.ts'
import { t0 } from './fixtures.ts'

const common = [
  ...[t0, t0 + 5, 2, 3, 1],
  ['node-1', 'api-1', 'c'],
  ...['payments', 'api', 'deployment', 'web', '/bin/x\ufdd00000'],
] as const

const connection = (opened: number, ended: number, sent: number) =>
  connectionRow([
    ...common,
    'outbound',
    'tcp',
    '10.0.0.1',
    'db',
    5432,
    opened,
    ended,
    { refused: 2 },
    sent,
    0,
  ])

t.test('what all rows have', async (t) => {
  t.match(connection(1, 0, 0), {
    firstUs: t0,
    lastUs: t0 + 5,
    row: {
      firstSeen: '2026-11-23T10:00:00.000000Z',
      lastSeen: '2026-11-23T10:00:00.000005Z',
      pods: 2,
      containers: 3,
      nodes: 1,
      last: { node: 'node-1', pod: 'api-1', containerId: 'c' },
      namespace: 'payments',
      workload: 'api',
      workloadType: 'deployment',
      container: 'web',
      exe: '/bin/x\0',
    },
  })
})

t.test('connections count by what was opened, else by what ended, else as one', async (t) => {
  t.equal(connection(4, 9, 0).row.count, 4)
  t.equal(connection(0, 9, 0).row.count, 9)
  t.equal(connection(0, 0, 0).row.count, 1)
  t.match(connection(1, 1, -1).row, {
    kind: 'connection',
    direction: 'outbound',
    port: 5432,
    peer: { address: '10.0.0.1', name: 'db' },
    outcomes: { refused: 2 },
    sentBytes: null,
    receivedBytes: 0,
  })
})

t.test('names asked for, with what came of it', async (t) => {
  const outcomes = JSON.parse('{"NOERROR":2,"__proto__":1}')
  const { row } = dnsRow([...common, 'example.com', 3, outcomes])
  t.match(row, { kind: 'dns', name: 'example.com', count: 3 })
  t.strictSame(row.kind === 'dns' && Object.keys(row.outcomes), ['NOERROR', '__proto__'])
})

t.test('a hash is known, could not be read, or is not known yet', async (t) => {
  t.match(execRow([...common, 'ab', 7]).row, { kind: 'exec', sha256: 'ab', count: 7 })
  t.match(execRow([...common, 'unreadable', 1]).row, { sha256: null })
  t.notOk('sha256' in execRow([...common, '', 1]).row)
})
