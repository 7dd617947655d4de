/** What remains of a rule's needs once some values are known. Pure; called by rules-by-program.ts. */
import { allOf, anyOf, type Needs, never, unknown, type ValueNeed } from './needs.ts'

/** By path, as `process.program`. */
export type KnownTexts = ReadonlyMap<string, string>

const isMet = ({ how, values }: ValueNeed, text: string): boolean => {
  const any = (test: (value: string) => boolean) => values.some((value) => test(value as string))
  switch (how) {
    case 'equals':
      return values.includes(text)
    case 'differs':
      return !values.includes(text)
    case 'filled':
      return text !== ''
    case 'begins':
      return any((value) => text.startsWith(value))
    case 'ends':
      return any((value) => text.endsWith(value))
    case 'contains':
      return any((value) => text.includes(value))
  }
}

/** Of activities with the known texts, this is met by those that meet `needs`, and by no others. */
export const narrowed = (needs: Needs, known: KnownTexts): Needs => {
  switch (needs.kind) {
    case 'value': {
      const text = known.get(needs.path)
      if (text === undefined) return needs
      return isMet(needs, text) ? unknown : never
    }
    case 'all':
      return allOf(needs.parts.map((part) => narrowed(part, known)))
    case 'any':
      return anyOf(needs.parts.map((part) => narrowed(part, known)))
    case 'unknown':
      return needs
  }
}
