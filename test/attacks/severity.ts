/** How bad findings are, for what is played here. */
import { type Finding, type Severity, severities } from '#proto/finding.ts'

export const isAtLeast = (one: Finding, severity: Severity): boolean =>
  severities.indexOf(one.severity) >= severities.indexOf(severity)

/** Somebody is called: honest work must not be. */
export const isLoud = (one: Finding): boolean => isAtLeast(one, 'medium')
