/** The `findings` table: what does not belong, worst first within the latest, and why. */
import type { Finding, Severity } from '#proto/finding.ts'
import type { Paint } from './paint.ts'
import { clip, escapeText, formatCount } from './text.ts'
import type { TableStyle } from './timeline.ts'

const styles: Readonly<Record<Severity, Parameters<Paint>[0]>> = {
  low: 'faint',
  medium: 'warning',
  high: 'bad',
  critical: 'bad',
}

const placeText = ({ namespace, workload, container, nodes }: Finding): string => {
  const owner = [namespace, workload].filter(Boolean).join('/')
  if (owner !== '') return owner
  return container === '' ? (nodes[0] ?? '') : `${container} on ${nodes[0] ?? '?'}`
}

/** Two lines for each: what, where and when; and why. */
export function* findingsLines(
  findings: readonly Finding[],
  isTruncated: boolean,
  { paint, width }: TableStyle,
): Generator<string> {
  if (findings.length === 0) {
    yield 'Nothing was found. "mayfly rules list" shows what is looked for.'
    return
  }
  yield paint(
    'faint',
    'ID                SEVERITY  RISK  LAST SEEN UTC        TIMES  RULE    STATE         WHERE',
  )
  for (const one of findings) {
    const { id, severity, risk, lastSeen, count, rule, state, late } = one
    const when = `${lastSeen.slice(0, 10)} ${lastSeen.slice(11, 19)}`
    const head = [
      escapeText(id).padEnd(16),
      paint(styles[severity], severity.padEnd(8)),
      String(risk.score).padStart(4),
      when,
      formatCount(count).padStart(7),
      rule.padEnd(6),
      `${state}${late ? ', late' : ''}`.padEnd(12),
      escapeText(placeText(one)),
    ]
    yield head.join('  ').trimEnd()
    yield `                  ${clip(escapeText(one.reason), width - 18)}`
    const line = one.ancestry.map(({ exe }) => exe).reverse()
    if (line.length > 1)
      yield paint('faint', `                  ${clip(escapeText(line.join(' → ')), width - 18)}`)
    const [latest] = one.changes.toReversed()
    if (latest !== undefined) {
      const said = latest.comment === '' ? '' : `: ${latest.comment}`
      yield paint(
        'faint',
        `                  ${clip(escapeText(`${latest.action} by ${latest.author}${said}`), width - 18)}`,
      )
    }
  }
  if (isTruncated) yield paint('warning', 'There are more: give --limit.')
}
