/**
 * Builds stages of the Dockerfile as directories, each once: a stage is known by everything that goes into it, so one that is built
 * already is found again. Called by build.ts and by the test that runs the system from both images.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { baseRoot } from './base-root.ts'
import { expand, parseDockerfile, parseDockerignore, type Stage } from './dockerfile.ts'
import { emptyConfig, executeStage, type ImageConfig, readConfig, writeConfig } from './stage.ts'

export const repository = resolve(import.meta.dirname, '../..')

/** Where CI keeps what it need not make again. */
export const cacheDirectory = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'mayfly-ci',
)

export const targets = ['agent', 'collector'] as const
export type Target = (typeof targets)[number]

/** Builds of one stage that are kept: this tree's and the one of before. */
const keptBuilds = 2

/** Names of architectures as Docker writes them. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

export interface BuiltStage {
  readonly key: string
  readonly root: string
  readonly config: ImageConfig
}

/** Content, names and modes of what lies there. */
const digest = (path: string): string => {
  const hash = createHash('sha256')
  const add = (one: string): void => {
    const stat = lstatSync(one)
    hash.update(`${one.slice(path.length)}\0${stat.mode}\0`)
    if (stat.isSymbolicLink()) hash.update(readlinkSync(one))
    else if (stat.isDirectory()) for (const name of readdirSync(one).sort()) add(join(one, name))
    else hash.update(createHash('sha256').update(readFileSync(one)).digest())
  }
  add(path)
  return hash.digest('hex')
}

export interface RecipeOptions {
  readonly args?: Readonly<Record<string, string>>
  readonly say?: (line: string) => void
}

export class Recipe {
  readonly #stages: readonly Stage[]
  readonly #fileArgs: Record<string, string>
  readonly #args: Readonly<Record<string, string>>
  readonly #allowed: readonly string[]
  readonly #say: (line: string) => void
  readonly #directory = join(cacheDirectory, 'images')

  /** Reads Dockerfile and .dockerignore. Throws DockerfileError for what is not understood. */
  constructor({ args = {}, say = () => {} }: RecipeOptions = {}) {
    const file = parseDockerfile(readFileSync(join(repository, 'Dockerfile'), 'utf8'))
    const architecture = architectures[process.arch] ?? process.arch
    const platform = { TARGETARCH: architecture, TARGETOS: 'linux' }
    this.#stages = file.stages
    this.#args = { ...platform, ...args }
    this.#fileArgs = { ...platform }
    for (const { name, value } of file.args) {
      const given = args[name] ?? value
      if (given !== undefined) this.#fileArgs[name] = given
    }
    this.#allowed = parseDockerignore(readFileSync(join(repository, '.dockerignore'), 'utf8'))
    this.#say = say
  }

  #stage(name: string): Stage | undefined {
    return this.#stages.find((stage) => stage.name === name)
  }

  #need(name: string): Stage {
    const stage = this.#stage(name)
    if (stage === undefined) throw new Error(`Dockerfile: there is no stage ${name}`)
    return stage
  }

  #base(stage: Stage): string {
    return expand(stage.line, stage.base, this.#fileArgs)
  }

  /** Everything that goes into a stage, as one word. */
  key(name: string): string {
    const stage = this.#need(name)
    const base = this.#base(stage)
    const parts: unknown[] = [
      this.#stage(base) === undefined ? base : this.key(base),
      stage.instructions.map(({ line: _, ...rest }) => rest),
      this.#args,
    ]
    for (const one of stage.instructions) {
      if (one.kind !== 'copy') continue
      if (one.from !== undefined) parts.push(this.key(one.from))
      else for (const source of one.sources) parts.push(digest(join(repository, source)))
    }
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
  }

  #place(name: string): string {
    return join(this.#directory, `${name}.${this.key(name)}`)
  }

  /** The stage, if this tree's was built before. */
  built(name: string): BuiltStage | undefined {
    const place = this.#place(name)
    const config = readConfig(place)
    return config && { key: this.key(name), root: join(place, 'rootfs'), config }
  }

  /** Builds a stage and what it needs. Throws DockerfileError when an instruction fails. */
  build(name: string): BuiltStage {
    const before = this.built(name)
    if (before !== undefined) {
      utimesSync(this.#place(name), new Date(), new Date())
      return before
    }
    const stage = this.#need(name)
    const base = this.#base(stage)
    const parent = this.#stage(base) === undefined ? undefined : this.build(base)
    for (const one of stage.instructions)
      if (one.kind === 'copy' && one.from !== undefined) this.build(one.from)
    const place = this.#place(name)
    // Of this process: two may build at once, and the later one's is the same.
    const work = `${place}.${process.pid}.making`
    const root = join(work, 'rootfs')
    mkdirSync(root, { recursive: true })
    this.#say(`${name}: from ${base}`)
    let config: ImageConfig
    try {
      if (parent === undefined) {
        const file = baseRoot(base, cacheDirectory)
        execFileSync('tar', ['--numeric-owner', '-xpf', file, '-C', root])
      } else execFileSync('cp', ['-a', `${parent.root}/.`, root])
      config = executeStage(stage.instructions, parent?.config ?? emptyConfig, {
        root,
        directory: repository,
        allowed: this.#allowed,
        args: this.#args,
        rootOf: (other) => this.build(other).root,
        cache: cacheDirectory,
        say: (line) => this.#say(`${name}: ${line}`),
      })
    } catch (error) {
      rmSync(work, { recursive: true, force: true })
      throw error
    }
    writeConfig(work, config)
    if (this.built(name) === undefined) renameSync(work, place)
    else rmSync(work, { recursive: true, force: true })
    this.#forgetOld(name)
    return { key: this.key(name), root: join(place, 'rootfs'), config }
  }

  #forgetOld(name: string): void {
    const builds = readdirSync(this.#directory)
      .filter((entry) => entry.startsWith(`${name}.`) && !entry.endsWith('.making'))
      .map((entry) => join(this.#directory, entry))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    for (const build of builds.slice(keptBuilds)) rmSync(build, { recursive: true, force: true })
  }
}
