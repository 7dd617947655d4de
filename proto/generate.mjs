#!/usr/bin/env node
/**
 * Makes proto/gen/ from proto/mayfly/v1/*.proto (`npm run proto`), or with --check compares what is committed with what
 * the sources would give and exits 1 at the first difference. Plain JavaScript, so that it runs before anything else does.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const pbjs = join(
  dirname(createRequire(import.meta.url).resolve('protobufjs-cli/package.json')),
  'bin/pbjs',
)

/** Whole numbers as numbers, absent optionals as null, and nothing that the codec does not call. */
const flags = [
  '--target=static-module',
  '--wrap=esm',
  '--force-number',
  '--null-semantics',
  '--no-create',
  '--no-delimited',
  '--no-typeurl',
  '--no-service',
  '--no-convert',
  '--no-verify',
]

const generate = () => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-proto-'))
  const run = (...more) =>
    execFileSync(
      process.execPath,
      [pbjs, ...flags, ...more, 'mayfly/v1/event.proto', 'mayfly/v1/frame.proto'],
      { cwd: here },
    )
  try {
    // The declarations are made from the comments, which the code itself does not need: hence two runs.
    run('--dts', `--out=${join(directory, 'typed.js')}`)
    run('--no-comments', `--out=${join(directory, 'mayfly.js')}`)
    return {
      'mayfly.js': readFileSync(join(directory, 'mayfly.js'), 'utf8'),
      'mayfly.d.ts': readFileSync(join(directory, 'typed.d.ts'), 'utf8'),
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const readCommitted = (path) => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

const check = process.argv.includes('--check')
mkdirSync(join(here, 'gen'), { recursive: true })
for (const [name, text] of Object.entries(generate())) {
  const path = join(here, 'gen', name)
  if (!check) writeFileSync(path, text)
  else if (readCommitted(path) !== text) {
    console.error(
      `proto/gen/${name} does not match proto/mayfly/v1: run "npm run proto" and commit the result`,
    )
    process.exit(1)
  }
}
