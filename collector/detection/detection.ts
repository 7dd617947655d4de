/**
 * Detection: holds what is stored against the rules, and reports what they find to the book. Events come here once they are
 * durable; nothing on the way to an acknowledgement waits for it. Made by main.
 *
 * Nothing is skipped: how far each epoch of each agent is evaluated is written beside the findings, and what was stored meanwhile
 * (a restart, a full book, a failing store) is read back and evaluated late.
 */
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { TimelineEvent } from '#proto/api.ts'
import { type Endpoint, isContainerId } from '#proto/event.ts'
import { type Finding, type Severity, severities } from '#proto/finding.ts'
import { toTimelineEvent } from '../api/live-event.ts'
import { mayBeNamed, type NameCache, type Names } from '../names.ts'
import type { AgentChunk, DetectionStore } from '../store/store.ts'
import { activityOf } from './activity.ts'
import { Baselines } from './baselines/baselines.ts'
import type { Drift } from './baselines/drift.ts'
import { type BaselineLimits, baselineLimits } from './baselines/limits.ts'
import { Evaluator } from './evaluator.ts'
import type { Activity } from './fields.ts'
import { FindingBook } from './findings/book.ts'
import { FindingGauge } from './findings/finding-gauge.ts'
import { lateUs, type Occurrence } from './findings/occurrence.ts'
import { Reporter } from './findings/reporter.ts'
import { NameWait } from './name-wait.ts'
import { ProcessMemory, type ProcessView } from './processes.ts'
import { epochKey, Progress } from './progress.ts'
import { parseRules, readRuleFiles } from './rules/load.ts'
import type { Rule } from './rules/rule.ts'
import { RuleSet } from './rules/rule-set.ts'
import { defaultParameters, type StatisticParameters } from './statistics/parameters.ts'
import type { StatisticContext } from './statistics/statistic.ts'
import { Statistics } from './statistics/statistics.ts'

/** How often findings are written and waiting events looked at: the time from an event to its finding is some of these. */
const tickMs = 250
/** How often rule files are looked at. */
const reloadMs = 5_000
/** Events read at once when catching up. */
const catchUpEvents = 2_000
/** Open findings read at start, for the gauge. */
const openFindings = 10_000
/** Executions read at start, for ancestry. */
const warmExecs = 20_000

export interface DetectionOptions {
  readonly store: DetectionStore
  readonly names: NameCache
  readonly apiServer: Endpoint | undefined
  /** How images begin that are trusted; none for all. */
  readonly trustedRegistries?: readonly string[]
  readonly baselineLimits?: BaselineLimits
  /** Directories of rule files. */
  readonly rules: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly onFinding?: (finding: Finding, isNew: boolean) => void
}

export interface DetectionCounts {
  evaluated: number
  matched: number
  late: number
  /** Events that were stored and not evaluated at once; they are read back. */
  postponed: number
  reloads: number
  reloadFailures: number
}

const isLoud = (severity: Severity): boolean =>
  severities.indexOf(severity) >= severities.indexOf('medium')

const never = (): boolean => false

/** The event that is evaluated, with what would otherwise be looked up several times. */
interface AtHand {
  readonly event: TimelineEvent
  /** Unix microseconds. */
  readonly timeUs: number
  readonly names: Names
  readonly late: boolean
}

export class Detection {
  readonly #options: DetectionOptions
  readonly #memory = new ProcessMemory()
  readonly #evaluator: Evaluator
  readonly book: FindingBook
  readonly counts: DetectionCounts = {
    evaluated: 0,
    matched: 0,
    late: 0,
    postponed: 0,
    reloads: 0,
    reloadFailures: 0,
  }
  readonly #progress = new Progress()
  readonly #waiting: NameWait
  #statistics = new Statistics(defaultParameters)
  #parameterText = ''
  readonly #reporter: Reporter
  readonly baselines: Baselines
  readonly gauge = new FindingGauge()
  #ruleText = ''
  #ruleProblem = ''
  #reloadedMs = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #ticking: Promise<void> | undefined
  #atHand: AtHand | undefined
  #isStarted = false
  #isFailing = false

