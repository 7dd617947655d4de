/**
 * Reads the part of the Dockerfile language that Mayfly's Dockerfile uses, and refuses the rest: what Docker would do and
 * build.ts would not must never pass unseen. Pure. Called by build.ts and by the tests that look into the recipe.
 */

export type Instruction = { readonly line: number } & (
  | { readonly kind: 'arg'; readonly name: string; readonly value: string | undefined }
  | { readonly kind: 'add'; readonly url: string; readonly sha256: string; readonly target: string }
  | {
      readonly kind: 'copy'
      /** A stage; undefined for the build's context. */
      readonly from: string | undefined
      readonly sources: readonly string[]
      readonly target: string
    }
  | { readonly kind: 'run'; readonly command: string }
  | { readonly kind: 'env'; readonly entries: Readonly<Record<string, string>> }
  | { readonly kind: 'label'; readonly entries: Readonly<Record<string, string>> }
  | { readonly kind: 'user'; readonly value: string }
  | { readonly kind: 'workdir'; readonly value: string }
  | { readonly kind: 'expose'; readonly ports: readonly string[] }
  | { readonly kind: 'entrypoint'; readonly args: readonly string[] }
  | { readonly kind: 'cmd'; readonly args: readonly string[] }
)

export type Arg = Extract<Instruction, { kind: 'arg' }>

export interface Stage {
  readonly name: string
  /** An image or an earlier stage, with variables in it. */
  readonly base: string
  readonly line: number
  readonly instructions: readonly Instruction[]
}

export interface Dockerfile {
  /** Before the first FROM: they count in FROM lines only. */
  readonly args: readonly Arg[]
  readonly stages: readonly Stage[]
}

/** What cannot be understood, by line. */
export class DockerfileError extends Error {
  override readonly name = 'DockerfileError'
  readonly line: number

  constructor(line: number, message: string) {
    super(`Dockerfile:${line}: ${message}`)
    this.line = line
  }
}

interface LogicalLine {
  readonly line: number
  readonly text: string
}

