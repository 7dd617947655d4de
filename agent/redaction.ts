/**
 * Replaces secrets in argv before anything is written or sent. Called by the tracker for every exec, thousands of times a second: an argv
 * without a trace of a secret comes back as it is, after one look per argument.
 *
 * Rule: linear time whatever the arguments hold; flags, keys and user names stay readable. See docs/redaction.md.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { redactArguments } from './redaction/command-rules.ts'
import { baseName, toolName, tools, wrappers } from './redaction/command-tools.ts'
import { patternFault } from './redaction/linear-pattern.ts'
import { type NameKind, nameKind, normalizeName } from './redaction/secret-names.ts'

export interface ExtraPattern {
  /** For messages. */
  readonly name: string
  /** Regular expression; its first group, or all of it without one, is replaced. Linear: see docs/redaction.md. */
  readonly pattern: string
}

export interface RedactionConfig {
  /** False returns every argv as it is; true by default. */
  readonly enabled: boolean
  /** More flags whose value is a secret, such as `--pin` or `-z`. */
  readonly extraFlags: readonly string[]
  /** More names of variables and fields whose value is a secret, such as `LICENSE`. Case and `-`, `_`, `.` do not matter. */
  readonly extraKeys: readonly string[]
  readonly extraPatterns: readonly ExtraPattern[]
  /** Flags whose value is never replaced for the flag's sake, such as `--page-token`. */
  readonly keepFlags: readonly string[]
}

export const defaultRedaction: RedactionConfig = {
  enabled: true,
  extraFlags: [],
  extraKeys: [],
  extraPatterns: [],
  keepFlags: [],
}

/** Most entries in each list. */
export const redactionListMax = 256

export const redactionErrorCodes = ['unreadable', 'syntax', 'field', 'pattern'] as const
export type RedactionErrorCode = (typeof redactionErrorCodes)[number]

export class RedactionError extends Error {
  readonly code: RedactionErrorCode
  constructor(code: RedactionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RedactionError'
    this.code = code
  }
}

export interface RedactedArgv {
  readonly argv: readonly string[]
  /** How many secrets were replaced. */
  readonly redacted: number
}

/**
 * A trace of a secret, in any argument: cheap, and wrong only on the side of looking closer. `pw` and `psk` stand alone, the rest
 * anywhere.
 */
