/**
 * What is normal for one container of a workload: learns, locks, and tells what is outside. Owned by baselines.ts, which gives it
 * events in order and writes it down when it has changed. No clock, no store.
 */
import { createHash } from 'node:crypto'
import { formatTime } from '#base/values.ts'
import {
  type Baseline,
  type BaselineChange,
  type BaselineCoverage,
  type BaselineItem,
  type ItemKind,
  itemKinds,
  itemScopes,
  type WrittenBaseline,
} from '#proto/baseline.ts'
import { keyOf, type Seen } from './item.ts'
import type { BaselineLimits } from './limits.ts'
import { type Life, Lives } from './lives.ts'

/** Whose it is. */
export interface BaselineOwner {
  readonly namespace: string
  readonly workload: string
  readonly workloadType: string
  readonly container: string
  readonly coverage: BaselineCoverage
}

/** Beside what is shown. */
export interface BaselineRecord {
  readonly baseline: Baseline
  readonly running: Readonly<Record<string, Life>>
  readonly complete: Readonly<Record<string, number>>
}

/** In what circumstances something was seen. */
export interface Sight {
  readonly timeUs: number
  readonly podUid: string
  readonly image: string
  /** It matched a rule of medium severity or worse. */
  readonly isSuspect: boolean
}

/**
 * `known`: normal. `learnt`: from now on normal. `provisional`: new with a newer image, learnt and told. `outside`: told.
 * `refused`: would have been learnt if it were not suspect. `unjudged`: there is too much of its kind.
 */
export type Verdict = 'known' | 'learnt' | 'provisional' | 'outside' | 'refused' | 'unjudged'

const maxChanges = 50
/** The newest are known; a roll back to one of them is nothing new. */
const maxImages = 20
/** Last sights are kept this exact, so that not every event changes a baseline. */
const sightUs = 3_600_000_000
const anyArguments = '*'

