/**
 * Reads a file of rules: YAML, checked as strictly as flags are. Every fault is said with file and line, all at once, and a file
 * with a fault gives no rule. Pure; called by load.ts and by `mayfly rules test`.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { maturities, severities } from '#proto/finding.ts'
import { type ExampleActivity, exampleActivity } from '../example-activity.ts'
import { fields } from '../fields.ts'
import { ConditionError, conditionReader, type NamedLists } from './condition.ts'
import { needsOf } from './needs.ts'
import {
  type AddedException,
  exceptionFields,
  type Rule,
  type RuleExample,
  type RuleException,
  type RuleKind,
  ruleKinds,
} from './rule.ts'

/** A fault of a file, as a person can act on it. */
export interface RuleFault {
  /** `file:line`. */
  readonly place: string
  readonly message: string
}

export interface RuleFile {
  readonly rules: readonly Rule[]
  /** For rules of other files. */
  readonly exceptions: readonly Placed<AddedException>[]
  /** Who builds images for a living. */
  readonly builders: readonly RuleException[]
  /** Parameters of statistics by name, not checked yet. */
  readonly statistics: Readonly<Record<string, unknown>>
  readonly statisticsPlace: string
  readonly faults: readonly RuleFault[]
}

/** With where it stands, for messages. */
export type Placed<T> = T & { readonly place: string }

/** Rules, lists and texts of one file, at most. */
const maxFileLength = 1_000_000
const maxRules = 500

const ruleFields = [
  ...['id', 'name', 'description', 'severity', 'maturity', 'mitre', 'kinds', 'condition', 'key'],
  ...['reason', 'exceptions', 'low_in_builders', 'examples'],
] as const

/** Fields that may stand in keys and reasons. */
const paths: ReadonlySet<string> = new Set(
  Object.entries(fields).flatMap(([variable, declared]) =>
    Object.keys(declared).map((name) => `${variable}.${name}`),
  ),
)

class Reader {
  readonly #file: string
  readonly #lines: LineCounter
  readonly faults: RuleFault[] = []

  constructor(file: string, lines: LineCounter) {
    this.#file = file
    this.#lines = lines
  }

  place(node: Node | null | undefined): string {
    const offset = node?.range?.[0]
    return offset === undefined ? this.#file : `${this.#file}:${this.#lines.linePos(offset).line}`
  }

  fault(node: Node | null | undefined, message: string): undefined {
    this.faults.push({ place: this.place(node), message })
    return undefined
  }

  /** A map with no other keys than these. */
  map(node: unknown, what: string, known: readonly string[]): YAMLMap | undefined {
    if (!isMap(node)) return this.fault(node as Node, `${what}: write a map`)
    for (const { key } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      if (!known.includes(name))
        this.fault(key as Node, `${what}: unknown field "${name}"; known: ${known.join(', ')}`)
    }
    return node
  }

  text(map: YAMLMap, name: string, maxLength: number): string | undefined {
    const node = map.get(name, true)
    if (!isScalar(node) || typeof node.value !== 'string' || node.value.trim() === '')
      return this.fault((node as Node | undefined) ?? map, `${name}: write text`)
    if (node.value.length > maxLength)
      return this.fault(node, `${name}: longer than ${maxLength} characters`)
    return node.value.trim()
  }

  choice<T extends string>(map: YAMLMap, name: string, choices: readonly T[]): T | undefined {
    const text = this.text(map, name, 64)
    if (text === undefined) return undefined
    const found = choices.find((one) => one === text)
    return (
      found ??
      this.fault(map.get(name, true) as Node, `${name}: write one of ${choices.join(', ')}`)
    )
  }

  texts(node: unknown, what: string, max: number): readonly string[] | undefined {
    if (!isSeq(node)) return this.fault(node as Node, `${what}: write a list of texts`)
    const values = node.items.map((item) => (isScalar(item) ? item.value : undefined))
    const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
    if (!values.every(isText) || values.length > max)
      return this.fault(node, `${what}: write at most ${max} texts, numbers in quotes`)
    return values as readonly string[]
  }
}

