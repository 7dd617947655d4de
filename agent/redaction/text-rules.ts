/**
 * Secrets that show in any text, wherever it stands: credentials in URLs, headers, JSON, `key=value`, and tokens whose very shape gives them
 * away. Called for each argument that the cheap test of redaction.ts did not clear.
 *
 * Rule: linear time. Every expression here starts at a place that cannot overlap with itself (a look-behind of the same class, or a
 * literal), or has bounded repetitions, or needs nothing after its last repetition.
 */
import { isHarmlessValue, marker, type NameKind } from './secret-names.ts'

/** How names are judged: the built-in rules and the person's own. */
export interface NameRules {
  readonly kindOf: (name: string) => NameKind
}

export interface TextRuleOptions extends NameRules {
  /** In a script `$NAME` and `$(…)` stand for a secret without containing it. */
  readonly shell: boolean
  /** The person's own patterns, with the flags `g` and `d`. */
  readonly extraPatterns: readonly RegExp[]
}

export interface Redacted {
  readonly text: string
  readonly count: number
}

/** Collects the replacements made in one text. */
class Rewriter {
  text: string
  count = 0
  readonly #options: TextRuleOptions

  constructor(text: string, options: TextRuleOptions) {
    this.text = text
    this.#options = options
  }

  /** True when this value of this kind of name has to go. */
  hides(kind: NameKind, value: string, literal = false): boolean {
    if (kind === 'plain' || isHarmlessValue(kind, value)) return false
    return literal || !this.#options.shell || !/^[$`]/.test(value)
  }

  /** Replaces the group `secret` of every match for which `hides` agrees; the text around it stays. */
  replace(
    pattern: RegExp,
    kindOf: (groups: Readonly<Record<string, string | undefined>>) => NameKind,
  ): void {
    this.text = this.text.replace(pattern, (...match) => {
      const groups = match.at(-1) as Readonly<Record<string, string | undefined>>
      const whole = match[0] as string
      const secret = groups.secret ?? ''
      if (!this.hides(kindOf(groups), secret)) return whole
      this.count += 1
      return `${groups.before ?? ''}${marker}${groups.after ?? ''}`
    })
  }
}

const always = (): NameKind => 'secret'

