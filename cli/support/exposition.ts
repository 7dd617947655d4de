/**
 * The text of /metrics for a support bundle: samples and types of Mayfly's own metrics, line by line; anything else that stands there is
 * left out and counted. Called by program-parts.ts.
 */

/** Labels whose values are names of a cluster. Each other label has its values from the declarations, or is a rule, version, route or bound. */
export const nameLabels: ReadonlySet<string> = new Set([
  'namespace',
  'workload',
  'pod',
  'container',
  'node',
  'agent',
  'instance',
])

export interface Exposition {
  readonly text: string
  readonly samples: number
  /** Lines that are no samples of Mayfly's metrics; comments with help are not counted. */
  readonly skipped: number
}

/** A line: name, labels, value, and perhaps a time. Of what prom-client writes, this is all. */
const sample =
  /^((?:mayfly|process|nodejs)_\w{1,200})(?:\{(.{0,4000})\})? (-?[\d.e+-]{1,40}|[+-]?Inf|NaN)$/
const label = /(\w{1,64})="((?:[^"\\]|\\.)*)"(?:,|$)/gy
const type = /^# TYPE (?:mayfly|process|nodejs)_\w{1,200} (?:counter|gauge|histogram|summary)$/

/** Values of labels that are no names; what else stands there is treated as one. */
const vocabulary = /^[\w.:+/{}-]{0,100}$/

/** A label's value is a name or a word: longer ones are somebody's mistake. */
const valueCharsMax = 253

const unescaped = (value: string): string =>
  value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))
const escaped = (value: string): string => value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')

/** Undefined when the text is no list of labels. */
const labelsOf = (text: string, nameOf: (name: string) => string): string | undefined => {
  const shown: string[] = []
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const match = label.exec(text)
    if (match === null) return undefined
    const [, key = '', raw = ''] = match
    const value = unescaped(raw).slice(0, valueCharsMax)
    const isName = nameLabels.has(key) || !vocabulary.test(value)
    shown.push(`${key}="${escaped(isName ? nameOf(value) : value)}"`)
  }
  return shown.join(',')
}

/** Pure and total; `nameOf` says how a name is shown. */
export const readExposition = (text: string, nameOf: (name: string) => string): Exposition => {
  const lines: string[] = []
  let samples = 0
  let skipped = 0
  for (const line of text.split('\n')) {
    if (type.test(line)) lines.push(line)
    else if (line !== '' && !line.startsWith('# HELP ')) {
      const [, name, given, value] = sample.exec(line) ?? []
      const labels = given === undefined ? '' : labelsOf(given, nameOf)
      if (name === undefined || labels === undefined) skipped += 1
      else {
        samples += 1
        lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${value}`)
      }
    }
  }
  return { text: lines.map((line) => `${line}\n`).join(''), samples, skipped }
}
