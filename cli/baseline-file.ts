/**
 * Baselines as files for git: YAML, one document each, in an order that does not change, without times. Read as strictly as flags
 * are. Pure; used by `mayfly baseline`.
 */
import { isMap, LineCounter, parseAllDocuments, stringify } from 'yaml'
import {
  type Baseline,
  type BaselineCoverage,
  baselineCoverages,
  type ItemKind,
  type WrittenBaseline,
  type WrittenItem,
} from '#proto/baseline.ts'

/** A file that is no baseline: `message` says where and what to write. */
export class BaselineFileError extends Error {
  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`)
    this.name = 'BaselineFileError'
  }
}

const apiVersion = 'mayfly.dev/v1alpha1'
const maxLength = 8 << 20

/** Lists of a document, by what they hold. */
const lists = {
  pairs: 'pair',
  peers: 'peer',
  ports: 'port',
  domains: 'domain',
} as const satisfies Readonly<Record<string, ItemKind>>

type ListName = keyof typeof lists
const listNames = Object.keys(lists) as readonly ListName[]

/** Of executions: path, then arguments. */
interface ExecEntry {
  readonly exe: string
  readonly args: readonly string[]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const execsOf = (items: readonly WrittenItem[], scope: WrittenItem['scope']): ExecEntry[] => {
  const byExe = new Map<string, string[]>()
  for (const { kind, scope: own, value, args } of items)
    if (kind === 'exec' && own === scope) byExe.set(value, [...(byExe.get(value) ?? []), args])
  return [...byExe]
    .map(([exe, args]) => ({ exe, args: args.toSorted(compare) }))
    .toSorted((a, b) => compare(a.exe, b.exe))
}

const valuesOf = (
  items: readonly WrittenItem[],
  kind: ItemKind,
  scope: WrittenItem['scope'],
): readonly string[] =>
  items
    .filter((one) => one.kind === kind && one.scope === scope)
    .map(({ value }) => value)
    .toSorted(compare)

const present = (entries: Readonly<Record<string, readonly unknown[]>>) =>
  Object.fromEntries(Object.entries(entries).filter(([, values]) => values.length > 0))

/** Everything that a baseline holds, as one document. */
export const writeBaseline = (baseline: Baseline): string => {
  const { namespace, workload, workloadType, container, coverage, items, images } = baseline
  const of = (kind: ItemKind) => valuesOf(items, kind, 'main')
  const document = {
    apiVersion,
    kind: 'Baseline',
    metadata: { namespace, workload, workloadType, container },
    spec: {
      coverage,
      ...(images.length > 0 && { image: images.at(-1) }),
      ...present({
        execs: execsOf(items, 'main'),
        pairs: of('pair'),
        peers: of('peer'),
        ports: of('port'),
        domains: of('domain'),
      }),
      // What probes, hooks and people do from outside.
      ...present({ probes: execsOf(items, 'exec'), probePairs: valuesOf(items, 'pair', 'exec') }),
    },
  }
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })
}

type Fields = Readonly<Record<string, unknown>>

class Reader {
  readonly #fail: (message: string) => never

  constructor(fail: (message: string) => never) {
    this.#fail = fail
  }

  map(value: unknown, what: string, known: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.#fail(`${what}: write a map with ${known.join(', ')}`)
    const unknown = Object.keys(value).find((name) => !known.includes(name))
    if (unknown !== undefined)
      this.#fail(`${what}: unknown field "${unknown}"; known: ${known.join(', ')}`)
    return value as Fields
  }

  text(fields: Fields, name: string, isNeeded = true): string {
    const value = fields[name] ?? ''
    if (typeof value !== 'string') return this.#fail(`${name}: write text, numbers in quotes`)
    return value === '' && isNeeded ? this.#fail(`${name}: is missing`) : value
  }

  texts(fields: Fields, name: string): readonly string[] {
    const value = fields[name] ?? []
    if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
      return this.#fail(`${name}: write a list of texts, numbers in quotes`)
    return value as readonly string[]
  }

  execs(fields: Fields, name: string, scope: WrittenItem['scope']): readonly WrittenItem[] {
    const value = fields[name] ?? []
    if (!Array.isArray(value)) return this.#fail(`${name}: write a list`)
    return value.flatMap((one) => {
      const entry = this.map(one, name, ['exe', 'args'])
      const exe = this.text(entry, 'exe')
      const args = this.texts(entry, 'args')
      if (args.length === 0) this.#fail(`${name}: ${exe}: give args, "*" for any`)
      return args.map((shape) => ({ kind: 'exec', scope, value: exe, args: shape }) as const)
    })
  }

  coverage(fields: Fields): BaselineCoverage {
    const found = baselineCoverages.find((one) => one === (fields.coverage ?? 'ebpf'))
    return found ?? this.#fail(`coverage: write one of ${baselineCoverages.join(', ')}`)
  }
}

const readDocument = (reader: Reader, value: unknown, fail: (message: string) => never) => {
  const top = reader.map(value, 'document', ['apiVersion', 'kind', 'metadata', 'spec'])
  if (top.apiVersion !== apiVersion || top.kind !== 'Baseline')
    fail(`write "apiVersion: ${apiVersion}" and "kind: Baseline"`)
  const names = ['namespace', 'workload', 'workloadType', 'container']
  const metadata = reader.map(top.metadata, 'metadata', names)
  const spec = reader.map(top.spec, 'spec', [
    ...['coverage', 'image', 'execs', 'probes', 'probePairs'],
    ...listNames,
  ])
  const values = (name: string, kind: ItemKind, scope: WrittenItem['scope'] = 'main') =>
    reader.texts(spec, name).map((one) => ({ kind, scope, value: one, args: '' }) as const)
  const written: WrittenBaseline = {
    namespace: reader.text(metadata, 'namespace'),
    workload: reader.text(metadata, 'workload'),
    workloadType: reader.text(metadata, 'workloadType'),
    container: reader.text(metadata, 'container'),
    coverage: reader.coverage(spec),
    image: reader.text(spec, 'image', false),
    items: [
      ...reader.execs(spec, 'execs', 'main'),
      ...reader.execs(spec, 'probes', 'exec'),
      ...values('probePairs', 'pair', 'exec'),
      ...listNames.flatMap((name) => values(name, lists[name])),
    ],
  }
  return written
}

/** @throws BaselineFileError with the first fault. */
export const readBaselines = (file: string, text: string): readonly WrittenBaseline[] => {
  if (text.length > maxLength)
    throw new BaselineFileError(file, 1, `longer than ${maxLength} characters`)
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, { lineCounter: lines })
  if (!Array.isArray(documents) || documents.length === 0)
    throw new BaselineFileError(file, 1, 'there is no document in it')
  return documents.map((document) => {
    const line = lines.linePos(document.range?.[0] ?? 0).line
    const [error] = document.errors
    if (error !== undefined) {
      const message = error.message.split('\n')[0] ?? ''
      throw new BaselineFileError(file, lines.linePos(error.pos[0]).line, message)
    }
    const fail = (message: string): never => {
      throw new BaselineFileError(file, line, message)
    }
    let value: unknown
    try {
      if (isMap(document.contents)) value = document.toJS({ maxAliasCount: 100 })
    } catch (error) {
      fail((error as Error).message)
    }
    return readDocument(new Reader(fail), value, fail)
  })
}

/** What there is beside a file, and what of the file was not seen. */
export interface BaselineDiff {
  readonly added: readonly WrittenItem[]
  readonly missing: readonly WrittenItem[]
}

const keyOf = ({ kind, scope, value, args }: WrittenItem): string =>
  [kind, scope, value, args].join('\0')

/** Holds what was learnt, and what was seen outside it, against what is written down. */
export const diffBaseline = (
  written: WrittenBaseline,
  live: Pick<Baseline, 'items' | 'outside'>,
): BaselineDiff => {
  const expected = new Set(written.items.map(keyOf))
  const isExpected = (one: WrittenItem): boolean =>
    expected.has(keyOf(one)) || (one.kind === 'exec' && expected.has(keyOf({ ...one, args: '*' })))
  // What an import brought was not seen by anybody yet.
  const seen = [...live.items, ...live.outside].filter(({ pods }) => pods > 0)
  const seenKeys = new Set(seen.map(keyOf))
  return {
    added: seen.filter((one) => !isExpected(one)),
    missing: written.items.filter((one) => one.args !== '*' && !seenKeys.has(keyOf(one))),
  }
}
