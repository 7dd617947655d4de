/**
 * What is in the images that build.ts made: prints their sizes, and writes SBOM and licence list of each into a directory.
 * `node deploy/images/report.ts DIRECTORY`; takes a minute, because registries count compressed bytes.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { licencesOf } from './licences.ts'
import { Recipe, targets } from './recipe.ts'

const [directory] = process.argv.slice(2)
if (directory === undefined) {
  process.stderr.write('usage: node deploy/images/report.ts DIRECTORY\n')
  process.exit(2)
}

/** Bytes of a shell command's only number. */
const measure = (script: string, root: string): number =>
  Number(execFileSync('/bin/sh', ['-c', script, 'sh', root]).toString().split(/\s/)[0])

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

const recipe = new Recipe()
const lines = ['| image | unpacked | compressed (gzip -6) |', '| --- | --- | --- |']
mkdirSync(directory, { recursive: true })
for (const target of targets) {
  const { root } = recipe.build(target)
  const unpacked = measure('du -s --apparent-size -B1 "$1"', root)
  const compressed = measure('tar -C "$1" -c . | gzip -6 | wc -c', root)
  lines.push(`| ${target} | ${megabytes(unpacked)} | ${megabytes(compressed)} |`)
  for (const name of ['npm.cdx.json', 'npm.spdx.json', 'debian.tsv'])
    copyFileSync(join(root, 'opt/mayfly/sbom', name), join(directory, `${target}.${name}`))
  const version = execFileSync('chroot', [root, '/usr/local/bin/node', '--version'])
  const licences = licencesOf(root, version.toString().trim().slice(1))
  const rows = licences.map(({ from, name, version, licence }) =>
    [from, name, version, licence].join('\t'),
  )
  writeFileSync(join(directory, `${target}.licences.tsv`), `${rows.join('\n')}\n`)
}
process.stdout.write(`${lines.join('\n')}\n\nSBOM and licences are in ${resolve(directory)}\n`)
