import t from 'tap'
import { confine } from '#collector/api/confine.ts'
import type { Hold, TimelineConnection, WorkloadInfo } from '#proto/api.ts'
import {
  containerId,
  coverage,
  exec,
  gap,
  processInfo,
  timelineBase,
} from '#test/fixtures/timeline-events.ts'
import { whoConnection, whoDns } from '#test/fixtures/who-answers.ts'

const connection = (peer: Partial<TimelineConnection['peer']>): TimelineConnection => ({
  ...timelineBase,
  kind: 'connect',
  process: processInfo(),
  transport: 'tcp',
  socket: 1,
  local: { address: '10.0.0.7', port: 40_000 },
  peer: {
    address: '10.0.0.8',
    port: 5432,
    name: 'db.shop.svc',
    workload: '',
    kind: 'pod',
    ...peer,
  },
  count: 1,
  snapshot: false,
})

t.test('events of others go, gaps of the node and coverage stay', async (t) => {
  const own = exec()
  const nodeGap = gap({ namespace: '' })
  const answer = {
    coverage: [coverage()],
    events: [
      own,
      exec({}, { namespace: 'shop' }),
      exec({}, { namespace: '' }),
      nodeGap,
      gap({ namespace: 'shop', containerId }),
    ],
    next: 'cursor',
  }
  t.strictSame(confine(answer, 'payments'), { ...answer, events: [own, nodeGap] })
  t.strictSame(confine(answer, 'nobody').events, [nodeGap])
})

t.test('a peer of another namespace keeps its address and loses its name', async (t) => {
  const foreign = connection({ workload: 'db', namespace: 'shop' })
  const near = connection({ workload: 'db', namespace: 'payments' })
  const unknown = connection({})
  const { events } = confine({ events: [foreign, near, unknown] }, 'payments')
  t.strictSame(events, [connection({}), near, unknown])
})

t.test('rows of others go, and their peers are treated alike', async (t) => {
  const peer = { ...whoConnection().peer, workload: 'db', namespace: 'shop' }
  const rows = [
    whoConnection({ namespace: 'payments', peer }),
    whoConnection({ namespace: 'shop' }),
    whoDns({ namespace: 'payments' }),
  ]
  const shown = confine({ coverage: [], rows, truncated: false }, 'payments').rows
  t.equal(shown.length, 2)
  t.match(shown[0], { peer: { address: peer.address, workload: '' } })
  t.notOk(JSON.stringify(shown[0]).includes('shop'))
})

t.test('lists of others’ workloads and holds go', async (t) => {
  const workload = (namespace: string) => ({ namespace, workload: 'w' }) as WorkloadInfo
  const hold = (namespace?: string): Hold => ({
    id: 'h',
    createdAt: '',
    reason: '',
    selection: namespace === undefined ? { pod: 'x' } : { namespace },
    events: 0,
    isLate: null,
  })
  const answer = {
    workloads: [workload('a'), workload('b')],
    containers: [],
    holds: [hold('a'), hold('b'), hold()],
  }
  t.strictSame(confine(answer, 'a'), {
    workloads: [workload('a')],
    containers: [],
    holds: [hold('a')],
  })
})