const trace =
  /pass|pwd|secret|token|key|cred|auth|bearer|cookie|:\/\/|sig(?:nature)?=|@(?:tcp|udp|unix)\(|eyJ|A(?:KIA|SIA|BIA|CCA)|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox|xapp-|[sr]k_(?:live|test)_|sk-|AIza|ya29|npm_|pypi-|hv[sbr]\.|SG\.|do[opr]_v1_|whsec_|\bp(?:w|sk)\b|-----BEGIN/i

/** The kind of a name under both the built-in rules and the person's. */
const nameRules = (config: RedactionConfig): ((name: string) => NameKind) => {
  const normalized = (names: readonly string[]) => new Set(names.map(normalizeName))
  const flags = normalized(config.extraFlags)
  const keys = normalized(config.extraKeys)
  const kept = normalized(config.keepFlags)
  if (flags.size + keys.size + kept.size === 0) return nameKind
  return (name) => {
    const plain = normalizeName(name.slice(0, 256))
    const isFlag = name.startsWith('-')
    if (isFlag && kept.has(plain)) return 'plain'
    if ((isFlag && flags.has(plain)) || (!isFlag && keys.has(plain))) return 'secret'
    return nameKind(name)
  }
}

/** @throws RedactionError `pattern` that names it. */
const compile = ({ name, pattern }: ExtraPattern): RegExp => {
  let compiled: RegExp
  try {
    compiled = new RegExp(pattern, 'dg')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RedactionError('pattern', `extraPatterns: pattern ${name}: ${reason}`, {
      cause: error,
    })
  }
  const fault = patternFault(pattern)
  if (fault !== undefined) {
    throw new RedactionError('pattern', `extraPatterns: pattern ${name} ${fault}`)
  }
  if (compiled.test('')) {
    throw new RedactionError('pattern', `extraPatterns: pattern ${name} matches the empty text`)
  }
  return compiled
}

/**
 * Builds the function that the tracker calls.
 * @throws RedactionError `pattern` for one that is malformed or not linear.
 */
export const createRedactor = (
  config: RedactionConfig = defaultRedaction,
): ((argv: readonly string[]) => RedactedArgv) => {
  const extraPatterns = config.extraPatterns.map(compile)
  if (!config.enabled) return (argv) => ({ argv, redacted: 0 })
  const kindOf = nameRules(config)
  const custom = [...config.extraFlags, ...config.extraKeys].map((name) =>
    normalizeName(name).split('-'),
  )
  const hasTrace = (argument: string): boolean => trace.test(argument)
  const hasCustomTrace = (argument: string): boolean => {
    const lower = argument.toLowerCase()
    return custom.some((words) => words.every((word) => lower.includes(word)))
  }
  const suspicious = (argv: readonly string[]): boolean => {
    if (extraPatterns.length > 0 || argv.some(hasTrace) || argv.some(hasCustomTrace)) return true
    const name = baseName(argv[0] ?? '')
    if (tools.has(name)) return true
    return wrappers.has(name) && argv.some((argument) => toolName.test(argument))
  }
  const needsText = (argument: string): boolean =>
    extraPatterns.length > 0 || hasTrace(argument) || hasCustomTrace(argument)
  const options = { kindOf, extraPatterns, needsText }
  return (argv) => {
    if (!suspicious(argv)) return { argv, redacted: 0 }
    const { argv: shown, count } = redactArguments(argv, options)
    return { argv: shown, redacted: count }
  }
}

const nameList = (field: string, value: unknown): readonly string[] => {
  if (value === undefined || value === null) return []
  const fits =
    Array.isArray(value) &&
    value.length <= redactionListMax &&
    value.every((item) => typeof item === 'string' && item.length <= 128 && normalizeName(item))
  if (fits) return value as string[]
  throw new RedactionError('field', `${field}: write a list of at most ${redactionListMax} names`)
}

const patternList = (value: unknown): readonly ExtraPattern[] => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > redactionListMax) {
    throw new RedactionError(
      'field',
      `extraPatterns: write a list of at most ${redactionListMax} entries of name and pattern`,
    )
  }
  return value.map((item: unknown, index) => {
    const { name, pattern } = (item ?? {}) as { name?: unknown; pattern?: unknown }
    if (typeof name === 'string' && typeof pattern === 'string' && pattern.length <= 1024) {
      return { name, pattern }
    }
    throw new RedactionError(
      'field',
      `extraPatterns[${index}]: write name and pattern, of at most 1024 characters`,
    )
  })
}

/**
 * Reads the text of a redaction file (YAML). An empty one changes nothing.
 * @throws RedactionError that names the field, and what to write instead.
 */
export const parseRedactionConfig = (yaml: string): RedactionConfig => {
  let document: unknown
  try {
    // Loaded only where there is a file to read: it would cost every agent 8 MB of memory.
    const { parse } = createRequire(import.meta.url)('yaml') as typeof Yaml
    document = parse(yaml, { maxAliasCount: 0 })
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    throw new RedactionError('syntax', `not YAML: ${reason}`, { cause: error })
  }
  if (document === undefined || document === null) return defaultRedaction
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new RedactionError('syntax', 'write fields, such as "extraFlags: [--pin]"')
  }
  const fields = document as Readonly<Record<string, unknown>>
  for (const field of Object.keys(fields)) {
    if (Object.hasOwn(defaultRedaction, field)) continue
    const known = Object.keys(defaultRedaction).join(', ')
    throw new RedactionError('field', `${field}: no such field; there are ${known}`)
  }
  const enabled = fields.enabled ?? true
  if (typeof enabled !== 'boolean') {
    throw new RedactionError('field', 'enabled: write true or false')
  }
  const config: RedactionConfig = {
    enabled,
    extraFlags: nameList('extraFlags', fields.extraFlags),
    extraKeys: nameList('extraKeys', fields.extraKeys),
    extraPatterns: patternList(fields.extraPatterns),
    keepFlags: nameList('keepFlags', fields.keepFlags),
  }
  for (const pattern of config.extraPatterns) compile(pattern)
  return config
}

/**
 * Reads a redaction file.
 * @throws RedactionError that begins with the path.
 */
export const readRedactionConfig = (path: string): RedactionConfig => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RedactionError('unreadable', `${path}: ${reason}`, { cause: error })
  }
  try {
    return parseRedactionConfig(text)
  } catch (error) {
    if (!(error instanceof RedactionError)) throw error
    throw new RedactionError(error.code, `${path}: ${error.message}`, { cause: error })
  }
}
