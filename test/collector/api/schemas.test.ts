import fc from 'fast-check'
import t from 'tap'
import { createAudit } from '#collector/api/audit.ts'
import { changes } from '#collector/api/changes.ts'
import { toTimelineEvent } from '#collector/api/live-event.ts'
import { routes } from '#collector/api/routes.ts'
import { schemas } from '#collector/api/schemas.ts'
import { openFinding } from '#collector/detection/findings/occurrence.ts'
import { NameCache } from '#collector/names.ts'
import { emptyQuarantine } from '#test/fixtures/api-server.ts'
import { ListStore } from '#test/fixtures/api-store.ts'
import { anyEvent } from '#test/fixtures/arbitrary-events.ts'
import { auditRow, holdOf } from '#test/fixtures/audit-rows.ts'
import { baselineSource, writtenBaseline } from '#test/fixtures/baselines.ts'
import { violations } from '#test/fixtures/json-schema.ts'
import { occurrence } from '#test/fixtures/occurrences.ts'
import {
  chunkOf,
  containerStarted,
  coverage,
  exec,
  exit,
  gap,
} from '#test/fixtures/timeline-events.ts'
import { whoConnection, whoDns, whoExec } from '#test/fixtures/who-answers.ts'

const check = (value: unknown, name: string): readonly string[] =>
  violations(JSON.parse(JSON.stringify(value)), { $ref: `#/components/schemas/${name}` }, schemas)

t.test('a wrong answer would be found', async (t) => {
  t.not(check({ coverage: [], events: [{}], next: null }, 'TimelineAnswer').length, 0)
  t.not(check({ coverage: [], events: [] }, 'TimelineAnswer').length, 0)
  t.not(check({ coverage: [], events: [], next: null, extra: 1 }, 'TimelineAnswer').length, 0)
  t.not(check({ ...exec(), kind: 'exit' }, 'Event').length, 0)
  t.not(check({ ...whoDns(), kind: 'exec' }, 'WhoExec').length, 0)
})

t.test('answers of every route are as documented', async (t) => {
  const store = new ListStore()
  const seen = { firstSeen: '2026-07-01T00:00:00.000000Z', lastSeen: '2026-07-01T00:00:00.000000Z' }
  const workload = { namespace: 'a', workload: 'b', workloadType: 'job' }
  store.timelineEvents = [
    exec({ sha256: null }),
    exit(),
    gap(),
    gap({ lost: null }),
    containerStarted(),
  ]
  store.covered = [coverage(), coverage({ source: 'none', mode: 'none', lost: null })]
  store.workloadList = [{ ...workload, containers: 1, ...seen }]
  store.containerList = [
    {
      ...workload,
      ...seen,
      containerId: 'c',
      node: 'n',
      pod: '',
      podUid: '',
      container: '',
      image: '',
      imageId: '',
      type: 'sandbox',
      runtime: '',
      labels: { a: 'b' },
      podIps: ['10.0.0.1'],
      hostIps: ['192.0.2.10'],
      hostNetwork: true,
      serviceAccountToken: true,
      nameSource: 'oci',
      ended: true,
    },
  ]
  const peer = {
    address: '10.0.0.7',
    name: 'db',
    workload: 'db',
    namespace: 'data',
    kind: 'pod',
  } as const
  store.whoList = [
    whoConnection({ outcomes: { refused: 2, timeout: 1 }, sentBytes: null }),
    whoConnection({ peer, outcomes: {} }),
    whoConnection({ peer: { ...peer, workload: '', kind: 'node', node: 'node-2' } }),
    whoDns(),
    whoExec(),
    whoExec({ sha256: null }),
  ]
  store.agentList = [
    {
      agent: 'a',
      node: 'n',
      epoch: 1,
      version: '1',
      kernel: '6.1',
      sources: [{ name: 'ebpf', state: 'degraded', detail: 'why' }],
      connected: false,
      lastSeen: seen.lastSeen,
      epochs: [{ epoch: 1, lastSeq: 2, captured: 3, filtered: 0 }],
      kernelUnaccounted: 0,
      captured: 1,
      filtered: 1,
      lost: 1,
      lastSeq: 1,
      ackedSeq: 1,
    },
  ]
  store.auditList = [
    auditRow({ lostUnknown: { blind: 1 }, unaccounted: -1 }),
    auditRow({ deep: { duplicates: 0, units: { exec: 900, gap: 30 } } }),
  ]
  store.findingList = [openFinding(occurrence()).finding]
  store.holdList = [holdOf({ isLate: true }), holdOf({ isLate: null, selection: { node: 'n' } })]
  const startedAt = seen.firstSeen
  const baselines = baselineSource()
  await baselines.replace(writtenBaseline(), 'ada', 'from git')
  const liveAgents = () => []
  const sources = {
    ...{ store, liveAgents, version: '1', startedAt, tails: () => 0 },
    audit: createAudit(store, liveAgents),
    quarantine: () => emptyQuarantine,
    findings: store,
    baselines,
    cluster: {
      status: () => ({
        nodes: 2,
        nodesWithoutAgent: ['node-2'],
        nodesWithoutAgentCount: 1,
        watches: [
          { resource: 'nodes', state: 'following', detail: '', objects: 2, ageSeconds: 0.5 },
          { resource: 'jobs', state: 'starting', detail: '', objects: 0, ageSeconds: null },
        ] as const,
      }),
      policies: () => [
        {
          namespace: 'shop',
          name: 'deny',
          podSelector: '',
          restricts: ['egress'] as const,
          ingressRules: 0,
          egressRules: 0,
        },
      ],
    },
  }
  for (const { path, answer, handle } of routes) {
    t.strictSame(check(await handle(sources, { limit: 10, ip: '203.0.113.7' }), answer), [], path)
  }
})

t.test('a hold is asked for and given as documented', async (t) => {
  const store = new ListStore()
  const [create] = changes.filter(({ method }) => method === 'POST')
  for (const selection of [{ pod: 'api' }, { namespace: 'a', container: 'b', since: '1h' }]) {
    const body = { reason: 'why', selection }
    t.strictSame(check(body, create?.body ?? ''), [])
    const baselines = baselineSource()
    const sources = { store, findings: store, decide: async () => undefined, baselines }
    const made = await create?.handle(sources, { id: '', body, nowUs: 1e15, author: 'ada' })
    t.strictSame(check(made?.answer, create?.answer ?? ''), [])
  }
  t.not(check({ reason: 'why', selection: { pods: 'api' } }, 'NewHold').length, 0)
  t.not(check({ selection: {} }, 'NewHold').length, 0)
})

t.test('any event an agent may send is shown as documented', async () => {
  const names = new NameCache()
  fc.assert(
    fc.property(anyEvent, (event) => {
      const shown = toTimelineEvent(chunkOf(event), 0, names.get('node-1', event.containerId))
      const found = shown === null ? [] : check(shown, 'Event')
      if (found.length > 0) throw new Error(found.join('\n'))
    }),
  )
})
