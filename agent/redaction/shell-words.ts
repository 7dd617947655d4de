/**
 * Splits a shell script, as in `sh -c '…'`, into its words, well enough to find flags and their values. No expansion: the text is
 * only looked at, and words are given as places in it so that they can be replaced.
 */
export interface ShellWord {
  /** First character and the one after the last, quotes included. */
  readonly start: number
  readonly end: number
  /** True when a command begins here: at the start and after `;`, `|`, `&`, `(`, a line break or a back-tick. */
  readonly first: boolean
}

const blank = /\s/
const operator = /[;&|()<>`]/

/** Index after a quoted part that begins at `from`; the end of the text when it is never closed. */
const quoteEnd = (text: string, from: number): number => {
  const quote = text[from]
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\' && quote === '"') at += 1
    else if (text[at] === quote) return at + 1
  }
  return text.length
}

/** Index after the word that begins at `from`. */
const wordEnd = (text: string, from: number): number => {
  let at = from
  while (at < text.length) {
    const character = text[at] ?? ''
    if (blank.test(character) || operator.test(character)) break
    if (character === '"' || character === "'") at = quoteEnd(text, at)
    else at += character === '\\' ? 2 : 1
  }
  return Math.min(at, text.length)
}

/** The words of a script, in order. Total, and linear in the length of the text. */
export const shellWords = (text: string): ShellWord[] => {
  const words: ShellWord[] = []
  let first = true
  for (let at = 0; at < text.length; ) {
    const character = text[at] ?? ''
    if (blank.test(character)) {
      if (character === '\n') first = true
      at += 1
    } else if (operator.test(character)) {
      if (character !== '<' && character !== '>') first = true
      at += 1
    } else {
      const end = wordEnd(text, at)
      words.push({ start: at, end, first })
      // Assignments before a command leave its place open.
      if (!/^[A-Za-z_]\w{0,255}=/.test(text.slice(at, Math.min(end, at + 257)))) first = false
      at = end
    }
  }
  return words
}
