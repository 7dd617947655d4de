/**
 * Which variants are kept out of sight while rules are written: a third of each technique's, chosen by a seed and their names. What
 * the rules find of these tells how well they know the technique; a miss among them is listed in known-misses.ts, and no rule is
 * changed for it. Asked by play.ts, and by whoever writes a rule: `seenOf` is what the rule may be written from.
 */
import { createHash } from 'node:crypto'
import type { Technique, Variant } from './technique.ts'

/** Chosen before the first of these rules was written; another one means to write all rules anew. */
const seed = 'mayfly-1'
const share = 1 / 3

const rank = (technique: string, variant: string): string =>
  createHash('sha256').update(`${seed}\0${technique}\0${variant}`).digest('hex')

/** The variants held out of a technique, by name. */
export const heldOutOf = ({ name, seen = 0, variants }: Technique): ReadonlySet<string> => {
  const ranked = variants
    .slice(seen)
    .map((variant) => variant.name)
    .sort((a, b) => (rank(name, a) < rank(name, b) ? -1 : 1))
  return new Set(ranked.slice(0, Math.round(variants.length * share)))
}

/** The others. */
export const seenOf = (technique: Technique): readonly Variant[] => {
  const held = heldOutOf(technique)
  return technique.variants.filter(({ name }) => !held.has(name))
}
