/**
 * The risk score of a finding: a sum in which every term only adds, so that of two findings that differ in one fact the one
 * with the worse fact is never ranked lower. Called by the book for each occurrence; docs/detection.md has the table.
 *
 * The weights are a judgement, not a measurement: severity alone spans 75 of the 100 points, so that no context lifts a low
 * finding above a bare critical one.
 */
import type { Risk, RiskTerm, Severity } from '#proto/finding.ts'

/** What of a container and its surroundings makes a success of an attacker worse. Unknown facts are left out, never guessed. */
export interface RiskFacts {
  readonly severity: Severity
  /** Every capability: what `privileged: true` gives. */
  readonly privileged: boolean
  /** Namespaces of the host that the process is in, such as `pid`, `net`. */
  readonly hostNamespaces: readonly string[]
  /** Capabilities that break out of most containers (`SYS_ADMIN`, `SYS_PTRACE`, `SYS_MODULE`, `BPF`, `DAC_READ_SEARCH`). */
  readonly strongCapabilities: readonly string[]
  readonly isRoot: boolean
  /** A ServiceAccount token is mounted; false where nobody told. */
  readonly hasServiceAccountToken: boolean
  /** Addresses from outside the cluster have reached it. */
  readonly isExposed: boolean
  /** From a registry outside the trusted ones; undefined when none are named. */
  readonly isUntrustedImage: boolean | undefined
  /** Other open findings of the same workload within minutes, by name. */
  readonly related: readonly string[]
}

const severityPoints: Readonly<Record<Severity, number>> = {
  low: 5,
  medium: 25,
  high: 50,
  critical: 75,
}

/** Each related finding adds so much, and together no more than the cap. */
const pointsPerRelated = 4
const maxRelatedPoints = 12

const list = (values: readonly string[]): string => values.slice(0, 5).join(', ')

/** Sums up; terms that do not apply are left out. */
export const riskOf = (facts: RiskFacts): Risk => {
  const terms: RiskTerm[] = []
  const add = (applies: boolean | undefined, name: string, points: number, because: string) => {
    if (applies === true && points > 0) terms.push({ name, points, because })
  }
  add(true, 'severity', severityPoints[facts.severity], `the rule is ${facts.severity}`)
  add(facts.privileged, 'privileged', 8, 'the process has every capability')
  const strong = facts.strongCapabilities
  // Privileged containers have them too: whoever gains all is never ranked below whoever gains one.
  add(strong.length > 0, 'capabilities', 4, `the process has ${list(strong)}`)
  const shared = facts.hostNamespaces
  add(shared.length > 0, 'host-namespaces', 4, `it shares with its node: ${list(shared)}`)
  add(facts.isRoot, 'root', 2, 'the process is root in its user namespace')
  add(facts.hasServiceAccountToken, 'token', 3, 'a ServiceAccount token is mounted')
  add(facts.isExposed, 'exposed', 4, 'it is reached from outside the cluster')
  add(facts.isUntrustedImage, 'image', 4, 'its image is from no trusted registry')
  const related = facts.related
  const relatedPoints = Math.min(maxRelatedPoints, related.length * pointsPerRelated)
  add(related.length > 0, 'related', relatedPoints, `with it were found: ${list(related)}`)
  const sum = terms.reduce((total, { points }) => total + points, 0)
  return { score: Math.min(100, sum), terms }
}
