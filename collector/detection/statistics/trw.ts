/**
 * Threshold Random Walk: who scans is betrayed by its first contacts, which mostly fail (Jung et al. 2004). Each first contact of an
 * executable in a container multiplies the likelihood that it scans; four failures in a row suffice with the defaults.
 * Contacts to known peers are no first contacts.
 *
 * The product does not depend on the order of events, so disorder changes nothing. Who is found benign walks anew, other than in
 * Zeek, which leaves it alone for half an hour: who was a server's process a minute ago may be an attacker's now.
 */
import type { TimelineEvent } from '#proto/api.ts'
import type { StatisticParameters } from './parameters.ts'
import type { Hit, Statistic, StatisticContext, StatisticRule } from './statistic.ts'
import { attemptOf, containerOf, exeOf } from './subject.ts'
import { Followed, Told } from './windows.ts'
import { textOf } from './words.ts'

/** Executables of containers that are followed. */
const maxWalks = 5_000
/** Addresses remembered of each, the oldest go: what is forgotten counts as a first contact again. */
const maxContacts = 128
const toldUs = 3_600e6

/** What contacts multiply the likelihood by, and where it decides. */
export interface WalkModel {
  readonly success: number
  readonly failure: number
  readonly scanner: number
  readonly benign: number
}

/** theta1/theta0, (1 − theta1)/(1 − theta0), PD/PF and (1 − PD)/(1 − PF): 0.25, 4, 99 and 0.0101 with the defaults. */
export const walkModel = (parameters: StatisticParameters): WalkModel => {
  const { 'trw.theta0': theta0, 'trw.theta1': theta1 } = parameters
  const { 'trw.detection': detection, 'trw.false-alarm': falseAlarm } = parameters
  return {
    success: theta1 / theta0,
    failure: (1 - theta1) / (1 - theta0),
    scanner: detection / falseAlarm,
    benign: (1 - detection) / (1 - falseAlarm),
  }
}

interface Walk {
  likelihood: number
  failed: number
  reached: number
  latestUs: number
  readonly contacts: Set<string>
}

export class RandomWalk implements Statistic {
  readonly kinds = ['connect'] as const
  readonly rule: StatisticRule = {
    id: 'MF2003',
    name: 'Scan by failing first contacts',
    description:
      'The first contacts of an executable fail as those of a scanner do (Threshold Random Walk).',
    severity: 'low',
    maturity: 'incubating',
    mitre: ['T1046', 'T1018'],
  }
  readonly #model: WalkModel
  readonly #expiryUs: number
  readonly #walks = new Followed<Walk>(maxWalks)
  readonly #told = new Told({ lengthUs: toldUs, max: maxWalks })
  #forgottenContacts = 0

  constructor(parameters: StatisticParameters) {
    this.#model = walkModel(parameters)
    this.#expiryUs = parameters['trw.expiry'] * 1e6
  }

  get size(): number {
    return this.#walks.size
  }

  get evicted(): number {
    return this.#walks.evicted + this.#told.evicted + this.#forgottenContacts
  }

  take(event: TimelineEvent, { timeUs, isKnownPeer }: StatisticContext): Hit | undefined {
    const attempt = attemptOf(event)
    if (attempt === undefined || event.kind !== 'connect') return undefined
    if (event.peer === undefined || isKnownPeer(event)) return undefined
    const exe = exeOf(event)
    const key = `${containerOf(event)}\0${exe}`
    const walk = this.#walkOf(key, timeUs)
    if (!this.#isFirst(walk, event.peer.address)) return undefined
    const { success, failure, scanner, benign } = this.#model
    walk.likelihood *= attempt === 'success' ? success : failure
    if (attempt === 'success') walk.reached += 1
    else walk.failed += 1
    if (walk.likelihood > benign && walk.likelihood < scanner) return undefined
    const { failed, reached } = walk
    const isScanner = walk.likelihood >= scanner
    Object.assign(walk, { likelihood: 1, failed: 0, reached: 0 })
    if (!isScanner || !this.#told.isNews(key, timeUs)) return undefined
    return {
      key: { exe },
      reason: `${textOf(exe) || 'somebody'} contacted ${failed + reached} addresses for the first time, and ${failed} of them did not answer or refused`,
    }
  }

  #walkOf(key: string, timeUs: number): Walk {
    const begin = (): Walk => ({
      likelihood: 1,
      failed: 0,
      reached: 0,
      latestUs: timeUs,
      contacts: new Set(),
    })
    const walk = this.#walks.of(key, begin)
    // Either way: after a pause, and for an outage's backlog, which is another time.
    if (Math.abs(timeUs - walk.latestUs) > this.#expiryUs)
      Object.assign(walk, { likelihood: 1, failed: 0, reached: 0 })
    walk.latestUs = timeUs
    return walk
  }

  #isFirst({ contacts }: Walk, address: string): boolean {
    if (contacts.has(address)) return false
    contacts.add(address)
    if (contacts.size > maxContacts) {
      const [oldest] = contacts
      if (oldest !== undefined) contacts.delete(oldest)
      this.#forgottenContacts += 1
    }
    return true
  }
}
