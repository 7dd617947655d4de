import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { silentLog } from '#base/log.ts'
import { formatTime } from '#base/values.ts'
import { Detection } from '#collector/detection/detection.ts'
import { NameCache } from '#collector/names.ts'
import { StoreError } from '#collector/store/errors.ts'
import type { FindingQuery, StoredFinding } from '#collector/store/findings.ts'
import type { AgentChunk, DetectionStore, Evaluated } from '#collector/store/store.ts'
import type { TimelineEvent } from '#proto/api.ts'
import type { Event } from '#proto/event.ts'
import type { Finding } from '#proto/finding.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'
import {
  chunkOf,
  exec,
  timelineBase,
  wireContainer,
  wireExec,
} from '#test/fixtures/timeline-events.ts'

/** What detection needs of a store, in memory. */
class MemoryDetection implements DetectionStore {
  readonly rows = new Map<string, StoredFinding>()
  readonly places = new Map<string, Evaluated>()
  durable: Evaluated[] = []
  stored: TimelineEvent[] = []
  execs: TimelineEvent[] = []
  failure: Error | undefined

  async findings({ ids, states }: FindingQuery): Promise<readonly StoredFinding[]> {
    this.#fail()
    if (ids === undefined)
      return [...this.rows.values()].filter(({ finding }) => states?.includes(finding.state))
    return ids.flatMap((id) => this.rows.get(id) ?? [])
  }

  async writeFindings(findings: readonly StoredFinding[]): Promise<void> {
    this.#fail()
    for (const one of findings) this.rows.set(one.finding.id, one)
  }

  async evaluated(): Promise<readonly Evaluated[]> {
    return [...this.places.values()]
  }

  async baselines() {
    return []
  }

  async writeBaselines(): Promise<void> {
    this.#fail()
  }

  async writeEvaluated(places: readonly Evaluated[]): Promise<void> {
    this.#fail()
    for (const one of places) this.places.set(`${one.agent}/${one.epoch}`, one)
  }

  async durableEpochs(): Promise<readonly Evaluated[]> {
    return this.durable
  }

  async storedAfter({
    agent,
    epoch,
    afterSeq,
    limit,
  }: Parameters<DetectionStore['storedAfter']>[0]) {
    this.#fail()
    return this.stored
      .filter((one) => one.agent === agent && one.epoch === epoch && one.seq > afterSeq)
      .slice(0, limit)
  }

  async recentExecs(): Promise<readonly TimelineEvent[]> {
    return this.execs
  }

  get found(): readonly Finding[] {
    return [...this.rows.values()].map(({ finding }) => finding)
  }

  #fail(): void {
    if (this.failure !== undefined) throw this.failure
  }
}

const site = async (t: Test, store = new MemoryDetection()) => {
  const dir = t.testdir({
    'a.yaml': ruleFileText({ more: { exceptions: [{ name: 'x', namespace: 'quiet' }] } }),
  })
  const time = manualTime()
  const names = new NameCache()
  const told: Finding[] = []
  const detection = new Detection({
    ...{ store, names, apiServer: undefined, rules: [dir], clock: time.clock, log: silentLog },
    onFinding: (finding) => told.push(finding),
  })
  await detection.start()
  t.teardown(() => detection.close())
  const name = (namespace = 'payments') =>
    names.learnFrom('node-1', [wireContainer({ nameSource: 'kubelet', namespace })])
  /** A chunk that is stored now. */
  const take = (firstSeq: number, ...events: readonly Event[]): AgentChunk => {
    const chunk = { ...chunkOf(...events), firstSeq }
    detection.take(chunk)
    return chunk
  }
  return { dir, time, names, told, detection, store, name, take }
}

const timeUs = manualTime().clock.nowUs()
const nc = (facts = {}) => wireExec({ exe: '/bin/nc', argv: ['nc', '-l'], timeUs, ...facts })

