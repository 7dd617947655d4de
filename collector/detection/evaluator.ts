/**
 * Holds the rules in force against activities, and keeps each within its budget: a rule that costs more than it may, or that
 * fails, is switched off, counted and reported, and the others go on. Called by detection.ts.
 */
import type { Activity } from './fields.ts'
import type { Rule } from './rules/rule.ts'
import { isExcepted, RuleSet } from './rules/rule-set.ts'

/** Evaluations between two looks at a rule's cost. */
const budgetWindow = 2_000
/** Of one evaluation, the mean over a window; a condition of four terms takes half of one. */
const maxMeanUs = 20
/**
 * Of one evaluation, what counts at most: a machine that is busy elsewhere stops every program for milliseconds now and then, which
 * is no rule's fault. A rule that is slow with one event in ten is over its budget by this already.
 */
const maxCountedUs = 10 * maxMeanUs
/** A rule that was switched off gets another chance after so long: the machine may have been what was slow. */
const restUs = 600_000_000
/** Conditions that fail (an index out of range) are faults of the rule. */
const maxFailures = 20

export interface RuleCost {
  readonly evaluations: number
  readonly matches: number
  /** Microseconds, all evaluations together. */
  readonly totalUs: number
  readonly failures: number
  /** Why it is switched off; empty while it is not. */
  readonly disabled: string
}

interface Running {
  evaluations: number
  matches: number
  totalUs: number
  failures: number
  windowUs: number
  disabled: string
  /** When it was switched off. */
  disabledUs: number
  /** Failures since it was last switched off. */
  failuresNow: number
}

export interface EvaluatorOptions {
  /** CLOCK_MONOTONIC, microseconds. */
  readonly nowUs: () => number
  readonly onDisabled: (rule: Rule, why: string) => void
}

export class Evaluator {
  readonly #options: EvaluatorOptions
  #rules = new RuleSet([])
  #costs = new Map<Rule, Running>()

  constructor(options: EvaluatorOptions) {
    this.#options = options
  }

  get rules(): RuleSet {
    return this.#rules
  }

  /** Replaces all rules; what was switched off gets another chance. */
  use(rules: RuleSet): void {
    this.#rules = rules
    this.#costs = new Map()
  }

  costOf(rule: Rule): RuleCost {
    const {
      windowUs: _window,
      disabledUs: _since,
      failuresNow: _now,
      ...cost
    } = this.#costs.get(rule) ?? this.#begin()
    return cost
  }

  /** Of these candidates, the rules that hold, exceptions left out. */
  evaluate(
    activity: Activity,
    candidates: readonly Rule[] = this.#rules.candidates(activity),
  ): readonly Rule[] {
    const matched: Rule[] = []
    for (const rule of candidates) {
      if (!this.#holds(rule, activity)) continue
      if (rule.exceptions.some((one) => isExcepted(one, activity))) continue
      matched.push(rule)
    }
    return matched
  }

  #costOf(rule: Rule): Running {
    const known = this.#costs.get(rule)
    if (known !== undefined) return known
    const cost = this.#begin()
    this.#costs.set(rule, cost)
    return cost
  }

  #begin(): Running {
    return {
      ...{ evaluations: 0, matches: 0, totalUs: 0, failures: 0 },
      ...{ windowUs: 0, disabled: '', disabledUs: 0, failuresNow: 0 },
    }
  }

  #holds(rule: Rule, activity: Activity): boolean {
    const cost = this.#costOf(rule)
    const begunUs = this.#options.nowUs()
    if (cost.disabled !== '') {
      if (begunUs - cost.disabledUs < restUs) return false
      Object.assign(cost, { disabled: '', failuresNow: 0, windowUs: 0 })
    }
    let holds = false
    try {
      holds = rule.condition.holds(activity)
    } catch (error) {
      cost.failures += 1
      cost.failuresNow += 1
      if (cost.failuresNow >= maxFailures) this.#disable(rule, cost, (error as Error).message)
    }
    const tookUs = this.#options.nowUs() - begunUs
    cost.evaluations += 1
    cost.totalUs += tookUs
    cost.windowUs += Math.min(tookUs, maxCountedUs)
    if (holds) cost.matches += 1
    if (cost.evaluations % budgetWindow === 0) {
      const meanUs = cost.windowUs / budgetWindow
      cost.windowUs = 0
      if (meanUs > maxMeanUs)
        this.#disable(rule, cost, `it takes ${meanUs.toFixed(0)} µs, and may take ${maxMeanUs}`)
    }
    return holds
  }

  #disable(rule: Rule, cost: Running, why: string): void {
    cost.disabled = why.split('\n')[0] ?? why
    cost.disabledUs = this.#options.nowUs()
    this.#options.onDisabled(rule, cost.disabled)
  }
}
