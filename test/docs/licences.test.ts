/** docs/licences.md is made from the lock file; this holds it against it, and writes it anew when MAYFLY_UPDATE_DOCS is set. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isPermissive, type NpmPackage, npmPackages } from '../../deploy/images/npm-licences.ts'

const root = join(import.meta.dirname, '../..')
const page = join(root, 'docs/licences.md')
const packages = npmPackages(root)

const table = (some: readonly NpmPackage[]): readonly string[] => [
  '| package | version | licence |',
  '| --- | --- | --- |',
  ...some.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`),
]

const generated = [
  '# Licences',
  '',
  'Made from `package-lock.json`; do not edit. After a change there: `MAYFLY_UPDATE_DOCS=1 npx tap test/docs/licences.test.ts`.',
  '',
  'Mayfly is Apache-2.0; the eBPF probe is GPL-2.0-only or BSD-2-Clause. The images hold Debian and Node beside it, see [images](images.md):',
  '`node deploy/images/report.ts out/` lists the licences of everything in them.',
  '',
  '## To run',
  '',
  ...table(packages.filter(({ isRuntime }) => isRuntime)),
  '',
  '## To build and test',
  '',
  ...table(packages.filter(({ isRuntime }) => !isRuntime)),
  '',
].join('\n')

t.test('the page says what the lock file says', async (t) => {
  if (process.env.MAYFLY_UPDATE_DOCS) writeFileSync(page, generated)
  t.equal(readFileSync(page, 'utf8'), generated)
})

t.test('every package has a licence that binds nobody', async (t) => {
  t.ok(packages.length > 100)
  for (const { name, version, licence } of packages)
    t.ok(isPermissive(licence), `${name} ${version}: ${licence || 'none is named'}`)
})

t.test('a choice is enough, all of several are needed', async (t) => {
  for (const [expression, expected] of [
    ['MIT', true],
    ['(MIT OR GPL-3.0)', true],
    ['MIT AND GPL-3.0', false],
    ['(MIT AND ISC) OR GPL-3.0', true],
    ['GPL-3.0-or-later', false],
    ['SEE LICENSE IN x', false],
    ['', false],
  ] as const)
    t.equal(isPermissive(expression), expected, expression)
})
