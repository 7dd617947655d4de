/**
 * Parts of docs/detection.md are made from the declarations, the rules and the corpus of attacks: this holds them against each other,
 * and writes them anew when MAYFLY_UPDATE_DOCS is set.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { driftRules } from '#collector/detection/baselines/drift.ts'
import { fields } from '#collector/detection/fields.ts'
import { imageRule } from '#collector/detection/findings/reporter.ts'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
import { defaultParameters, parameterTable } from '#collector/detection/statistics/parameters.ts'
import { Statistics } from '#collector/detection/statistics/statistics.ts'
import { heldOutOf } from '../attacks/held-out.ts'
import { knownMisses } from '../attacks/known-misses.ts'
import { techniques } from '../attacks/techniques.ts'

const page = new URL('../../docs/detection.md', import.meta.url)
const { rules, faults } = parseRules(readRuleFiles([shippedRules]))

/** ATT&CK for Containers, and what else the corpus plays. */
const containers: readonly (readonly [string, string])[] = [
  ['T1190', 'Exploit public-facing application'],
  ['T1133', 'External remote services'],
  ['T1078', 'Valid accounts'],
  ['T1609', 'Container administration command'],
  ['T1610', 'Deploy container'],
  ['T1053', 'Scheduled task/job'],
  ['T1204', 'User execution: malicious image'],
  ['T1098', 'Account manipulation'],
  ['T1136', 'Create account'],
  ['T1543', 'Create or modify system process'],
  ['T1525', 'Implant internal image'],
  ['T1611', 'Escape to host'],
  ['T1068', 'Exploitation for privilege escalation'],
  ['T1612', 'Build image on host'],
  ['T1562', 'Impair defenses'],
  ['T1070', 'Indicator removal'],
  ['T1036', 'Masquerading'],
  ['T1110', 'Brute force'],
  ['T1528', 'Steal application access token'],
  ['T1552', 'Unsecured credentials'],
  ['T1613', 'Container and resource discovery'],
  ['T1046', 'Network service discovery'],
  ['T1069', 'Permission groups discovery'],
  ['T1550', 'Use alternate authentication material'],
  ['T1496', 'Resource hijacking'],
  ['T1498', 'Network denial of service'],
  ['T1499', 'Endpoint denial of service'],
  ['T1485', 'Data destruction'],
  ['T1490', 'Inhibit system recovery'],
]

/** `T1059` of `T1059.004`. */
const base = (technique: string): string => technique.split('.')[0] ?? technique
const statistics = new Statistics(defaultParameters).all

/** What is no rule of a file. */
const others = [...Object.values(driftRules), imageRule]

const blank = '– not covered'

const row = (id: string, name: string): string => {
  const ids = [...rules, ...others, ...statistics.map(({ rule }) => rule)]
    .filter(({ mitre }) => mitre.some((one) => base(one) === id))
    .map((one) => one.id)
  const played = techniques
    .filter(({ mitre }) => base(mitre) === id)
    .map((one) => `${one.name} (${one.variants.length})`)
  return `| ${id} ${name} | ${ids.join(' ') || blank} | ${played.join(', ') || '–'} |`
}

const otherTechniques = [
  ...new Set(
    [...rules.flatMap(({ mitre }) => mitre), ...techniques.map(({ mitre }) => mitre)].map(base),
  ),
]
  .filter((id) => !containers.some(([known]) => known === id))
  .sort()

const variants = techniques.reduce((sum, one) => sum + one.variants.length, 0)
const heldOut = techniques.reduce((sum, one) => sum + heldOutOf(one).size, 0)
const missedHeldOut = techniques.reduce(
  (sum, one) =>
    sum + [...heldOutOf(one)].filter((name) => knownMisses[`${one.name}: ${name}`]).length,
  0,
)
const missed = Object.keys(knownMisses).length
const share = (found: number, all: number): string =>
  `${found} of ${all} (${Math.round((100 * found) / all)} %)`

const generated: Readonly<Record<string, readonly string[]>> = {
  fields: [
    '| field | type | meaning |',
    '| --- | --- | --- |',
    ...Object.entries(fields)
      .filter(([variable]) => variable !== 'parent')
      .flatMap(([variable, declared]) =>
        Object.entries(declared).map(
          ([name, { type, help }]) => `| \`${variable}.${name}\` | ${type} | ${help} |`,
        ),
      ),
    '',
    `The ${rules.length} rules that ship, of which ${rules.filter(({ maturity }) => maturity === 'stable').length} are stable:`,
    '',
    '| id | severity | maturity | name | ATT&CK |',
    '| --- | --- | --- | --- | --- |',
    ...rules
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(
        ({ id, severity, maturity, name, mitre }) =>
          `| ${id} | ${severity} | ${maturity} | ${name} | ${mitre.join(' ')} |`,
      ),
  ],
  statistics: [
    '| id | name | what is told |',
    '| --- | --- | --- |',
    ...statistics.map(({ rule }) => `| ${rule.id} | ${rule.name} | ${rule.description} |`),
    '',
    '| parameter | default | unit | meaning | source |',
    '| --- | --- | --- | --- | --- |',
    ...Object.entries(parameterTable).map(
      ([name, { default: value, unit, help, source }]) =>
        `| \`${name}\` | ${value} | ${unit} | ${help} | ${source} |`,
    ),
  ],
  coverage: [
    `${techniques.length} techniques in ${variants} variants. Found as severely as they deserve: ${share(variants - missed, variants)}; of the held-out ones ${share(heldOut - missedHeldOut, heldOut)}.`,
    '',
    '| ATT&CK for Containers | rules | played in `test/attacks` (variants) |',
    '| --- | --- | --- |',
    ...containers.map(([id, name]) => row(id, name)),
    '',
    '| other techniques | rules | played |',
    '| --- | --- | --- |',
    ...otherTechniques.map((id) => row(id, '')),
  ],
}

const withParts = (text: string): string =>
  Object.entries(generated).reduce((whole, [name, lines]) => {
    const begin = `<!-- generated: ${name} -->`
    const from = whole.indexOf(begin)
    const to = whole.indexOf('<!-- end -->', from)
    if (from < 0 || to < 0) throw new Error(`docs/detection.md has no part "${name}"`)
    return `${whole.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${whole.slice(to)}`
  }, text)

t.test('the page says what the sources declare', async (t) => {
  t.strictSame(faults, [])
  const text = readFileSync(page, 'utf8')
  const fresh = withParts(text)
  if (process.env.MAYFLY_UPDATE_DOCS) writeFileSync(page, fresh)
  else t.equal(text, fresh)
})

t.test('25 rules are stable, and every technique says what it deserves', async (t) => {
  t.ok(rules.filter(({ maturity }) => maturity === 'stable').length >= 25)
  t.ok(techniques.length >= 30)
  for (const { name, variants, expected, reason } of techniques) {
    t.ok(variants.length >= 3, name)
    t.ok(expected !== 'low' || reason !== undefined, name)
  }
})
