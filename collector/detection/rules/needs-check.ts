/** Needs as functions over an activity, made once when rules are loaded. Pure; called by rule-index.ts. */
import type { Activity } from '../activity.ts'
import type { Needs, Scalar, ValueNeed } from './needs.ts'

/** Looks at a value; true ends the search. */
export type Look<Context> = (value: Scalar, context: Context) => boolean

type Step<Context> = (owner: never, context: Context) => boolean

type Parts = Readonly<Record<string, Readonly<Record<string, Scalar>>>>

/** Shows each value at a path to `look`, until it says true. */
export const visitor = <Context>(
  path: string,
  look: Look<Context>,
): ((activity: Activity, context: Context) => boolean) => {
  const steps = path.split('.')
  const [variable = '', field = ''] = steps
  // Most paths are a variable's field, and are asked for with every event: in one step.
  if (steps.length === 2 && !path.includes('[]'))
    return (activity, context) =>
      look((activity as unknown as Parts)[variable]?.[field] as Scalar, context)
  let next: Step<Context> = look as Step<Context>
  for (const step of steps.toReversed()) next = stepTo(step, next)
  return next as (activity: Activity, context: Context) => boolean
}

const stepTo = <Context>(step: string, next: Step<Context>): Step<Context> => {
  if (!step.endsWith('[]'))
    return (owner: Readonly<Record<string, never>>, context) => next(owner[step] as never, context)
  const name = step.slice(0, -2)
  return (owner: Readonly<Record<string, readonly never[]>>, context) => {
    for (const one of owner[name] as readonly never[]) if (next(one, context)) return true
    return false
  }
}

/** How a text is searched for another: any of these is there. */
export interface Search {
  readonly how: 'begins' | 'ends' | 'contains'
  readonly text: string
}

/** All of them in one pass. Of literals alone, without quantifiers, V8's matcher is linear in the text. */
export const alternationOf = (searches: readonly Search[]): RegExp => {
  const patterns = searches.map(({ how, text }) => {
    const literal = RegExp.escape(text)
    return how === 'begins' ? `^${literal}` : how === 'ends' ? `${literal}$` : literal
  })
  return new RegExp([...new Set(patterns)].join('|'))
}

/** For one text, V8's own methods are quicker than a pattern. */
const searchOf = ({ how, text }: Search): Look<undefined> => {
  switch (how) {
    case 'begins':
      return (value) => (value as string).startsWith(text)
    case 'ends':
      return (value) => (value as string).endsWith(text)
    case 'contains':
      return (value) => (value as string).includes(text)
  }
}

const alternative =
  (pattern: RegExp): Look<undefined> =>
  (value) =>
    pattern.test(value as string)

const testOf = ({ how, values }: ValueNeed): Look<undefined> => {
  switch (how) {
    case 'equals': {
      const [only] = values
      if (values.length === 1) return (value) => value === only
      const wanted = new Set(values)
      return (value) => wanted.has(value)
    }
    case 'differs':
      return (value) => !values.includes(value)
    case 'filled':
      return (value) => (value as string).length > 0
    default:
      return values.length === 1
        ? searchOf({ how, text: String(values[0]) })
        : alternative(alternationOf(values.map((value) => ({ how, text: String(value) }))))
  }
}

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

type Check = (activity: Activity) => boolean

/** Loops rather than every() and some(): several for each event, and these are called through once less. */
const allOf =
  (checks: readonly Check[]): Check =>
  (activity) => {
    for (const check of checks) if (!check(activity)) return false
    return true
  }

const anyOf =
  (checks: readonly Check[]): Check =>
  (activity) => {
    for (const check of checks) if (check(activity)) return true
    return false
  }

/** Whether an activity meets these needs: false only where the condition cannot hold. */
export const checkOf = (needs: Needs): Check => {
  if (needs.kind === 'unknown') return () => true
  if (needs.kind === 'value') return visitor(needs.path, testOf(needs)) as Check
  const checks = needs.parts.toSorted((a, b) => effort(a) - effort(b)).map(checkOf)
  return needs.kind === 'all' ? allOf(checks) : anyOf(checks)
}
