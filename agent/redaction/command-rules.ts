/**
 * Secrets that show by their place in a command: the value of a flag, the word after it, a program's own short flags, also inside
 * scripts (`sh -c '…'`). Called by redaction.ts with an argv that the cheap test did not clear, and by itself for scripts.
 *
 * Rule: user names, flags and keys stay readable; only the secret itself is replaced.
 */
import {
  baseName,
  type SecretPart,
  scriptTakers,
  shells,
  type Tool,
  type ToolRule,
  tools,
  wrappers,
} from './command-tools.ts'
import { isHarmlessValue, marker, type NameKind } from './secret-names.ts'
import { shellWords } from './shell-words.ts'
import { type NameRules, redactText, type TextRuleOptions } from './text-rules.ts'

export interface CommandRuleOptions extends NameRules {
  readonly extraPatterns: readonly RegExp[]
  /** Whether an argument may hold a secret that shows in any text; false only when it certainly does not. */
  readonly needsText: (argument: string) => boolean
}

/** Scripts within scripts. */
const depthMax = 3

interface Value {
  readonly quote: string
  readonly inner: string
  readonly close: string
}

/** Takes one pair of quotes off a word of a script. An argument of argv has none to take off. */
const unquote = (word: string, shell: boolean): Value => {
  const quote = shell && (word[0] === '"' || word[0] === "'") ? word[0] : ''
  if (quote === '') return { quote: '', inner: word, close: '' }
  const closed = word.length > 1 && word.endsWith(quote)
  return { quote, inner: word.slice(1, closed ? -1 : undefined), close: closed ? quote : '' }
}

/** Pairs within a pair that are looked into from the left; what is deeper is found by its text. */
const pairNestingMax = 4

const flagLike = /^--?[A-Za-z]/

/** Long flags, and single-dash words of Java, Go and openssl; two-letter flags belong to the tools. */
const flagPair = /^(--?[A-Za-z_][\w.-]+|-[A-Za-z])(=?)/

const headerFlag = /^(?:-H|--(?:proxy-)?header(?:s)?)$/

/** The state of one walk over the words of a command or a script. */
class Walk {
  count = 0
  /** Whether the last word was a script: its text has been looked through as a script's. */
  wasScript = false
  readonly #options: CommandRuleOptions
  readonly #shell: boolean
  readonly #depth: number
  #tool: Tool | undefined
  #wrapping = false
  #takesScript = false
  #sawShell = false
  #plain = new Set<string>()
  /** What the flag before this word expects of it. */
  #expects: { readonly part: SecretPart; readonly kind: NameKind } | 'header' | undefined
  #previous = ''
  #beforePrevious = ''

  constructor(options: CommandRuleOptions, shell: boolean, depth: number) {
    this.#options = options
    this.#shell = shell
    this.#depth = depth
  }

  /** The word as it may be shown. `first`: a command begins with it. */
  word(raw: string, first: boolean): string {
    if (first) this.#begin()
    const value = unquote(raw, this.#shell)
    const inner = this.#inner(value, first)
    this.#beforePrevious = this.#previous
    // A secret is no key, even if it reads like one.
    this.#previous = inner === value.inner ? inner : ''
    return inner === value.inner ? raw : `${value.quote}${inner}${value.close}`
  }

  #begin(): void {
    this.#tool = undefined
    this.#wrapping = true
    this.#takesScript = false
    this.#sawShell = false
    this.#plain = new Set()
    this.#expects = undefined
    this.#previous = ''
    this.#beforePrevious = ''
  }

  #inner(value: Value, first: boolean): string {
    const { inner } = value
    const expected = this.#expects
    this.#expects = undefined
    this.wasScript = false
    if (expected === 'header') return this.#header(inner)
    if (expected !== undefined && !flagLike.test(inner)) {
      return this.#hide(value, inner, expected.part, expected.kind)
    }
    if (this.#isScript(inner)) return this.#script(inner)
    if (this.#wrapping) this.#enter(inner, first)
    const byTool = this.#byTool(value)
    if (byTool !== undefined) return byTool
    if (inner.startsWith('-')) return this.#byFlag(value)
    if (this.#followsPlainKey()) {
      return this.#hide(value, inner, 'whole', 'secret')
    }
    if (this.#plain.size < 64) this.#plain.add(inner)
    return this.#pair(value, inner)
  }

  /** Notes which program speaks from here on. */
  #enter(inner: string, first: boolean): void {
    const name = baseName(inner)
    const wraps = wrappers.has(name)
    const tool = tools.get(name)
    if (shells.has(name)) this.#sawShell = true
    if (scriptTakers.has(name)) this.#takesScript = true
    if (tool !== undefined) {
      this.#tool = tool
      this.#plain = new Set()
    }
    // An assignment (`A=b cmd`) leaves the place of the command open; so does a wrapper for all its words.
    if (first && !wraps && !/^[A-Za-z_]\w{0,255}=/.test(inner)) this.#wrapping = false
    else if (tool !== undefined && !wraps) this.#wrapping = false
  }

  #isScript(inner: string): boolean {
    if (this.#depth >= depthMax || !/[\s;|&]/.test(inner)) return false
    if (this.#takesScript) return true
    return this.#sawShell && /^-[a-z]{0,8}c$|^--command$/.test(this.#previous)
  }

  #script(text: string): string {
    this.wasScript = true
    const { text: result, count } = redactScript(text, this.#options, this.#depth + 1)
    this.count += count
    return result
  }

  #header(inner: string): string {
    const match = /^([\w-]{1,128})\s{0,8}:\s{0,8}(?=\S)/.exec(inner)
    const name = match?.[1] ?? ''
    if (match === null || /authorization$/i.test(name)) return inner
    const secret = /cookie$/i.test(name) || this.#options.kindOf(name) !== 'plain'
    const head = match[0]
    const value = { quote: '', inner, close: '' }
    return secret ? head + this.#hide(value, inner.slice(head.length), 'whole', 'secret') : inner
  }

  #byTool(value: Value): string | undefined {
    for (const rule of this.#tool?.rules ?? []) {
      const match = rule.flag.exec(value.inner)
      if (match === null || !this.#applies(rule)) continue
      const rest = value.inner.slice(match[0].length)
      if (rest === '') {
        if (rule.value !== 'attached') this.#expects = { part: rule.part, kind: 'secret' }
        return value.inner
      }
      if (rule.value === 'next') continue
      return match[0] + this.#hide(value, rest, rule.part, 'secret')
    }
    return undefined
  }

  #applies(rule: ToolRule): boolean {
    return rule.after === undefined || this.#plain.has(rule.after)
  }