/** Lines with their continuations, without comments. */
const logicalLines = (text: string): readonly LogicalLine[] => {
  const found: LogicalLine[] = []
  let begun: LogicalLine | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1
    if (begun === undefined && (/^\s*#/.test(raw) || raw.trim() === '')) continue
    if (begun !== undefined && /^\s*(#|$)/.test(raw))
      throw new DockerfileError(line, 'a comment or an empty line within an instruction')
    const whole: LogicalLine = { line: begun?.line ?? line, text: (begun?.text ?? '') + raw }
    if (whole.text.endsWith('\\')) begun = { ...whole, text: whole.text.slice(0, -1) }
    else {
      found.push({ ...whole, text: whole.text.trim() })
      begun = undefined
    }
  }
  if (begun !== undefined) throw new DockerfileError(begun.line, 'it ends within an instruction')
  return found
}

const words = ({ line, text }: LogicalLine): readonly string[] => {
  if (/["'`\\]/.test(text)) throw new DockerfileError(line, 'quotes are not understood here')
  return text.split(/\s+/).filter((word) => word !== '')
}

/** `name=value name="a value"`. */
const entriesOf = ({ line, text }: LogicalLine): Readonly<Record<string, string>> => {
  const entry = /\s*([A-Za-z_][\w.-]*)=(?:"([^"\\]*)"|([^\s"'`\\]+))(?=\s|$)/y
  const entries: Record<string, string> = {}
  while (entry.lastIndex < text.length) {
    const at = entry.lastIndex
    const match = entry.exec(text)
    if (match === null)
      throw new DockerfileError(line, `not name=value: ${text.slice(at).trim().slice(0, 60)}`)
    entries[match[1] ?? ''] = match[2] ?? match[3] ?? ''
  }
  return entries
}

const argumentsOf = ({ line, text }: LogicalLine): readonly string[] => {
  try {
    const list: unknown = JSON.parse(text)
    if (Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string'))
      return list
  } catch {
    // Said below.
  }
  throw new DockerfileError(line, 'write a list of strings, such as ["program", "argument"]')
}

/** `--name=value` words in front, and the others. */
const split = (rest: LogicalLine): readonly [ReadonlyMap<string, string>, readonly string[]] => {
  const all = words(rest)
  const count = all.findIndex((word) => !word.startsWith('--'))
  const flags = all.slice(0, count === -1 ? all.length : count).map((flag): [string, string] => {
    const [name = '', ...value] = flag.split('=')
    return [name, value.join('=')]
  })
  return [new Map(flags), all.slice(flags.length)]
}

const onlyFlag = (
  line: number,
  flags: ReadonlyMap<string, string>,
  known: string,
): string | undefined => {
  for (const name of flags.keys())
    if (name !== known) throw new DockerfileError(line, `${name} is not understood`)
  return flags.get(known)
}

const parseInstruction = (keyword: string, rest: LogicalLine): Instruction => {
  const { line, text } = rest
  const one = (): string => {
    const [value, more] = words(rest)
    if (value === undefined || more !== undefined)
      throw new DockerfileError(line, `${keyword} takes one word`)
    return value
  }
  switch (keyword) {
    case 'ARG': {
      const [, name, , value] = /^([A-Za-z_]\w*)(=(.*))?$/.exec(one()) ?? []
      if (name === undefined) throw new DockerfileError(line, 'write ARG NAME or ARG NAME=value')
      return { kind: 'arg', line, name, value }
    }
    case 'ADD': {
      const [flags, [url = '', target, more]] = split(rest)
      const checksum = /^sha256:([0-9a-f]{64})$/.exec(
        onlyFlag(line, flags, '--checksum') ?? '',
      )?.[1]
      if (checksum === undefined || !url.startsWith('https://') || !target || more !== undefined)
        throw new DockerfileError(line, 'write ADD --checksum=sha256:… https://… target')
      return { kind: 'add', line, url, sha256: checksum, target }
    }
    case 'COPY': {
      const [flags, paths] = split(rest)
      const [sources, target] = [paths.slice(0, -1), paths.at(-1)]
      if (target === undefined || sources.length === 0 || paths.some((path) => /[*?[]/.test(path)))
        throw new DockerfileError(line, 'write COPY source … target, without patterns')
      if (sources.length > 1 && !target.endsWith('/'))
        throw new DockerfileError(line, 'several sources need a target that ends with /')
      return { kind: 'copy', line, from: onlyFlag(line, flags, '--from'), sources, target }
    }
    case 'RUN':
      if (/^(--|\[|<<)/.test(text) || text === '')
        throw new DockerfileError(
          line,
          'write RUN command: flags, lists and here-documents are not understood',
        )
      return { kind: 'run', line, command: text }
    case 'ENV':
      return { kind: 'env', line, entries: entriesOf(rest) }
    case 'LABEL':
      return { kind: 'label', line, entries: entriesOf(rest) }
    case 'USER':
      if (!/^\d+:\d+$/.test(text)) throw new DockerfileError(line, 'write USER uid:gid')
      return { kind: 'user', line, value: text }
    case 'WORKDIR':
      if (!text.startsWith('/')) throw new DockerfileError(line, 'write WORKDIR /path')
      return { kind: 'workdir', line, value: one() }
    case 'EXPOSE':
      return { kind: 'expose', line, ports: words(rest) }
    case 'ENTRYPOINT':
      return { kind: 'entrypoint', line, args: argumentsOf(rest) }
    case 'CMD':
      return { kind: 'cmd', line, args: argumentsOf(rest) }
    default:
      throw new DockerfileError(line, `${keyword} is not understood`)
  }
}

/** @throws DockerfileError for the first thing that is not understood. */
export const parseDockerfile = (text: string): Dockerfile => {
  const args: Arg[] = []
  const stages: (Stage & { readonly instructions: Instruction[] })[] = []
  for (const { line, text: whole } of logicalLines(text)) {
    const [, keyword = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(whole) ?? []
    if (keyword === 'FROM') {
      const [base = '', as, name, more] = words({ line, text: rest })
      if (base.startsWith('--') || as !== 'AS' || name === undefined || more !== undefined)
        throw new DockerfileError(line, 'write FROM image AS name')
      if (stages.some((stage) => stage.name === name))
        throw new DockerfileError(line, `there is a stage ${name} already`)
      stages.push({ name, base, line, instructions: [] })
      continue
    }
    const instruction = parseInstruction(keyword, { line, text: rest })
    const stage = stages.at(-1)
    if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.kind === 'arg') args.push(instruction)
    else throw new DockerfileError(line, `${keyword} before the first FROM`)
  }
  return { args, stages }
}

/**
 * Puts values in the place of `${NAME}`.
 * @throws DockerfileError for a name without a value, and for every other use of `$`.
 */
export const expand = (
  line: number,
  text: string,
  values: Readonly<Record<string, string>>,
): string => {
  const expanded = text.replace(/\$\{([A-Za-z_]\w*)\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new DockerfileError(line, `${name} has no value`)
    return value.replaceAll('$', '\0')
  })
  if (expanded.includes('$')) throw new DockerfileError(line, `write \${NAME} in ${text}`)
  return expanded.replaceAll('\0', '$')
}

/**
 * The paths that .dockerignore lets into the build.
 * @throws Error for anything but `*` and then exceptions by name.
 */
export const parseDockerignore = (text: string): readonly string[] => {
  const [all, ...others] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const paths = others.map((line) => /^!([\w.-]+)$/.exec(line)?.[1])
  const known = paths.filter((path) => path !== undefined)
  if (all !== '*' || known.length !== paths.length)
    throw new Error('.dockerignore: write * and then !name, line by line')
  return known
}