const readExceptions = (reader: Reader, node: unknown): readonly RuleException[] => {
  if (node === undefined) return []
  if (!isSeq(node)) {
    reader.fault(node as Node, 'exceptions: write a list')
    return []
  }
  return node.items.flatMap((item) => {
    const map = reader.map(item, 'exception', ['name', ...exceptionFields])
    if (map === undefined) return []
    const name = reader.text(map, 'name', 200)
    const given = exceptionFields.filter((field) => map.has(field))
    if (given.length === 0)
      reader.fault(map, `exception: give at least one of ${exceptionFields.join(', ')}`)
    const values = given.map((field) => [field, reader.text(map, field, 400) ?? ''] as const)
    return [{ name: name ?? '', ...Object.fromEntries(values) }]
  })
}

/** Exceptions for rules of other files: each with its rule's id. */
const readAdded = (reader: Reader, node: unknown): readonly Placed<AddedException>[] => {
  if (node === undefined) return []
  if (!isSeq(node)) {
    reader.fault(node as Node, 'exceptions: write a list')
    return []
  }
  return node.items.flatMap((item) => {
    const map = reader.map(item, 'exception', ['rule', 'name', ...exceptionFields])
    const rule = map && reader.text(map, 'rule', 16)
    if (map === undefined || rule === undefined) return []
    const given = exceptionFields.filter((field) => map.has(field))
    if (given.length === 0)
      reader.fault(map, `exception: give at least one of ${exceptionFields.join(', ')}`)
    const values = given.map((field) => [field, reader.text(map, field, 400) ?? ''] as const)
    const name = reader.text(map, 'name', 200) ?? ''
    return [{ rule, name, place: reader.place(map), ...Object.fromEntries(values) }]
  })
}

const readFlag = (reader: Reader, map: YAMLMap, name: string): boolean => {
  const value = map.get(name)
  if (value !== undefined && typeof value !== 'boolean')
    reader.fault(map.get(name, true) as Node, `${name}: write true or false`)
  return value === true
}

const readExamples = (reader: Reader, node: unknown, what: string): readonly RuleExample[] => {
  if (!isSeq(node) || node.items.length === 0) {
    reader.fault(node as Node, `examples.${what}: give at least one`)
    return []
  }
  return node.items.flatMap((item) => {
    const known = ['name', 'ancestors', ...Object.keys(fields)]
    const map = reader.map(item, `example`, known)
    if (map === undefined) return []
    const name = reader.text(map, 'name', 200)
    const { name: _name, ...activity } = map.toJSON() as { name: string } & ExampleActivity
    try {
      exampleActivity(activity)
    } catch (error) {
      reader.fault(map, `example: ${(error as Error).message}`)
      return []
    }
    return [{ name: name ?? '', activity }]
  })
}

/** The condition speaks of what a container is called. */
const asksForNames = (condition: string): boolean =>
  /\b(?:container\.(?:name|image|serviceAccountToken)|pod\.|workload\.)/.test(condition)

const readRule = (
  reader: Reader,
  node: unknown,
  read: ReturnType<typeof conditionReader>,
  lists: NamedLists,
): Rule | undefined => {
  const map = reader.map(node, 'rule', ruleFields)
  if (map === undefined) return undefined
  const before = reader.faults.length
  const id = reader.text(map, 'id', 16)
  if (id !== undefined && !/^MF\d{4}$/.test(id))
    reader.fault(map.get('id', true) as Node, 'id: write MF and four digits')
  const name = reader.text(map, 'name', 120)
  const description = reader.text(map, 'description', 2_000)
  const severity = reader.choice(map, 'severity', severities)
  const maturity = reader.choice(map, 'maturity', maturities)
  const reason = reader.text(map, 'reason', 500)
  const mitre = reader.texts(map.get('mitre', true), 'mitre', 10) ?? []
  for (const technique of mitre)
    if (!/^T\d{4}(\.\d{3})?$/.test(technique))
      reader.fault(
        map.get('mitre', true) as Node,
        `mitre: ${technique} is no technique, such as T1059.004`,
      )
  const kinds = reader.texts(map.get('kinds', true), 'kinds', ruleKinds.length) ?? []
  for (const kind of kinds)
    if (!(ruleKinds as readonly string[]).includes(kind))
      reader.fault(map.get('kinds', true) as Node, `kinds: write some of ${ruleKinds.join(', ')}`)
  if (kinds.length === 0) reader.fault(map, 'kinds: give at least one')
  const key = reader.texts(map.get('key', true), 'key', 6) ?? []
  const asked = [
    ...key,
    ...[...(reason ?? '').matchAll(/\{([^}]*)\}/g)].map(([, path = '']) => path),
  ]
  for (const path of asked)
    if (!paths.has(path)) reader.fault(map, `key and reason: there is no field "${path}"`)
  const text = reader.text(map, 'condition', 4_000)
  const examples = reader.map(map.get('examples', true), 'examples', ['match', 'no_match'])
  const match = readExamples(reader, examples?.get('match', true), 'match')
  const noMatch = readExamples(reader, examples?.get('no_match', true), 'no_match')
  const exceptions = readExceptions(reader, map.get('exceptions', true))
  const lowInBuilders = readFlag(reader, map, 'low_in_builders')
  if (reader.faults.length > before || text === undefined) return undefined
  const conditionNode = map.get('condition', true) as Node
  try {
    const condition = read(text)
    return {
      id: id ?? '',
      name: name ?? '',
      description: description ?? '',
      severity: severity ?? 'low',
      maturity: maturity ?? 'sandbox',
      mitre,
      kinds: kinds as readonly RuleKind[],
      condition,
      needs: needsOf(condition.tree, lists),
      usesNames: asksForNames(text),
      key,
      reason: reason ?? '',
      exceptions,
      lowInBuilders,
      examples: { match, noMatch },
      place: reader.place(map),
    }
  } catch (error) {
    if (!(error instanceof ConditionError)) throw error
    const { offset, message } = error
    const at = offset === undefined ? '' : ` at "${text.slice(offset, offset + 30)}"`
    return reader.fault(conditionNode, `condition of ${id}: ${message}${at}`)
  }
}

