/**
 * Rules from directories: those that ship with Mayfly, and those that `--rules` names. A directory is read whole or not at all: a
 * fault in one file leaves the rules of before in force, and is said with its line. Called by detection.ts and `mayfly rules`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Rule } from './rule.ts'
import { parseRuleFile, type RuleFault } from './rule-file.ts'

/** What ships with this version. */
export const shippedRules = join(import.meta.dirname, '../../rules')

export interface LoadedRules {
  readonly rules: readonly Rule[]
  readonly faults: readonly RuleFault[]
}

const maxFiles = 200

/** Contents of a directory's rule files, as one text that changes when any of them does. */
export interface RuleFiles {
  readonly files: readonly { readonly name: string; readonly text: string }[]
  readonly faults: readonly RuleFault[]
}

export const readRuleFiles = (directories: readonly string[]): RuleFiles => {
  const files: { name: string; text: string }[] = []
  const faults: RuleFault[] = []
  for (const directory of directories) {
    try {
      const names = readdirSync(directory)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
      for (const name of names.slice(0, maxFiles)) {
        const path = join(directory, name)
        files.push({ name: path, text: readFileSync(path, 'utf8') })
      }
      if (names.length > maxFiles)
        faults.push({ place: directory, message: `more than ${maxFiles} files of rules` })
    } catch (error) {
      faults.push({ place: directory, message: (error as Error).message })
    }
  }
  return { files, faults }
}

/** Parses what was read; an id is one rule's, over all files. */
export const parseRules = ({ files, faults: unread }: RuleFiles): LoadedRules => {
  const faults: RuleFault[] = [...unread]
  const byId = new Map<string, Rule>()
  for (const { name, text } of files) {
    const { rules, faults: found } = parseRuleFile(name, text)
    faults.push(...found)
    for (const rule of rules) {
      const other = byId.get(rule.id)
      if (other === undefined) byId.set(rule.id, rule)
      else faults.push({ place: rule.place, message: `id ${rule.id} is taken by ${other.place}` })
    }
  }
  return faults.length > 0 ? { rules: [], faults } : { rules: [...byId.values()], faults: [] }
}