t.test('what is stored is held against the rules, and found', async (t) => {
  const { detection, store, told, name, take } = await site(t)
  name()
  take(1, nc(), wireExec({ timeUs }), nc())
  await detection.tick()
  t.match(store.found, [
    {
      rule: 'MF9001',
      namespace: 'payments',
      workload: 'api',
      count: 2,
      late: false,
      key: { 'process.exe': '/bin/nc' },
      reason: /^in payments\/api.*: started nc -l$/,
      risk: { terms: [{ name: 'severity' }] },
      evidence: [{ seq: 1, text: 'nc -l' }, { seq: 3 }],
    },
  ])
  t.equal(told.length, 1)
  t.strictSame(
    [...store.places.values()].map(({ seq }) => seq),
    [3],
  )
  t.match(detection.counts, { matched: 2, late: 0, postponed: 0 })
})

t.test('what matched waits for its names, and an exception for them counts', async (t) => {
  const { detection, store, time, name, take } = await site(t)
  take(1, nc())
  await detection.tick()
  t.strictSame(store.found, [])
  t.equal(store.places.size, 0, 'what waits holds the place back')
  name('quiet')
  await detection.tick()
  t.strictSame(store.found, [], 'the namespace is excepted')
  t.equal(store.places.size, 1)
  await time.advance(1)
})

t.test(
  'what comes with names counts after what waits for them, so that all of it counts',
  async (t) => {
    const { detection, store, names, take } = await site(t)
    const other = 'b'.repeat(64)
    names.learnFrom('node-1', [wireContainer({ nameSource: 'kubelet', containerId: other })])
    take(1, nc(), nc({ containerId: other }), nc())
    await detection.tick()
    t.strictSame(store.found, [], 'the second waits for the first')
    names.learnFrom('node-1', [wireContainer({ nameSource: 'kubelet' })])
    take(4, nc())
    await detection.tick()
    t.match(store.found, [{ count: 4, evidence: [{ seq: 1 }, { seq: 2 }, { seq: 3 }, { seq: 4 }] }])
  },
)

t.test('names that never come are not waited for long', async (t) => {
  const { detection, store, time, take } = await site(t)
  take(1, nc())
  await time.advance(2_000)
  await detection.tick()
  t.match(store.found, [
    { namespace: '', workload: '', reason: /^in container [0-9a-f]{12} on node-1/ },
  ])
})

t.test('an event from an outage is late', async (t) => {
  const { detection, store, name, take } = await site(t)
  name()
  take(1, nc({ timeUs: timeUs - 61_000_000 }))
  await detection.tick()
  t.match(store.found, [{ late: true }])
  t.equal(detection.counts.late, 1)
})

t.test('what was stored while nobody looked is read back, once', async (t) => {
  const store = new MemoryDetection()
  const time = formatTime(timeUs - 120_000_000)
  const at = (seq: number) => exec({ exe: '/bin/nc', argv: ['nc'] }, { ...timelineBase, time, seq })
  store.places.set('node-1/1', { agent: 'node-1', epoch: 1, seq: 2 })
  store.durable = [{ agent: 'node-1', epoch: 1, seq: 5 }]
  store.stored = [1, 2, 3, 4, 5].map(at)
  const { detection, name } = await site(t, store)
  name()
  t.equal(detection.behind, 1)
  await detection.tick()
  t.equal(detection.behind, 0)
  await detection.tick()
  t.match(store.found, [{ count: 3, late: true }])
  t.match([...store.places.values()], [{ seq: 5 }])
})

t.test(
  'what was open before a start is on the gauge again, and what is decided leaves it',
  async (t) => {
    const first = await site(t)
    first.name()
    first.take(1, nc())
    await first.detection.tick()
    t.match(first.detection.gauge.readings(), [{ labels: { workload: 'api', rule: 'MF9001' } }])
    const second = await site(t, first.store)
    t.strictSame(second.detection.gauge.readings(), first.detection.gauge.readings())
    const [{ id } = { id: '' }] = second.store.found
    const decision = { id, action: 'acknowledged', author: 'ada', comment: '' } as const
    await second.detection.book.decide(decision)
    t.strictSame(second.detection.gauge.readings(), [])
  },
)

t.test('a store of before detection is no news', async (t) => {
  const store = new MemoryDetection()
  store.durable = [{ agent: 'node-1', epoch: 1, seq: 500 }]
  const { detection } = await site(t, store)
  t.equal(detection.behind, 0)
  await detection.tick()
  t.match([...store.places.values()], [{ seq: 500 }])
})

