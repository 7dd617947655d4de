/**
 * The last look over everything that goes into a support bundle: what looks like a secret is replaced, wherever it stands. Called by
 * bundle.ts for each text.
 *
 * Rule: nothing relies on it. The parts take only fields that hold no secret (shape.ts); this is for a message in which somebody
 * else's library quoted one. Hence it rather takes too much than too little. Linear time: every repetition is bounded, or begins at
 * a place that cannot overlap with itself.
 */

export const marker = '[redacted]'

/** Each keeps the group `before`; the rest of the match goes. */
const patterns: readonly RegExp[] = [
  // A key as text, or with its line ends written as \n; without an end, all that follows is one.
  /(?<before>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----)[\s\S]*?(?=-----END|$)/g,
  /(?<before>(?<![\w-])(?:proxy-)?authorization["']?\s{0,8}[:=]\s{0,8}["']?)[^"'\r\n]+/gi,
  /(?<before>(?<![\w-])(?:set-)?cookie["']?\s{0,8}[:=]\s{0,8}["']?)[^"'\r\n]+/gi,
  /(?<before>(?<![\w-])(?:bearer[ \t]{1,4}(?=[\w.~+/=-]{8})|basic[ \t]{1,4}(?=[\w+/=]{16})))[\w.~+/=-]+/gi,
  // Everything between scheme and host: a user's name next to a password is no help to anybody. The last @ ends it, as browsers read it.
  /(?<before>:\/\/)[^\s/?#"'`]*(?=@)/g,
  // JSON Web Tokens: three parts, the first of which is the base64url of `{"`.
  /(?<before>)(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g,
  // Tokens that their makers have given a prefix to be found by.
  /(?<before>)(?<![\w-])(?:A(?:KIA|SIA)[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{22,}|gl[a-z]{2,5}-[\w-]{20,}|xox[a-z]-[\w-]{10,}|[sr]k_(?:live|test)_\w{16,}|sk-[\w-]{20,}|AIza[\w-]{30,}|npm_\w{30,}|hv[sbr]\.[\w-]{20,})/g,
  // `--token …`, `"-password","…"`: an option and the word after it, unless that is the next option or goes on about the option.
  /(?<before>(?<![\w-])--?(?:\w{1,30}-){0,4}(?:pass(?:word|wd|phrase)?|secret|token|(?:api|access|private|secret)-key|credentials?)(?:[ \t]{1,4}|\\?["'],\s?\\?["']))(?!-|["']?\[redacted\]|(?:and|for|has|is|may|must|needs|of|or|was|with)\s)(?:"[^"\r\n]*"?|'[^'\r\n]*'?|[^\s"',;)}\]\\]+)/gi,
  // `password=…`, `"api_key": "…"`, `client-secret: …`; quoted to the quote, else to the next space or sign.
  /(?<before>(?:pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private|secret|clickhouse)[_-]?key|credentials?)\\?["']?\s{0,4}[:=]\s{0,4}\\?)(?!["']?\[redacted\])(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s"'&,;)}\]\\]+)/gi,
]

export interface Scrubbed {
  readonly text: string
  /** How many were replaced. */
  readonly count: number
}

/** `known`: secrets that this very process holds, which are looked for as they are. Pure and total. */
export const scrub = (text: string, known: readonly string[] = []): Scrubbed => {
  let shown = text
  let count = 0
  for (const secret of known) {
    const parts = secret === '' ? [shown] : shown.split(secret)
    count += parts.length - 1
    shown = parts.join(marker)
  }
  for (const pattern of patterns) {
    shown = shown.replace(pattern, (...match) => {
      const whole = match[0] as string
      const { before = '' } = match.at(-1) as { readonly before?: string }
      // What another pattern has replaced is no second one.
      const rest = whole.slice(before.length).replace(/^["']|["']$/g, '')
      if (rest === '' || rest === marker) return whole
      count += 1
      return `${before}${marker}`
    })
  }
  return { text: shown, count }
}