const pemKey =
  /(?<before>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)(?<secret>[\s\S]*?)(?<after>-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g

const authorization =
  /(?<before>(?<![\w-])(?:proxy-)?authorization\\?["']?\s{0,8}[:=]\s{0,8}\\?["']?(?:(?:bearer|basic|token|digest|negotiate|ntlm|apikey|api-key|key|bot|jwt|splunk|aws4-hmac-sha256)[ \t]{1,4})?)(?<secret>[^"'\\\r\n]+)/gi

const bearer = /(?<before>(?<![\w-])bearer[ \t]{1,4})(?<secret>[\w.~+/=-]{16,})/gi

/** The last @ before the path ends the password, as browsers read it. */
const urlPassword = /(?<before>:\/\/[^\s:@/?#"'`]*:)(?<secret>[^\s/?#"'`]*)(?<after>@)/g

/** `https://<token>@host`: long, with digits, and no name a person would have. */
const urlToken = /(?<before>:\/\/)(?<secret>[A-Za-z0-9_]{20,512})(?<after>@)/g

/** Go's MySQL driver: `user:password@tcp(host:3306)/db`. */
const driverPassword =
  /(?<before>(?<![\w.-])[\w.-]{1,64}:)(?<secret>[^\s/"'`:]{1,256})(?<after>@(?:tcp|udp|unix)\()/g

const queryParameter = /(?<before>[?&;#](?<name>[A-Za-z_][\w.%-]{0,63})=)(?<secret>[^&\s#"'`<>]+)/g

const querySecrets = new Set(['auth', 'sig', 'signature', 'x-amz-signature', 'x-goog-signature'])

/** `"name": "value"` in the three ways it is quoted on command lines. */
const quotedFields = [
  /(?<before>(?<!\\)"(?<name>[\w.-]{1,64})"\s{0,8}:\s{0,8}")(?<secret>(?:[^"\\]|\\.)*)/gs,
  /(?<before>\\"(?<name>[\w.-]{1,64})\\"\s{0,8}:\s{0,8}\\")(?<secret>[^"\\]*)/g,
  /(?<before>'(?<name>[\w.-]{1,64})'\s{0,8}:\s{0,8}')(?<secret>(?:[^'\\]|\\.)*)/gs,
] as const

/** `X-Api-Key: value` and YAML's `password: value`, at the start of a line or right behind a quote. */
const lineField =
  /(?<before>(?:^|[\n"'])[ \t]{0,32}(?<name>[A-Za-z_][\w.-]{0,63}):[ \t]{1,8}["']?(?:(?:bearer|basic|token)[ \t]{1,4})?)(?<secret>(?!%)[^\s"']+)/gi

/** Tokens known by their shape. A look-behind of the token's own class keeps the search from starting inside one. */
const shapes = [
  /(?<![\w-])(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![\w-])/g,
  /(?<![\w-])gh[pousr]_[A-Za-z0-9]{20,}/g,
  /(?<![\w-])github_pat_\w{22,}/g,
  /(?<![\w-])gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[\w-]{20,}/g,
  /(?<![\w-])xox[abeoprs]-[\w-]{10,}/g,
  /(?<![\w-])xapp-[\w-]{20,}/g,
  /(?<![\w-])[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/g,
  /(?<![\w-])whsec_[A-Za-z0-9]{24,}/g,
  /(?<![\w-])sk-(?:ant|proj)-[\w-]{20,}/g,
  /(?<![\w-])sk-[A-Za-z0-9]{32,}/g,
  /(?<![\w-])AIza[\w-]{35}/g,
  /(?<![\w.-])ya29\.[\w-]{20,}/g,
  /(?<![\w-])npm_[A-Za-z0-9]{36}/g,
  /(?<![\w-])pypi-[\w-]{50,}/g,
  /(?<![\w.-])hv[sbr]\.[\w-]{24,}/g,
  /(?<![\w.-])SG\.[\w-]{22}\.[\w-]{43}/g,
  /(?<![\w-])do[opr]_v1_[a-f0-9]{64}/g,
  /(?<![\w-])AGE-SECRET-KEY-1[0-9A-Z]{58}/g,
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
] as const

const keyBefore = /(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]*)(?:=|\s{0,4}=\s{0,4}(?=["']))(?!=)/g
const valueAfter = /"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"'`&;|<>,)}\]\\]+/sy

/** `name=value` anywhere. A value may hold further pairs (`--env=TOKEN=x`), so only secret ones are stepped over. */
const redactPairs = (rewriter: Rewriter, kindOf: (name: string) => NameKind): void => {
  const { text } = rewriter
  let result = ''
  let copied = 0
  keyBefore.lastIndex = 0
  for (let match = keyBefore.exec(text); match !== null; match = keyBefore.exec(text)) {
    const kind = kindOf(match[1] ?? '')
    if (kind === 'plain') continue
    valueAfter.lastIndex = keyBefore.lastIndex
    const raw = valueAfter.exec(text)?.[0] ?? ''
    const quote = /^["']/.exec(raw)?.[0] ?? ''
    const closed = quote !== '' && raw.length > 1 && raw.endsWith(quote)
    const value = raw.slice(quote.length, closed ? -1 : undefined)
    // Within single quotes a dollar sign is one.
    if (!rewriter.hides(kind, value, quote === "'")) continue
    rewriter.count += 1
    result += `${text.slice(copied, keyBefore.lastIndex)}${quote}${marker}${closed ? quote : ''}`
    copied = keyBefore.lastIndex + raw.length
    keyBefore.lastIndex = copied
  }
  if (copied > 0) rewriter.text = result + text.slice(copied)
}

/** Cheap first look for all of them together. */
const shapeTrace =
  /A(?:KIA|SIA|BIA|CCA)|gh[pousr]_|github_pat_|gl[a-z]{2,5}-|xox|xapp-|[sr]k_(?:live|test)_|whsec_|sk-|AIza|ya29|npm_|pypi-|hv[sbr]\.|SG\.|do[opr]_v1_|AGE-SECRET|eyJ/

const redactShapes = (rewriter: Rewriter): void => {
  if (!shapeTrace.test(rewriter.text)) return
  for (const shape of shapes) {
    rewriter.text = rewriter.text.replace(shape, () => {
      rewriter.count += 1
      return marker
    })
  }
}

/** The whole match, or its first group when there is one. */
const redactExtra = (rewriter: Rewriter, pattern: RegExp): void => {
  const { text } = rewriter
  let result = ''
  let copied = 0
  for (const match of text.matchAll(pattern)) {
    const [from, to] = match.indices?.[1] ?? match.indices?.[0] ?? [0, 0]
    if (from === to || from < copied) continue
    if (text.slice(from, to) === marker) continue
    result += text.slice(copied, from) + marker
    copied = to
    rewriter.count += 1
  }
  if (copied > 0) rewriter.text = result + text.slice(copied)
}

/** Applies all of them, the more specific first: what one has replaced the next leaves alone. */
export const redactText = (text: string, options: TextRuleOptions): Redacted => {
  const { kindOf } = options
  const rewriter = new Rewriter(text, options)
  if (text.includes('PRIVATE KEY')) rewriter.replace(pemKey, always)
  if (/authorization/i.test(text)) rewriter.replace(authorization, always)
  if (text.includes('://')) {
    rewriter.replace(urlPassword, always)
    rewriter.replace(urlToken, ({ secret = '' }) => (/\d/.test(secret) ? 'secret' : 'plain'))
  }
  if (/@(?:tcp|udp|unix)\(/.test(text)) rewriter.replace(driverPassword, always)
  if (text.includes('=')) {
    rewriter.replace(queryParameter, ({ name = '' }) =>
      querySecrets.has(name.toLowerCase()) ? 'secret' : kindOf(name),
    )
  }
  if (text.includes(':')) {
    for (const field of quotedFields) rewriter.replace(field, ({ name = '' }) => kindOf(name))
    rewriter.replace(lineField, ({ name = '' }) => kindOf(name))
  }
  redactPairs(rewriter, kindOf)
  if (/bearer/i.test(text))
    rewriter.replace(bearer, ({ secret = '' }) => (/\d/.test(secret) ? 'secret' : 'plain'))
  redactShapes(rewriter)
  for (const pattern of options.extraPatterns) redactExtra(rewriter, pattern)
  return { text: rewriter.text, count: rewriter.count }
}