const readLists = (reader: Reader, node: unknown): NamedLists => {
  if (node === undefined) return {}
  if (!isMap(node)) {
    reader.fault(node as Node, 'lists: write a map of lists')
    return {}
  }
  const lists: Record<string, readonly string[]> = {}
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : ''
    if (!/^[a-z][a-z_]{0,40}$/.test(name) || name in fields || name === 'ancestors')
      reader.fault(key as Node, `lists: "${name}" is no name for a list: lower-case letters and _`)
    else lists[name] = reader.texts(value, `lists.${name}`, 500) ?? []
  }
  return lists
}

const nothing = { rules: [], exceptions: [], builders: [], statistics: {}, statisticsPlace: '' }
const sections = ['lists', 'rules', 'exceptions', 'builders', 'statistics']

/** Reads one file. `file` is its name, for messages. */
export const parseRuleFile = (file: string, text: string): RuleFile => {
  if (text.length > maxFileLength) {
    const message = `longer than ${maxFileLength} characters`
    return { ...nothing, faults: [{ place: file, message }] }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const reader = new Reader(file, lines)
  for (const { pos, message } of document.errors) {
    const { line } = lines.linePos(pos[0])
    reader.faults.push({ place: `${file}:${line}`, message: message.split('\n')[0] ?? message })
  }
  const failed = (): RuleFile => ({ ...nothing, faults: reader.faults })
  if (reader.faults.length > 0) return failed()
  const map = reader.map(document.contents, 'file', sections)
  if (map === undefined) return failed()
  const lists = readLists(reader, map.get('lists', true))
  const listed = map.get('rules', true)
  const isWithout =
    listed === undefined && sections.some((name) => name !== 'lists' && map.has(name))
  if (!isWithout && (!isSeq(listed) || listed.items.length > maxRules)) {
    reader.fault(listed as Node | undefined, `rules: write a list of at most ${maxRules}`)
    return failed()
  }
  const read = conditionReader(lists)
  const rules = isSeq(listed)
    ? listed.items.flatMap((item) => readRule(reader, item, read, lists) ?? [])
    : []
  const ids = new Set<string>()
  for (const { id, place } of rules) {
    if (ids.has(id)) reader.faults.push({ place, message: `id ${id} is there twice` })
    ids.add(id)
  }
  const exceptions = readAdded(reader, map.get('exceptions', true))
  const builders = readExceptions(reader, map.get('builders', true))
  const parameters = map.get('statistics', true)
  if (parameters !== undefined && !isMap(parameters))
    reader.fault(parameters as Node, 'statistics: write a map of parameters')
  if (reader.faults.length > 0) return failed()
  const statistics = isMap(parameters) ? (parameters.toJSON() as Record<string, unknown>) : {}
  const statisticsPlace = reader.place(parameters as Node | undefined)
  return { rules, exceptions, builders, statistics, statisticsPlace, faults: [] }
}