  constructor(options: DetectionOptions) {
    this.#options = options
    const { store, names, clock, log, onFinding } = options
    const { trustedRegistries = [], baselineLimits: limits = baselineLimits } = options
    this.#reporter = new Reporter({ memory: this.#memory, clock, trustedRegistries })
    this.baselines = new Baselines({ store, names, clock, limits })
    this.#evaluator = new Evaluator({
      nowUs: () => performance.now() * 1_000,
      onDisabled: (rule, why) => log.error({ rule: rule.id, why }, 'detection: rule switched off'),
    })
    this.#waiting = new NameWait({
      clock,
      isNamed: (event) => this.#isNamed(event),
      judge: (event, view) => this.#judge(event, view),
    })
    this.book = new FindingBook({
      store,
      clock,
      onChanged: (finding, isNew) => {
        this.gauge.update(finding)
        onFinding?.(finding, isNew)
      },
    })
  }

  get rules(): RuleSet {
    return this.#evaluator.rules
  }

  costOf(rule: Rule) {
    return this.#evaluator.costOf(rule)
  }

  /** Why the files on disk are not in force; empty while they are. */
  get ruleProblem(): string {
    return this.#ruleProblem
  }

  get statistics(): Statistics {
    return this.#statistics
  }

  get processes(): number {
    return this.#memory.size
  }

  /** Epochs of which something stored is not evaluated yet. */
  get behind(): number {
    return this.#progress.behind
  }

  /** Loads rules and what was known, and begins. Rejects with StoreError. */
  async start(): Promise<void> {
    this.#reload()
    const { store } = this.#options
    for (const event of await store.recentExecs(warmExecs)) this.#memory.learn(event)
    await this.baselines.start()
    const open = await store.findings({ states: ['open'], limit: openFindings })
    // The latest comes first there, and last here.
    for (const { finding } of open.toReversed()) this.gauge.update(finding)
    this.#progress.begin(await store.evaluated(), await store.durableEpochs())
    this.#isStarted = true
    this.#timer = setInterval(() => void this.tick(), tickMs)
    this.#timer.unref()
  }

  /** Takes a chunk that is stored. Names must have been learnt of it before. */
  take(chunk: AgentChunk): void {
    const { agent, epoch, firstSeq, events } = chunk
    const lastSeq = firstSeq + events.length - 1
    const evaluatedSeq = this.#progress.seqOf(chunk)
    // In order, or not at all: what is left out here is read back.
    const isNext = firstSeq <= evaluatedSeq + 1 || events[0]?.kind === 'gap'
    if (!this.#isStarted || !isNext || this.#progress.isBehind(chunk) || this.book.isFull) {
      this.counts.postponed += events.length
      this.#progress.fallBehind({ agent, epoch, seq: lastSeq })
      return
    }
    const lateBeforeUs = this.#options.clock.nowUs() - lateUs
    for (const [index, { timeUs, containerId }] of events.entries()) {
      if (firstSeq + index <= evaluatedSeq) continue
      const names = this.#options.names.get(chunk.node, containerId)
      const event = toTimelineEvent(chunk, index, names, this.#options.apiServer)
      if (event === null) continue
      this.#evaluate({ event, timeUs, names, late: timeUs < lateBeforeUs })
    }
    this.#progress.moveTo({ agent, epoch, seq: lastSeq })
  }

  /** What is due: waiting events, catching up, findings, places, rule files. Never rejects; one at a time. */
  tick(): Promise<void> {
    this.#ticking ??= this.#tick().finally(() => {
      this.#ticking = undefined
    })
    return this.#ticking
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#ticking
    this.#waiting.flush()
    await this.tick()
    await this.baselines.write(true).catch(() => undefined)
  }

  async #tick(): Promise<void> {
    const { clock, log } = this.#options
    const nowMs = clock.monotonicMs()
    if (nowMs - this.#reloadedMs >= reloadMs) this.#reload()
    this.#waiting.tick()
    try {
      for (const drift of this.baselines.tick()) this.#drifted(drift)
      await this.#catchUp()
      await this.#settle()
      await this.baselines.write()
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing)
        log.warn(
          { error: (error as Error).message },
          'detection: the store does not answer; trying again',
        )
      this.#isFailing = true
    }
  }

  /** Findings first: a place says that they are written. What still waits for its names holds back that of its epoch. */
  async #settle(): Promise<void> {
    const places = this.#progress.unwritten
    const held = new Set(this.#waiting.epochs)
    for (const event of this.baselines.waiting()) held.add(epochKey(event))
    await this.book.flush()
    const writable = places.filter((one) => !held.has(epochKey(one)))
    if (writable.length === 0) return
    await this.#options.store.writeEvaluated(writable)
    this.#progress.written(writable)
  }

  /** Reads back one piece of an epoch that is behind. */
  async #catchUp(): Promise<void> {
    const target = this.#progress.next
    if (target === undefined || this.book.isFull) return
    const { agent, epoch } = target
    const afterSeq = this.#progress.seqOf(target)
    const events = await this.#options.store.storedAfter({
      agent,
      epoch,
      afterSeq,
      limit: catchUpEvents,
    })
    for (const event of events) this.#evaluate(this.#lookAt(event))
    const last = events.at(-1)?.seq ?? target.seq
    const isDone = events.length < catchUpEvents
    this.#progress.moveTo({ agent, epoch, seq: isDone ? Math.max(last, target.seq) : last })
    if (isDone) this.#progress.caughtUp(target)
  }

  #evaluate(atHand: AtHand): void {
    const { event } = atHand
    this.#atHand = atHand
    this.#memory.learn(event)
    this.#reporter.learn(event)
    const isSuspect = this.#holdAgainstRules(event)
    const line = event.kind === 'exec' ? this.#lineOf(event) : []
    for (const drift of this.baselines.observe(event, line, isSuspect)) this.#drifted(drift)
    for (const hit of this.#statistics.take(event, this.#context(event)))
      this.#found(this.#reporter.ofStatistic(hit, event, this.#activity(event)))
    if (event.kind === 'container') this.#lookAtImage(event)
    // What waits is looked at anew: it may have its names by then.
    this.#atHand = undefined
  }

  /** Reports what matched. What it returns says whether that is too bad to be learnt as normal: with names, if it can have some. */
  #holdAgainstRules(event: TimelineEvent): () => boolean {
    if (!this.rules.concerns(event.kind)) return never
    this.counts.evaluated += 1
    const activity = this.#activity(event)
    const candidates = this.rules.candidates(activity)
    if (candidates.length === 0) return never
    const isUnnamed = isContainerId(event.containerId) && !this.#isNamed(event)
    const dependsOnNames = candidates.some(({ usesNames }) => usesNames)
    const matched = this.#evaluator.evaluate(activity, candidates)
    if (matched.length === 0 && !(isUnnamed && dependsOnNames)) return never
    if (isUnnamed || this.#waiting.holds(event)) {
      const view = this.#memory.moment(event)
      this.#waiting.add(event, view)
      return () => {
        const later = this.#activity(this.#renamed(event), view)
        return this.#isSuspect(this.#evaluator.evaluate(later), later)
      }
    }
    this.#report(event, activity, matched, this.#memory)
    const isSuspect = this.#isSuspect(matched, activity)
    return () => isSuspect
  }

  #isSuspect(matched: readonly Rule[], activity: Activity): boolean {
    return matched.some((rule) => isLoud(this.#reporter.severityOf(rule, activity)))
  }

  #lineOf({ node, process: own, containerId }: TimelineEvent & { readonly kind: 'exec' }) {
    return this.#memory.ancestors(node, own, containerId)
  }

  /** What is known of an event now: of the one at hand, without looking again. */
  #lookAt(event: TimelineEvent): AtHand {
    if (this.#atHand?.event === event) return this.#atHand
    const timeUs = Math.trunc(Date.parse(event.time) * 1_000)
    const names = this.#options.names.get(event.node, event.containerId)
    return { event, timeUs, names, late: this.#options.clock.nowUs() - timeUs > lateUs }
  }

  #context(event: TimelineEvent): StatisticContext {
    return {
      timeUs: this.#lookAt(event).timeUs,
      isKnownPeer: (connection) => this.baselines.isKnownPeer(connection),
    }
  }

  /** Evaluates again what waited. */
  #judge(early: TimelineEvent, view: ProcessView): void {
    const event = this.#renamed(early)
    const activity = this.#activity(event, view)
    this.#report(event, activity, this.#evaluator.evaluate(activity), view)
  }

  #report(
    event: TimelineEvent,
    activity: Activity,
    matched: readonly Rule[],
    view: ProcessView,
  ): void {
    for (const rule of matched) this.#found(this.#reporter.ofRule(rule, event, activity, view))
  }

  #drifted(drift: Drift): void {
    this.#found(this.#reporter.ofDrift(drift, this.#activity(drift.event, drift.view)))
  }

  #lookAtImage(event: TimelineEvent & { readonly kind: 'container' }): void {
    if (event.phase === 'ended') return
    const found = this.#reporter.ofImage(event, this.#activity(event))
    if (found !== undefined) this.#found(found)
  }

  #found(occurrence: Occurrence): void {
    this.counts.matched += 1
    if (occurrence.late) this.counts.late += 1
    this.book.report(occurrence)
  }

  #activity(event: TimelineEvent, view: ProcessView = this.#memory): Activity {
    const { names, late } = this.#lookAt(event)
    return activityOf(event, view, names, late)
  }

  #isNamed(event: TimelineEvent): boolean {
    return !mayBeNamed(this.#lookAt(event).names, event.podUid)
  }

  #renamed(event: TimelineEvent): TimelineEvent {
    if (!isContainerId(event.containerId)) return event
    const { namespace, workload, workloadType, pod, container } = this.#lookAt(event).names
    return { ...event, namespace, workload, workloadType, pod, container }
  }

  /** Statistics begin anew when somebody sets their parameters. */
  #useParameters(parameters: StatisticParameters): void {
    const text = JSON.stringify(parameters)
    if (text === this.#parameterText) return
    this.#parameterText = text
    this.#statistics = new Statistics(parameters)
  }

  /** Takes the rule files if they have changed; a fault leaves the rules of before in force. */
  #reload(): void {
    const { clock, log, rules: directories } = this.#options
    this.#reloadedMs = clock.monotonicMs()
    const read = readRuleFiles(directories)
    const text = JSON.stringify(read)
    if (text === this.#ruleText) return
    this.#ruleText = text
    const { rules, builders, parameters, faults } = parseRules(read)
    const [fault] = faults
    if (fault === undefined) {
      this.#evaluator.use(new RuleSet(rules))
      this.#reporter.builders = builders
      this.#useParameters(parameters)
      this.counts.reloads += 1
      this.#ruleProblem = ''
      log.info({ rules: rules.length }, 'detection: rules in force')
      return
    }
    this.counts.reloadFailures += 1
    this.#ruleProblem = `${fault.place}: ${fault.message}`
    const more = faults.length > 1 ? `, and ${faults.length - 1} more` : ''
    log.error(
      { place: fault.place },
      `detection: ${fault.message}${more}; the rules of before stay in force`,
    )
  }
}
