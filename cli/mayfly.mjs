#!/usr/bin/env node
/**
 * The `mayfly` command's first step, in JavaScript that old versions of Node understand too: the sources are TypeScript
 * that Node runs directly, which it can since 22.18. An older Node starts again under the one that `npm ci` installs,
 * or says in one sentence what is needed.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const [major, minor] = process.versions.node.split('.').map(Number)
const runsTypeScript = major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)

const complain = () => {
  process.stderr.write(
    `mayfly needs Node 22.18 or newer and this is ${process.versions.node}: run "npm ci" in ${dirname(here)}, ` +
      'which puts Node 24 into node_modules/.bin, then start it with "npm start" or again as now.\n',
  )
  process.exitCode = 2
}

/** Starts the same command under another Node and stands in for it: signals go down, the exit status comes up. */
const startAgain = (node) => {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: Object.assign({}, process.env, {
      MAYFLY_RESTARTED: '1',
      MAYFLY_COMMAND: process.argv[1],
      MAYFLY_PARENT_PID: String(process.pid),
    }),
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', complain)
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

// Beside the sources after `npm ci`, or beside this package where it is a dependency itself.
const installed = [
  join(here, '..', 'node_modules', '.bin', 'node'),
  join(here, '..', '..', '.bin', 'node'),
].find((path) => existsSync(path))

// Stripped and compiled sources are kept beside the packages, never in a shared temporary directory: a start then loads no
// TypeScript compiler, which saves 28 MB of memory and half a second of CPU. Where that place is read-only, nothing is lost.
if (runsTypeScript)
  module.enableCompileCache?.(join(here, '..', 'node_modules', '.cache', 'mayfly'))

if (runsTypeScript) import('./main.ts').then((main) => main.main())
else if (installed !== undefined && process.env.MAYFLY_RESTARTED === undefined)
  startAgain(installed)
else complain()
