/** Who has licensed what is in an image, from its SBOM and its Debian packages. Pure reading. Called by report.ts and the tests. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Licensed {
  readonly from: 'npm' | 'debian' | 'node'
  readonly name: string
  readonly version: string
  /** SPDX for npm; for Debian the short names of its copyright file, `see copyright` where that has none. */
  readonly licence: string
}

/** Short names in a machine-readable copyright file (Debian's DEP 5), each once. */
export const debianLicences = (copyright: string): readonly string[] => {
  const isMachineReadable = /^Format: ?https?:\/\//m.test(copyright)
  const names = [...copyright.matchAll(/^License: *([^\s,][^\n]*)$/gm)].map(([, name = '']) =>
    name.trim().replaceAll(',', ''),
  )
  return isMachineReadable ? [...new Set(names)].sort() : []
}

interface SpdxPackage {
  readonly name: string
  readonly versionInfo: string
  readonly licenseDeclared: string
}

const npmPackages = (root: string): readonly Licensed[] => {
  const text = readFileSync(join(root, 'opt/mayfly/sbom/npm.spdx.json'), 'utf8')
  const { packages } = JSON.parse(text) as { readonly packages: readonly SpdxPackage[] }
  return packages.map(({ name, versionInfo, licenseDeclared }) => ({
    ...{ from: 'npm', name, version: versionInfo, licence: licenseDeclared },
  }))
}

const debianPackages = (root: string): readonly Licensed[] => {
  const lines = readFileSync(join(root, 'opt/mayfly/sbom/debian.tsv'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [name = '', version = ''] = line.split('\t')
    const file = join(root, 'usr/share/doc', name, 'copyright')
    const names = existsSync(file) ? debianLicences(readFileSync(file, 'utf8')) : []
    return { from: 'debian', name, version, licence: names.join(', ') || 'see copyright' }
  })
}

/** Everything in an image's root file system that has a licence. `nodeVersion` is what the Dockerfile installs. */
export const licencesOf = (root: string, nodeVersion: string): readonly Licensed[] => [
  ...npmPackages(root),
  {
    ...{ from: 'node', name: 'node', version: nodeVersion },
    licence: 'MIT, with the licences of its parts in /usr/share/doc/node/LICENSE',
  },
  ...debianPackages(root),
]
