/**
 * Rules from directories: those that ship with Mayfly, and those that `--rules` names. A directory is read whole or not at all: a
 * fault in one file leaves the rules of before in force, and is said with its line. Called by detection.ts and `mayfly rules`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  defaultParameters,
  parseParameters,
  type StatisticParameters,
} from '../statistics/parameters.ts'
import type { AddedException, Rule, RuleException } from './rule.ts'
import { type Placed, parseRuleFile, type RuleFault } from './rule-file.ts'

/** What ships with this version. */
export const shippedRules = join(import.meta.dirname, '../../rules')

export interface LoadedRules {
  readonly rules: readonly Rule[]
  readonly builders: readonly RuleException[]
  readonly parameters: StatisticParameters
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

const none = { rules: [], builders: [], parameters: defaultParameters }

/**
 * Parses what was read. An id is one rule's, over all files; an exception is for a rule that there is; of a parameter that several
 * files set, the last one counts.
 */
export const parseRules = ({ files, faults: unread }: RuleFiles): LoadedRules => {
  const faults: RuleFault[] = [...unread]
  const byId = new Map<string, Rule>()
  const builders: RuleException[] = []
  const added: Placed<AddedException>[] = []
  let given: Readonly<Record<string, unknown>> = {}
  for (const { name, text } of files) {
    const file = parseRuleFile(name, text)
    faults.push(...file.faults)
    builders.push(...file.builders)
    added.push(...file.exceptions)
    given = { ...given, ...file.statistics }
    for (const message of parseParameters(file.statistics).faults)
      faults.push({ place: file.statisticsPlace, message: `statistics: ${message}` })
    for (const rule of file.rules) {
      const other = byId.get(rule.id)
      if (other === undefined) byId.set(rule.id, rule)
      else faults.push({ place: rule.place, message: `id ${rule.id} is taken by ${other.place}` })
    }
  }
  for (const { rule: id, place, ...exception } of added) {
    const rule = byId.get(id)
    if (rule === undefined) faults.push({ place, message: `exception: there is no rule ${id}` })
    else byId.set(id, { ...rule, exceptions: [...rule.exceptions, exception] })
  }
  const { parameters, faults: wrong } = parseParameters(given)
  // Each alone is right, and together they are not.
  if (faults.length === 0)
    for (const message of wrong) faults.push({ place: 'statistics', message })
  return faults.length > 0
    ? { ...none, faults }
    : { rules: [...byId.values()], builders, parameters, faults: [] }
}