t.test('while the store fails nothing is lost, and found once it works', async (t) => {
  const { detection, store, name, take } = await site(t)
  name()
  store.failure = new StoreError('unreachable', 'down')
  take(1, nc())
  await detection.tick()
  take(2, nc())
  await detection.tick()
  t.strictSame([store.found, store.places.size], [[], 0])
  store.failure = undefined
  await detection.tick()
  t.match(store.found, [{ count: 2 }])
})

t.test('a flood that the book cannot take is read back', async (t) => {
  const { detection, store, name, take } = await site(t)
  name()
  let seq = 1
  for (let chunk = 0; chunk < 40; chunk += 1) {
    const events = Array.from({ length: 100 }, () => nc())
    take(seq, ...events)
    for (let index = 0; index < 100; index += 1)
      store.stored.push(
        exec(
          { exe: '/bin/nc', argv: ['nc'] },
          { ...timelineBase, agent: 'node-1', seq: seq + index },
        ),
      )
    seq += 100
  }
  t.ok(detection.counts.postponed > 0)
  for (let round = 0; round < 10; round += 1) await detection.tick()
  t.match(store.found, [{ count: 4_000 }])
  t.equal(detection.behind, 0)
})

t.test('rule files are taken anew, and one with a fault changes nothing', async (t) => {
  const { detection, dir, time } = await site(t)
  t.strictSame(
    detection.rules.rules.map(({ id }) => id),
    ['MF9001'],
  )
  writeFileSync(`${dir}/b.yaml`, ruleFileText({ id: 'MF9002' }))
  await detection.tick()
  t.equal(detection.rules.rules.length, 1, 'not yet looked at')
  await time.advance(5_000)
  await detection.tick()
  t.equal(detection.rules.rules.length, 2)
  writeFileSync(`${dir}/b.yaml`, 'rules: x')
  await time.advance(5_000)
  await detection.tick()
  t.equal(detection.rules.rules.length, 2)
  t.match(detection.ruleProblem, /b\.yaml:1: rules: write a list/)
  t.equal(detection.counts.reloadFailures, 1)
})

t.test('other findings of the workload within minutes raise the risk', async (t) => {
  const { detection, dir, store, time, name, take } = await site(t)
  writeFileSync(
    `${dir}/b.yaml`,
    ruleFileText({ id: 'MF9002', condition: 'process.name == "id"', more: { name: 'Another' } }),
  )
  await time.advance(5_000)
  await detection.tick()
  name()
  take(1, nc(), wireExec({ exe: '/bin/id', argv: ['id'], timeUs }))
  await detection.tick()
  const scores = store.found.map(({ rule, risk }) => [
    rule,
    risk.terms.map((one) => one.name).join(),
  ])
  t.strictSame(scores, [
    ['MF9001', 'severity,root'],
    ['MF9002', 'severity,root,related'],
  ])
})

t.test(
  'what a rule finds is learnt as normal only where it is harmless, named then or later',
  async (t) => {
    const withBuilders = (text: string): string =>
      JSON.stringify({ ...JSON.parse(text), builders: [{ name: 'b', namespace: 'ci' }] })
    for (const namespace of ['ci', 'payments', 'quiet'])
      for (const isLater of [false, true]) {
        const { dir, detection, time, name, take } = await site(t)
        const more = {
          low_in_builders: true,
          exceptions: [{ name: 'x', namespace: 'quiet' }],
        }
        writeFileSync(`${dir}/a.yaml`, withBuilders(ruleFileText({ more })))
        await time.advance(60_000)
        await detection.tick()
        if (!isLater) name(namespace)
        take(1, nc({ timeUs: time.clock.nowUs(), entry: 'init' }))
        if (isLater) name(namespace)
        await detection.tick()
        const [learnt] = detection.baselines.list({ limit: 10 })
        const commands = learnt?.items.filter(({ kind }) => kind === 'exec') ?? []
        const expected = namespace === 'payments' ? 0 : 1
        t.equal(commands.length, expected, `${namespace}, named ${isLater ? 'later' : 'before'}`)
      }
  },
)