export const baselineId = (owner: BaselineOwner): string => {
  const { namespace, workload, workloadType, container, coverage } = owner
  const text = JSON.stringify([namespace, workloadType, workload, container, coverage])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

interface Item extends Omit<BaselineItem, 'firstSeen' | 'lastSeen'> {
  firstUs: number
  lastUs: number
  pods: number
  provisional: boolean
  /** To tell a second pod from the first. */
  pod: string
}

const micros = (time: string): number => Math.trunc(Date.parse(time) * 1_000)

const shown = ({ firstUs, lastUs, pod: _pod, ...item }: Item): BaselineItem => ({
  ...item,
  firstSeen: formatTime(firstUs),
  lastSeen: formatTime(lastUs),
})

const ofRecord = ({ firstSeen, lastSeen, ...item }: BaselineItem): Item => ({
  ...item,
  firstUs: micros(firstSeen),
  lastUs: micros(lastSeen),
  pod: '',
})

const order = (a: BaselineItem, b: BaselineItem): number =>
  itemKinds.indexOf(a.kind) - itemKinds.indexOf(b.kind) ||
  itemScopes.indexOf(a.scope) - itemScopes.indexOf(b.scope) ||
  (a.value < b.value ? -1 : a.value > b.value ? 1 : a.args < b.args ? -1 : 1)

const itemsOf = (list: readonly BaselineItem[]): Map<string, Item> =>
  new Map(list.map((item) => [keyOf(item), ofRecord(item)]))

export class WorkloadBaseline {
  readonly owner: BaselineOwner
  readonly id: string
  readonly #limits: BaselineLimits
  readonly #items: Map<string, Item>
  readonly #outside: Map<string, Item>
  /** Shapes by executable, to see when there are too many. */
  readonly #shapes = new Map<string, number>()
  readonly #kinds = new Map<ItemKind, number>()
  readonly #unlearnable: Set<ItemKind>
  readonly #lives: Lives
  #sinceUs: number
  #lockedUs: number
  #isLocked: boolean
  #images: readonly string[]
  #provisionalImage: string
  #provisionalUs = 0
  #refused: number
  #changes: readonly BaselineChange[]
  /** It has changed since somebody last set this to false. */
  isChanged = true

  constructor(owner: BaselineOwner, limits: BaselineLimits, begin: number | BaselineRecord) {
    this.owner = owner
    this.id = baselineId(owner)
    this.#limits = limits
    const record = typeof begin === 'number' ? undefined : begin
    const known = record?.baseline
    this.#items = itemsOf(known?.items ?? [])
    this.#outside = itemsOf(known?.outside ?? [])
    for (const item of this.#items.values()) this.#count(item)
    this.#unlearnable = new Set(known?.unlearnable)
    this.#lives = new Lives(limits.lives, record?.running, record?.complete)
    this.#sinceUs = typeof begin === 'number' ? begin : micros(begin.baseline.since)
    this.#isLocked = known?.state === 'locked'
    this.#lockedUs = this.#isLocked ? micros(known?.lockedAt ?? '') : 0
    this.#images = known?.images ?? []
    this.#provisionalImage = known?.provisionalImage ?? ''
    this.#refused = known?.refused ?? 0
    this.#changes = known?.changes ?? []
    if (this.#provisionalImage !== '') this.#provisionalUs = this.#lastImageChange()
    if (record !== undefined) this.isChanged = false
  }

  /** When learning began, Unix microseconds. */
  get sinceUs(): number {
    return this.#sinceUs
  }

  get isLocked(): boolean {
    return this.#isLocked
  }

  /** Any arguments of it, in any scope. Of a file that is many programs, whose events do not tell which, any of them. */
  knowsExecutable(executable: string): boolean {
    for (const key of this.#shapes.keys()) {
      const known = key.slice(key.indexOf('\0') + 1)
      if (known === executable || known.startsWith(`${executable} `)) return true
    }
    return false
  }

  /** Of a locked baseline: while it learns, nothing is known to be normal. */
  knowsPeer(value: string): boolean {
    return (
      this.#isLocked && this.#items.has(keyOf({ kind: 'peer', scope: 'main', value, args: '' }))
    )
  }

  /** Something that is normal begins so: see drift.ts. */
  hasPair(isMeant: (value: string) => boolean): boolean {
    for (const { kind, value } of this.#items.values())
      if (kind === 'pair' && isMeant(value)) return true
    return false
  }

  observe(seen: Seen, sight: Sight): Verdict {
    const known = this.#known(seen)
    if (known !== undefined) {
      this.#see(known, sight)
      return known.provisional && known.firstUs === sight.timeUs ? 'provisional' : 'known'
    }
    if (this.#unlearnable.has(seen.kind)) return 'unjudged'
    const isProvisional = this.#isLocked && this.#isNewImage(sight)
    if (this.#isLocked && !isProvisional) {
      this.#noteOutside(seen, sight)
      return 'outside'
    }
    if (sight.isSuspect) {
      this.#refused += 1
      this.isChanged = true
      return 'refused'
    }
    this.#add(seen, sight, isProvisional)
    return isProvisional ? 'provisional' : 'learnt'
  }

  /** A container of it lives. `isWhole`: since its first process. */
  lives(container: string, life: Omit<Life, 'days'>): void {
    if (!this.#isLocked || this.#images.length === 0) this.#knowImage(life.image)
    if (this.#lives.seen(container, life)) this.isChanged = true
  }

  ended(container: string): void {
    if (this.#lives.ended(container)) this.isChanged = true
  }

  gap(concerns: (container: string, life: Life) => boolean, toUs: number): void {
    if (this.#lives.gap(concerns, toUs)) this.isChanged = true
  }

  /** Lets time pass: days become full, and what was learnt for long enough locks. */
  pass(nowUs: number): void {
    if (this.#lives.pass(nowUs)) this.isChanged = true
    if (!this.#isLocked && this.#waitsFor(this.#sinceUs, undefined, nowUs) === '')
      this.#lock(nowUs, 'mayfly', 'known for long enough')
    else if (
      this.#provisionalImage !== '' &&
      this.#waitsFor(this.#provisionalUs, this.#provisionalImage, nowUs) === ''
    )
      this.#settle(nowUs, 'mayfly')
  }

  lock(nowUs: number, author: string, comment: string): void {
    if (this.#isLocked) this.#settle(nowUs, author)
    else this.#lock(nowUs, author, comment)
  }

  /** Learns again, from what it knows. */
  unlock(nowUs: number, author: string, comment: string): void {
    this.#isLocked = false
    this.#lockedUs = 0
    this.#sinceUs = nowUs
    this.#provisionalImage = ''
    this.#outside.clear()
    this.#note(nowUs, author, 'unlocked', comment)
  }

  /** Takes what somebody wrote down in the place of everything, and locks. */
  replace(
    { image, items }: Pick<WrittenBaseline, 'image' | 'items'>,
    nowUs: number,
    author: string,
    comment: string,
  ): void {
    for (const map of [this.#items, this.#outside, this.#shapes, this.#kinds]) map.clear()
    this.#unlearnable.clear()
    for (const { kind, scope, value, args } of items) {
      const item = { kind, scope, value, args, image, provisional: false }
      this.#put({ ...item, firstUs: nowUs, lastUs: nowUs, pods: 0, pod: '' })
    }
    this.#images = image === '' ? [] : [image]
    this.#provisionalImage = ''
    this.#isLocked = true
    this.#lockedUs = nowUs
    this.#note(nowUs, author, 'imported', comment)
  }

  toRecord(nowUs: number): BaselineRecord {
    return {
      baseline: this.show(nowUs),
      running: this.#lives.running,
      complete: this.#lives.counts,
    }
  }

  show(nowUs: number): Baseline {
    const { namespace, workload, workloadType, container, coverage } = this.owner
    return {
      ...{ id: this.id, namespace, workload, workloadType, container, coverage },
      state: this.#isLocked ? 'locked' : 'learning',
      because: this.#because(nowUs),
      unlearnable: itemKinds.filter((kind) => this.#unlearnable.has(kind)),
      images: this.#images,
      provisionalImage: this.#provisionalImage,
      since: formatTime(this.#sinceUs),
      lockedAt: this.#isLocked ? formatTime(this.#lockedUs) : '',
      lives: this.#lives.complete(),
      refused: this.#refused,
      items: [...this.#items.values()].map(shown).sort(order),
      outside: [...this.#outside.values()].map(shown).sort(order),
      changes: this.#changes,
    }
  }

  #because(nowUs: number): string {
    if (!this.#isLocked) return this.#waitsFor(this.#sinceUs, undefined, nowUs)
    const last = this.#changes.findLast(({ action }) => action !== 'unlocked')
    return last === undefined ? '' : `${last.action} by ${last.author}: ${last.comment}`
  }

  /** What is still missing until it may lock; empty when nothing is. */
  #waitsFor(sinceUs: number, image: string | undefined, nowUs: number): string {
    const isCronJob = this.owner.workloadType === 'cronjob'
    const { completeRuns, completeLives, learnUs } = this.#limits
    const wanted = isCronJob ? completeRuns : completeLives
    const missing = wanted - this.#lives.complete(image)
    const leftUs = sinceUs + learnUs - nowUs
    const hours = Math.ceil(leftUs / 3_600_000_000)
    return [
      leftUs > 0 ? `${hours} h` : '',
      missing > 0 ? `${missing} complete ${isCronJob ? 'runs' : 'lives'}` : '',
    ]
      .filter(Boolean)
      .map((part, index) => (index === 0 ? `waits for ${part}` : part))
      .join(' and ')
  }

  #known(seen: Seen): Item | undefined {
    const exact = this.#items.get(keyOf(seen))
    if (exact !== undefined || seen.kind !== 'exec') return exact
    return this.#items.get(keyOf({ ...seen, args: anyArguments }))
  }

  #see(item: Item, { timeUs, podUid }: Sight): void {
    if (podUid !== '' && item.pods < 2 && item.pod !== podUid) {
      // After a start the first pod's id is forgotten: seen again, it may count twice.
      item.pods = item.pod === '' && item.pods === 1 ? 1 : item.pods + 1
      item.pod = podUid
      this.isChanged = true
    }
    if (timeUs - item.lastUs < sightUs) return
    item.lastUs = timeUs
    this.isChanged = true
  }

  /** Of a locked baseline: an image that it is not known for is provisional until it is known as well. */
  #isNewImage({ image, timeUs }: Sight): boolean {
    if (image === '' || this.#images.length === 0 || this.#images.includes(image)) return false
    if (image === this.#provisionalImage) return true
    this.#provisionalImage = image
    this.#provisionalUs = timeUs
    this.#note(timeUs, 'mayfly', 'image', `what is new with ${image} is provisional`)
    return true
  }

  #knowImage(image: string): void {
    if (image === '' || this.#images.includes(image)) return
    this.#images = [...this.#images, image].slice(-maxImages)
    this.isChanged = true
  }

  #lastImageChange(): number {
    const last = this.#changes.findLast(({ action }) => action === 'image')
    return last === undefined ? this.#sinceUs : micros(last.time)
  }

  #add(seen: Seen, { timeUs, podUid, image }: Sight, provisional: boolean): void {
    const pods = podUid === '' ? 0 : 1
    this.#put({ ...seen, firstUs: timeUs, lastUs: timeUs, pods, pod: podUid, image, provisional })
    this.isChanged = true
  }

  #put(item: Item): void {
    this.#items.set(keyOf(item), item)
    this.#count(item)
    const { kind, scope, value, args } = item
    if ((this.#kinds.get(kind) ?? 0) > this.#limits.items[kind]) this.#giveUp(kind)
    else if (kind === 'exec' && args !== anyArguments) {
      const shapes = this.#shapes.get(`${scope}\0${value}`) ?? 0
      // In scope `exec` nothing but what is written down is exempt, however long the list.
      if (scope === 'main' && shapes > this.#limits.shapes) this.#anyArguments(item)
    }
  }

  #count({ kind, scope, value }: Seen): void {
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1)
    if (kind !== 'exec') return
    const executable = `${scope}\0${value}`
    this.#shapes.set(executable, (this.#shapes.get(executable) ?? 0) + 1)
  }

  #anyArguments(item: Item): void {
    const { scope, value } = item
    for (const [key, one] of this.#items) {
      if (one.kind !== 'exec' || one.scope !== scope || one.value !== value) continue
      this.#items.delete(key)
      this.#kinds.set('exec', (this.#kinds.get('exec') ?? 0) - 1)
    }
    this.#shapes.delete(`${scope}\0${value}`)
    this.#put({ ...item, args: anyArguments })
  }

  #giveUp(kind: ItemKind): void {
    this.#unlearnable.add(kind)
    for (const [key, one] of this.#items) if (one.kind === kind) this.#items.delete(key)
    this.#kinds.delete(kind)
    if (kind === 'exec') this.#shapes.clear()
  }

  #noteOutside(seen: Seen, { timeUs, podUid, image }: Sight): void {
    const key = keyOf(seen)
    const before = this.#outside.get(key)
    if (before !== undefined) {
      this.#see(before, { timeUs, podUid, image, isSuspect: false })
      return
    }
    if (this.#outside.size >= this.#limits.outside) return
    const pods = podUid === '' ? 0 : 1
    const times = { firstUs: timeUs, lastUs: timeUs }
    this.#outside.set(key, { ...seen, ...times, pods, pod: podUid, image, provisional: false })
    this.isChanged = true
  }

  #lock(nowUs: number, author: string, comment: string): void {
    this.#isLocked = true
    this.#lockedUs = nowUs
    const alone = [...this.#items.values()].filter(({ pods }) => pods === 1).length
    const list =
      alone > 0 ? `; ${alone} of ${this.#items.size} items were seen in one pod alone` : ''
    this.#note(nowUs, author, 'locked', `${comment}${list}`)
  }

  /** What is new with the provisional image is normal from now on. */
  #settle(nowUs: number, author: string): void {
    if (this.#provisionalImage === '') return
    for (const item of this.#items.values()) item.provisional = false
    const image = this.#provisionalImage
    this.#knowImage(image)
    this.#provisionalImage = ''
    this.#note(nowUs, author, 'locked', `known for ${image} as well`)
  }

  #note(nowUs: number, author: string, action: BaselineChange['action'], comment: string): void {
    const change = { time: formatTime(nowUs), author, action, comment }
    this.#changes = [...this.#changes, change].slice(-maxChanges)
    this.isChanged = true
  }
}
