/** A rule as it is read from a file; docs/detection.md says what each part means. */
import type { EventKind } from '#proto/event.ts'
import type { Maturity, Severity } from '#proto/finding.ts'
import type { ExampleActivity } from '../example-activity.ts'
import type { Condition } from './condition.ts'
import type { Needs } from './needs.ts'

/** Kinds of events that rules can be about. */
export const ruleKinds = ['exec', 'exit', 'connect', 'accept', 'close', 'listen', 'dns'] as const
export type RuleKind = Extract<EventKind, (typeof ruleKinds)[number]>

/** Whom a rule leaves alone: everything that is given must fit. A value that ends in `*` fits what begins so. */
export interface RuleException {
  readonly name: string
  readonly namespace?: string
  readonly workload?: string
  readonly image?: string
  readonly executable?: string
  /** Executable of the parent. */
  readonly parent?: string
}

export const exceptionFields = ['namespace', 'workload', 'image', 'executable', 'parent'] as const

/** An exception that an operator adds to a rule that ships. */
export interface AddedException extends RuleException {
  /** The rule's id. */
  readonly rule: string
}

export interface RuleExample {
  readonly name: string
  readonly activity: ExampleActivity
}

export interface Rule {
  /** `MF` and four digits; never used again for anything else. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly severity: Severity
  readonly maturity: Maturity
  /** Techniques of MITRE ATT&CK. */
  readonly mitre: readonly string[]
  readonly kinds: readonly RuleKind[]
  readonly condition: Condition
  readonly needs: Needs
  /** The condition or an exception asks for names, which may come after the event. */
  readonly usesNames: boolean
  /** Fields that tell occurrences apart, as `process.exe`. */
  readonly key: readonly string[]
  /** What happened, with fields in braces: `started {process.command}`. */
  readonly reason: string
  readonly exceptions: readonly RuleException[]
  /** What is declared a builder does this for a living: there it is low. */
  readonly lowInBuilders: boolean
  readonly examples: {
    readonly match: readonly RuleExample[]
    readonly noMatch: readonly RuleExample[]
  }
  /** Where it stands, for messages: file and line. */
  readonly place: string
}
