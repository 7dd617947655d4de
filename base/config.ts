/**
 * Configuration as one declarative table per program: each field has a flag, an environment variable, a kind, a
 * default and a sentence of help; reading, checking and help texts are derived from the table. The command line
 * wins over the environment, the environment over the default. Pure: the caller passes flags and environment in.
 */
import {
  type Listen,
  type Parsed,
  parseBytes,
  parseDuration,
  parseHttpUrl,
  parseInteger,
  parseListen,
} from './values.ts'

interface FieldBase<T> {
  /** As typed, `--data-dir`; the environment variable is derived from it: `MAYFLY_DATA_DIR`. */
  readonly flag: `--${string}`
  /** A second name of the flag, such as `-o` or `--q`. */
  readonly alias?: string
  /** False for what belongs to one command line only: no environment variable may change its meaning. */
  readonly environment?: false
  /** One sentence without the default, which the help adds. */
  readonly help: string
  /** As a person would write it; without one the value is undefined when nothing is given. */
  readonly default?: string
  /** True for values that must not be repeated in messages. */
  readonly secret?: boolean
  /** What to write instead, when a well-formed value still cannot be used. */
  readonly check?: (value: T) => string | undefined
}

export type Field =
  /** Any text that is not empty. */
  | (FieldBase<string> & { readonly kind: 'string' })
  /** A file or directory; relative ones are the caller's to resolve. */
  | (FieldBase<string> & { readonly kind: 'path' })
  | (FieldBase<number> & { readonly kind: 'int'; readonly min?: number; readonly max?: number })
  | (FieldBase<number> & { readonly kind: 'port' })
  /** Bytes. */
  | (FieldBase<number> & { readonly kind: 'bytes'; readonly min?: number; readonly max?: number })
  /** Milliseconds. */
  | (FieldBase<number> & {
      readonly kind: 'duration'
      readonly min?: number
      readonly max?: number
    })
  | (FieldBase<Listen> & { readonly kind: 'listen' })
  /** As listen, or `off`, which reads as null. */
  | (FieldBase<Listen | null> & { readonly kind: 'listenOrOff' })
  | (FieldBase<string> & { readonly kind: 'url' })
  /** A flag without a value; in the environment `true`, `1`, `false` or `0`. */
  | (FieldBase<boolean> & { readonly kind: 'bool' })
  | (FieldBase<string> & { readonly kind: 'choice'; readonly choices: readonly string[] })
  /** Comma-separated words. */
  | (FieldBase<readonly string[]> & { readonly kind: 'list' })
  /** Comma-separated `key=value`. */
  | (FieldBase<Readonly<Record<string, string>>> & { readonly kind: 'labels' })

export type Fields = Readonly<Record<string, Field>>

interface KindValues {
  readonly string: string
  readonly path: string
  readonly int: number
  readonly port: number
  readonly bytes: number
  readonly duration: number
  readonly listen: Listen
  readonly listenOrOff: Listen | null
  readonly url: string
  readonly bool: boolean
  readonly choice: string
  readonly list: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

type ValueOf<F extends Field> = F extends { readonly choices: readonly (infer C)[] }
  ? C
  : KindValues[F['kind']]

/** The checked values of a table. A field without a default may be undefined; a bool never is. */
export type ConfigOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends { readonly default: string } | { readonly kind: 'bool' }
    ? ValueOf<F[K]>
    : ValueOf<F[K]> | undefined
}

export type ConfigErrorCode = 'invalid' | 'missing' | 'unknown' | 'conflict'

/** A wrong setting: which field, what was given, what to write instead. Its message is one line for a person. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode
  /** The flag or the environment variable, as the person wrote it. */
  readonly field: string
  /** Absent for secrets and missing values. */
  readonly value: string | undefined
  readonly hint: string

  constructor(code: ConfigErrorCode, field: string, value: string | undefined, hint: string) {
    super(
      `${field}${value === undefined ? '' : ` ${JSON.stringify(value.slice(0, 120))}`}: ${hint}`,
    )
    this.name = 'ConfigError'
    this.code = code
    this.field = field
    this.value = value
    this.hint = hint
  }
}

/** `--data-dir` → `MAYFLY_DATA_DIR`. */
export const environmentName = (flag: string): string =>
  `MAYFLY_${flag.slice(2).replaceAll('-', '_').toUpperCase()}`

/** `--data-dir` → `dataDir`, the key under which commander keeps a flag's value. */
export const flagKey = (flag: string): string =>
  flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())

const within = (parsed: Parsed<number>, field: { min?: number; max?: number }, unit: string) => {
  if (!('value' in parsed)) return parsed
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = field
  if (parsed.value < min) return { fix: `write at least ${min}${unit}` }
  return parsed.value > max ? { fix: `write at most ${max}${unit}` } : parsed
}

