/** Needs as functions over an activity's answers, made once when rules are loaded. Called by rule-index.ts. */
import type { Answers } from './answers.ts'
import type { Needs, ValueNeed } from './needs.ts'

/** Looked up in memory, or worked out from an address: dearer than what the event tells. */
export const isMade = (path: string): boolean =>
  /^(?:parent|ancestors)\b|^connection\.kind$/.test(path)

/** By rule of thumb, how long it takes to ask: what is quick is asked first. */
const effort = (needs: Needs): number => {
  if (needs.kind === 'unknown') return 0
  if (needs.kind !== 'value') return needs.parts.reduce((sum, part) => sum + effort(part), 0)
  const { path, how } = needs
  const once = how === 'equals' || how === 'differs' || how === 'filled' ? 1 : 4
  return once * (path.includes('[]') ? 5 : 1) + (isMade(path) ? 20 : 0)
}

/** Of the activity whose turn it is. */
export type Check = () => boolean

/** Loops rather than every() and some(): several for each event, and these are called through once less. */
const everyOf =
  (checks: readonly Check[]): Check =>
  () => {
    for (const check of checks) if (!check()) return false
    return true
  }

const someOf =
  (checks: readonly Check[]): Check =>
  () => {
    for (const check of checks) if (check()) return true
    return false
  }

/** All values that are needed, anywhere in the tree. */
export const valuesOf = (needs: Needs): readonly ValueNeed[] => {
  if (needs.kind === 'unknown') return []
  return needs.kind === 'value' ? [needs] : needs.parts.flatMap(valuesOf)
}

/** Whether an activity meets these needs: false only where the condition cannot hold. */
export const checkOf = (needs: Needs, answers: Answers): Check => {
  if (needs.kind === 'unknown') return () => true
  if (needs.kind === 'value') return answers.asked(needs).isMet
  const checks = needs.parts
    .toSorted((a, b) => effort(a) - effort(b))
    .map((part) => checkOf(part, answers))
  return needs.kind === 'all' ? everyOf(checks) : someOf(checks)
}
