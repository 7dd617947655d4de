/** Reads the comments of values.yaml: each value's lines directly above it. For the table in docs/install.md and its test. */
import { parse, stringify } from 'yaml'

export interface DocumentedValue {
  readonly text: string
  readonly value: unknown
}

const valueAt = (values: unknown, path: readonly string[]): unknown =>
  path.reduce((at, key) => (at as Readonly<Record<string, unknown>>)[key], values)

/** By dotted path, in the order of the file. A comment that an empty line follows is about no value. */
export const documentedValues = (file: string): ReadonlyMap<string, DocumentedValue> => {
  const values: unknown = parse(file)
  const found = new Map<string, DocumentedValue>()
  const path: string[] = []
  let comment: string[] = []
  for (const line of file.split('\n')) {
    const said = /^ *# ?(.*)$/.exec(line)?.[1]
    if (said !== undefined) {
      comment.push(said)
      continue
    }
    const [, indent = '', key] = /^( *)([A-Za-z]\w*):/.exec(line) ?? []
    if (key !== undefined) {
      path.splice(indent.length / 2, path.length, key)
      if (comment.length > 0)
        found.set(path.join('.'), { text: comment.join(' '), value: valueAt(values, path) })
    }
    comment = []
  }
  return found
}

const shown = (value: unknown): string =>
  typeof value === 'object'
    ? stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()
    : JSON.stringify(value)

export const valuesTable = (file: string): string =>
  [
    '| value | default | what it does |',
    '| --- | --- | --- |',
    ...[...documentedValues(file)].map(
      ([path, { text, value }]) =>
        `| \`${path}\` | \`${shown(value)}\` | ${text.replaceAll('|', '\\|')} |`,
    ),
  ].join('\n')