const parseBool = (text: string): Parsed<boolean> => {
  if (/^(?:true|1|yes|on)$/i.test(text)) return { value: true }
  return /^(?:false|0|no|off)$/i.test(text) ? { value: false } : { fix: 'write true or false' }
}

const parseLabels = (text: string): Parsed<Readonly<Record<string, string>>> => {
  const pairs = text.split(',').map((pair) => /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair))
  return pairs.every((pair) => pair !== null)
    ? { value: Object.fromEntries(pairs.map((pair) => [pair[1] ?? '', (pair[2] ?? '').trim()])) }
    : { fix: 'write key=value, several separated by commas' }
}

const parseField = (field: Field, text: string): Parsed<unknown> => {
  switch (field.kind) {
    case 'string':
      return { value: text }
    case 'path':
      return text.includes('\0') ? { fix: 'write a path without NUL bytes' } : { value: text }
    case 'int':
      return parseInteger(text, field.min ?? 0, field.max ?? Number.MAX_SAFE_INTEGER)
    case 'port':
      return parseInteger(text, 0, 65_535)
    case 'bytes':
      return within(parseBytes(text), field, ' bytes')
    case 'duration':
      return within(parseDuration(text), field, 'ms')
    case 'listen':
      return parseListen(text)
    case 'listenOrOff': {
      if (text === 'off') return { value: null }
      const parsed = parseListen(text)
      return 'fix' in parsed ? { fix: `${parsed.fix}, or off` } : parsed
    }
    case 'url':
      return parseHttpUrl(text)
    case 'bool':
      return parseBool(text)
    case 'choice':
      return field.choices.includes(text)
        ? { value: text }
        : { fix: `write one of ${field.choices.join(', ')}` }
    case 'list':
      return {
        value: text
          .split(',')
          .map((word) => word.trim())
          .filter(Boolean),
      }
    case 'labels':
      return parseLabels(text)
  }
}

/** Flag values by flagKey, as commander's opts() gives them. */
export type FlagValues = Readonly<Record<string, unknown>>
export type Environment = Readonly<Record<string, string | undefined>>

const readField = (field: Field, flags: FlagValues, env: Environment): unknown => {
  const flagValue = flags[flagKey(field.flag)]
  const environment = environmentName(field.flag)
  // An empty variable counts as not set, as `VAR= command` means in a shell; an empty flag is an error.
  const [name, text] =
    flagValue !== undefined
      ? [field.flag, String(flagValue)]
      : field.environment !== false && env[environment]
        ? [environment, env[environment]]
        : [field.flag, field.default]
  if (text === undefined) return field.kind === 'bool' ? false : undefined
  const parsed =
    text === '' && flagValue !== undefined
      ? { fix: 'give it a value or leave it out' }
      : parseField(field, text)
  const fix =
    'fix' in parsed
      ? parsed.fix
      : (field.check as ((value: unknown) => string | undefined) | undefined)?.(parsed.value)
  if (fix !== undefined) {
    throw new ConfigError('invalid', name, field.secret ? undefined : text, fix)
  }
  return 'value' in parsed ? parsed.value : undefined
}

/**
 * Reads every field of the table from flags, environment or default.
 * @throws ConfigError for the first field that has a wrong value.
 */
export const readConfig = <F extends Fields>(
  fields: F,
  flags: FlagValues,
  env: Environment,
): ConfigOf<F> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, readField(field, flags, env)]),
  ) as ConfigOf<F>

const placeholders: Readonly<Record<Exclude<Field['kind'], 'choice' | 'bool'>, string>> = {
  string: 'text',
  path: 'path',
  int: 'number',
  port: 'port',
  bytes: 'size',
  duration: 'duration',
  listen: 'host:port',
  listenOrOff: 'host:port|off',
  url: 'url',
  list: 'a,b,…',
  labels: 'key=value,…',
}

/** How the help shows a field: `--listen <host:port>`, and a sentence with default and environment variable. */
export const describeField = (field: Field): { readonly flags: string; readonly text: string } => {
  const argument =
    field.kind === 'bool'
      ? ''
      : ` <${field.kind === 'choice' ? field.choices.join('|') : placeholders[field.kind]}>`
  const notes = [
    ...(field.default === undefined ? [] : [`default ${field.default}`]),
    ...(field.environment === false ? [] : [environmentName(field.flag)]),
  ]
  const names = field.alias === undefined ? field.flag : `${field.alias}, ${field.flag}`
  const text = notes.length > 0 ? `${field.help} (${notes.join('; ')})` : field.help
  return { flags: `${names}${argument}`, text }
}