  #byFlag(value: Value): string {
    const { inner } = value
    if (headerFlag.test(inner)) {
      this.#expects = 'header'
      return inner
    }
    if (/^-H[\w-]{1,128}:/.test(inner)) return `-H${this.#header(inner.slice(2))}`
    const headerPair = /^--(?:proxy-)?header=/.exec(inner)?.[0]
    if (headerPair !== undefined) return headerPair + this.#header(inner.slice(headerPair.length))
    const match = flagPair.exec(inner)
    if (match === null) return inner
    const [head, flag = '', equals] = match
    const kind = this.#options.kindOf(flag)
    if (equals === '=') {
      const rest = inner.slice(head.length)
      if (kind === 'plain' || this.#namesOnly(flag)) return head + this.#pair(value, rest)
      return head + this.#hide(value, rest, 'whole', kind)
    }
    const whole = head.length === inner.length
    if (whole && kind !== 'plain' && !this.#asks(flag) && !this.#namesOnly(flag)) {
      this.#expects = { part: 'whole', kind }
    }
    return inner
  }

  #asks(flag: string): boolean {
    return this.#tool?.passwordAsks === true && /^--?password$/i.test(flag)
  }

  #namesOnly(flag: string): boolean {
    return this.#tool?.secretIsName === true && flag === '--secret'
  }

  /** `… set aws_secret_access_key X`, `nmcli … password X`, `redis-cli AUTH X`. */
  #followsPlainKey(): boolean {
    const key = this.#previous
    if (key === '' || key.startsWith('-')) return false
    const plainKeys = this.#tool?.plainKeys === true
    if (plainKeys && /^auth$/i.test(key)) return true
    if (!plainKeys && !/^set$/i.test(this.#beforePrevious)) return false
    return this.#options.kindOf(key) !== 'plain'
  }

  /** `KEY=value` as a word of its own, or as the value of an innocent flag or key: `--env=TOKEN=x`. */
  #pair(value: Value, text: string): string {
    let from = 0
    for (let nesting = 0; nesting < pairNestingMax; nesting += 1) {
      const equals = text.indexOf('=', from)
      if (equals <= from || equals > from + 256) return text
      const key = text.slice(from, equals)
      if (!/^[\w./:@-]+$/.test(key)) return text
      from = equals + 1
      const kind = this.#options.kindOf(key)
      if (kind === 'plain') continue
      return text.slice(0, from) + this.#hide(value, text.slice(from), 'whole', kind)
    }
    return text
  }

  #hide(value: Value, text: string, part: SecretPart, kind: NameKind): string {
    const own = unquote(text, this.#shell && value.quote === '')
    const cut = part === 'whole' ? 0 : own.inner.indexOf(part) + 1
    if (part !== 'whole' && cut === 0) return text
    const source = /^(?:pass:|(?:file|env|fd):|stdin$)/
    const scheme = this.#tool?.passwordSources ? (source.exec(own.inner)?.[0] ?? '') : ''
    if (scheme !== '' && scheme !== 'pass:') return text
    const from = Math.max(cut, scheme.length)
    const secret = own.inner.slice(from)
    const literal = value.quote === "'" || own.quote === "'"
    const reference = this.#shell && !literal && /^[$`]/.test(secret)
    if (kind === 'plain' || reference || isHarmlessValue(kind, secret)) return text
    this.count += 1
    return `${own.quote}${own.inner.slice(0, from)}${marker}${own.close}`
  }
}

/** A whole argv: each argument by its place, then by its text. Returns the same array when nothing was found. */
export const redactArguments = (
  argv: readonly string[],
  options: CommandRuleOptions,
): { readonly argv: readonly string[]; readonly count: number } => {
  const walk = new Walk(options, false, 0)
  let changed: string[] | undefined
  let count = 0
  for (const [index, argument] of argv.entries()) {
    let shown = walk.word(argument, index === 0)
    if (!walk.wasScript && options.needsText(argument)) {
      const text = redactText(shown, { ...options, shell: false })
      shown = text.text
      count += text.count
    }
    if (shown === argument) continue
    changed ??= [...argv]
    changed[index] = shown
  }
  return { argv: changed ?? argv, count: count + walk.count }
}

/** A script: its words in their places, then whatever shows in any text. */
const redactScript = (
  text: string,
  options: CommandRuleOptions,
  depth: number,
): { readonly text: string; readonly count: number } => {
  const walk = new Walk(options, true, depth)
  const parts: string[] = []
  let copied = 0
  for (const { start, end, first } of shellWords(text)) {
    parts.push(text.slice(copied, start), walk.word(text.slice(start, end), first))
    copied = end
  }
  parts.push(text.slice(copied))
  const textOptions: TextRuleOptions = { ...options, shell: true }
  const shown = redactText(parts.join(''), textOptions)
  return { text: shown.text, count: walk.count + shown.count }
}
