/** The house rules that a compiler cannot hold: who may import whom, which files may touch the process, no litter. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const rooms = ['agent', 'base', 'bench', 'cli', 'collector', 'proto', 'test', 'web'] as const
type Room = (typeof rooms)[number]

/** Arrows between rooms: a file may import from its own room and from these. */
const mayImport: Readonly<Record<Room, readonly Room[]>> = {
  base: [],
  proto: [],
  agent: ['base', 'proto'],
  collector: ['base', 'proto'],
  web: ['proto'],
  cli: ['base', 'proto'],
  bench: ['agent', 'base', 'cli', 'collector', 'proto', 'test'],
  test: ['agent', 'base', 'bench', 'cli', 'collector', 'proto', 'web'],
}

/** The commands that start the two programs may import their main and config, and nothing else of them. */
const startsPrograms = new Set([
  '#agent/main.ts',
  '#agent/config.ts',
  '#agent/detach.ts',
  '#collector/main.ts',
  '#collector/config.ts',
  // `mayfly rules` needs no collector that runs.
  '#collector/detection/rules/check.ts',
])

const sources = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((file) => rooms.some((room) => file.startsWith(`${room}/`)))
  .filter((file) => !/(^|\/)(gen|node_modules|\.tap|dist)\//.test(file))

const roomOf = (file: string): Room => file.split('/')[0] as Room

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /(?:from|import)\s*\(?\s*['"]([#.][^'"]+)['"]/g,
    ),
  ].map(([, target]) => target ?? '')

const targetOf = (file: string, target: string): string =>
  target.startsWith('#') ? target.slice(1) : relative(root, resolve(root, dirname(file), target))

t.test('every import follows the arrows of the house', async (t) => {
  for (const file of sources) {
    for (const target of importsOf(file)) {
      const [from, to] = [roomOf(file), roomOf(targetOf(file, target))]
      if (from === to || !rooms.includes(to)) continue
      const allowed = mayImport[from].includes(to) || (from === 'cli' && startsPrograms.has(target))
      if (!allowed) t.fail(`${file} imports ${target}: ${from} may not import ${to}`)
    }
  }
  t.ok(sources.length > 20, 'the tree was read')
})

t.test('only the codec imports generated code', async (t) => {
  const importers = sources.filter(
    (file) =>
      roomOf(file) !== 'test' && importsOf(file).some((target) => /(^|\/)gen\//.test(target)),
  )
  t.strictSame(importers, ['proto/codec.ts'])
})

t.test('only entry points touch environment, arguments and exit', async (t) => {
  const entry =
    /^(cli|bench|test)\/|^(agent|collector)\/main\.ts$|engine\/(engine-child|die-with-parent)\.ts$|generate\.|\.mjs$/
  for (const file of sources) {
    if (entry.test(file)) continue
    const text = readFileSync(join(root, file), 'utf8')
    if (/\bprocess\.(env|argv|exit)\b/.test(text)) t.fail(`${file} touches process.env/argv/exit`)
  }
})

t.test('every source has its mirrored test', async (t) => {
  const tests = new Set(sources.filter((file) => file.startsWith('test/')))
  const exempt = /^(bench|test|web)\/|\/(main|detach)\.ts$|engine-child\.ts$|\.mjs$/
  for (const file of sources) {
    if (exempt.test(file)) continue
    const text = readFileSync(join(root, file), 'utf8')
    const declaresOnlyTypes = !/^export (const|function|class|async function)/m.test(text)
    if (declaresOnlyTypes) continue
    if (tests.has(`test/${file.replace(/\.ts$/, '.test.ts')}`)) continue
    t.fail(`${file} has no test/${file.replace(/\.ts$/, '.test.ts')}`)
  }
})

t.test('nothing unfinished is left in the sources', async (t) => {
  const marks = new RegExp(
    `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
  )
  for (const file of sources) {
    const line = readFileSync(join(root, file), 'utf8')
      .split('\n')
      .findIndex((text) => marks.test(text))
    if (line >= 0) t.fail(`${file}:${line + 1} has a mark of unfinished work`)
  }
})

t.test('there is no grab-bag file', async (t) => {
  const names = sources.filter((file) =>
    /(^|\/)(utils?|common|helpers?|manager|misc)(\.|\/)/.test(file),
  )
  t.strictSame(names, [])
})
