/** Executes the instructions of one stage in a root file system of its own, as root. Called by build.ts, which decides what is built and when. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix } from 'node:path'
import { DockerfileError, expand, type Instruction } from './dockerfile.ts'

/** What an image says besides its files; an OCI image configuration, as far as Mayfly's need it. */
export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>
  /** `uid:gid`. */
  readonly user: string
  readonly workdir: string
  readonly labels: Readonly<Record<string, string>>
  readonly ports: readonly string[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
}

export const emptyConfig: ImageConfig = {
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
  user: '0:0',
  workdir: '/',
  labels: {},
  ports: [],
  entrypoint: [],
  cmd: [],
}

export interface StageContext {
  readonly root: string
  /** The build's context, and what of it .dockerignore lets in. */
  readonly directory: string
  readonly allowed: readonly string[]
  /** Values for ARG, by name: of the platform, of the command line and of the file's beginning. */
  readonly args: Readonly<Record<string, string>>
  /** Root of a stage that was built before. */
  readonly rootOf: (stage: string) => string
  /** Where downloads are kept. */
  readonly cache: string
  readonly say: (line: string) => void
}

/** The package of a tarball's address in the npm registry. */
const npmTarball =
  /^https:\/\/registry\.npmjs\.org\/((?:@[\w.-]+\/)?[\w.-]+)\/-\/[\w.-]+?-(\d[\w.+-]*)\.tgz$/

const sha256Of = (file: string): string =>
  createHash('sha256').update(readFileSync(file)).digest('hex')

/** Downloads by npm's own client; the checksum is the Dockerfile's. */
const download = (
  { line, url, sha256 }: Extract<Instruction, { kind: 'add' }>,
  cache: string,
): string => {
  const file = join(cache, 'downloads', sha256)
  if (existsSync(file)) return file
  const [, name, version] = npmTarball.exec(url) ?? []
  if (name === undefined) throw new DockerfileError(line, `only the npm registry is known: ${url}`)
  const work = mkdtempSync(join(tmpdir(), 'mayfly-add-'))
  try {
    const options = ['--silent', '--ignore-scripts', '--pack-destination', work]
    execFileSync('npm', ['pack', ...options, `${name}@${version}`], { cwd: work })
    const [packed = ''] = readdirSync(work)
    const found = sha256Of(join(work, packed))
    if (found !== sha256) throw new DockerfileError(line, `${url} has the checksum ${found}`)
    mkdirSync(dirname(file), { recursive: true })
    copyFileSync(join(work, packed), file)
  } finally {
    rmSync(work, { recursive: true })
  }
  return file
}

/** A path of the image as one of this machine; links in it must not lead out of the root. */
const inside = (root: string, path: string): string => {
  const target = join(root, path).replace(/\/$/, '')
  if (target === root) return root
  mkdirSync(dirname(target), { recursive: true })
  const real = realpathSync(dirname(target))
  if (real !== root && !real.startsWith(`${root}/`))
    throw new Error(`${path} leads out of the image`)
  return join(real, basename(target))
}

/** As COPY does: the content of a directory, a file by itself; the owner is root. */
const copy = (
  instruction: Extract<Instruction, { kind: 'copy' }>,
  { root, directory, allowed, rootOf }: StageContext,
  workdir: string,
): void => {
  const { line, from, sources, target } = instruction
  const absolute = posix.resolve(workdir, target)
  for (const source of sources) {
    if (from === undefined && !allowed.includes(source))
      throw new DockerfileError(line, `.dockerignore lets no ${source} in`)
    const path = from === undefined ? join(directory, source) : join(rootOf(from), source)
    const isDirectory = statSync(path).isDirectory()
    const isInto = !isDirectory && (target.endsWith('/') || target === '.')
    const to = inside(root, isInto ? posix.join(absolute, basename(source)) : absolute)
    cpSync(path, to, { recursive: true, verbatimSymlinks: true })
  }
}

/**
 * Mounts what a command needs, in a mount namespace that ends with it: /proc, and the names of hosts as this machine knows them.
 * Behind a proxy that inspects TLS, NODE_EXTRA_CA_CERTS names its authority for npm.
 */
const script = `
set -e
root=$1 command=$2 workdir=$3 user=$4
mount -t proc proc "$root/proc"
for file in /etc/resolv.conf /etc/hosts; do
  [ -e "$root$file" ] || : > "$root$file"
  mount --bind "$file" "$root$file"
done
if [ -n "$NODE_EXTRA_CA_CERTS" ]; then
  mkdir -p "$root/run/build"
  mount -t tmpfs tmpfs "$root/run/build"
  cp "$NODE_EXTRA_CA_CERTS" "$root/run/build/ca.crt"
  export NODE_EXTRA_CA_CERTS=/run/build/ca.crt
fi
exec chroot --userspec="$user" "$root" /bin/sh -c 'cd "$1" && eval "$2"' sh "$workdir" "$command"
`

/** Docker passes the first ones on by itself. */
const passedOn = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'] as const

const runCommand = (
  { line, command }: Extract<Instruction, { kind: 'run' }>,
  root: string,
  config: ImageConfig,
  args: Readonly<Record<string, string>>,
): void => {
  const passed = passedOn.flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  const result = spawnSync(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--propagation', 'private', '/bin/sh', '-c', script, 'run'],
      ...[root, command, config.workdir, config.user],
    ],
    {
      env: {
        DEBIAN_FRONTEND: 'noninteractive',
        HOME: '/root',
        ...Object.fromEntries(passed),
        ...args,
        ...config.env,
      },
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    },
  )
  for (const path of ['etc/resolv.conf', 'etc/hosts']) {
    const file = join(root, path)
    if (statSync(file).size === 0) rmSync(file)
  }
  rmSync(join(root, 'run/build'), { recursive: true, force: true })
  if (result.status !== 0) {
    const said = `${result.stdout}\n${result.stderr}`.trim().slice(-4_000)
    throw new DockerfileError(line, `RUN ends with status ${result.status}\n${said}`)
  }
}

/** @throws DockerfileError for an instruction that fails. */
export const executeStage = (
  instructions: readonly Instruction[],
  base: ImageConfig,
  context: StageContext,
): ImageConfig => {
  const { root, cache, say } = context
  const args: Record<string, string> = {}
  let config = base
  for (const one of instructions) {
    const value = (text: string): string => expand(one.line, text, { ...args, ...config.env })
    const values = (entries: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
      Object.fromEntries(Object.entries(entries).map(([name, text]) => [name, value(text)]))
    say(`${one.line}: ${one.kind.toUpperCase()}`)
    switch (one.kind) {
      case 'arg': {
        const given = context.args[one.name] ?? one.value
        if (given !== undefined) args[one.name] = given
        break
      }
      case 'add': {
        const file = inside(root, one.target)
        copyFileSync(download(one, cache), file)
        break
      }
      case 'copy':
        copy(one, context, config.workdir)
        break
      case 'run':
        runCommand(one, root, config, args)
        break
      case 'env':
        config = { ...config, env: { ...config.env, ...values(one.entries) } }
        break
      case 'label':
        config = { ...config, labels: { ...config.labels, ...values(one.entries) } }
        break
      case 'user':
        config = { ...config, user: one.value }
        break
      case 'workdir':
        mkdirSync(inside(root, one.value), { recursive: true })
        config = { ...config, workdir: one.value }
        break
      case 'expose':
        config = { ...config, ports: [...config.ports, ...one.ports] }
        break
      case 'entrypoint':
        config = { ...config, entrypoint: one.args, cmd: [] }
        break
      case 'cmd':
        config = { ...config, cmd: one.args }
        break
    }
  }
  return config
}

/** Keeps what an image says beside its files. */
export const writeConfig = (directory: string, config: ImageConfig): void =>
  writeFileSync(join(directory, 'image.json'), `${JSON.stringify(config, null, 2)}\n`)

/** Undefined where no stage was finished. */
export const readConfig = (directory: string): ImageConfig | undefined => {
  const file = join(directory, 'image.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ImageConfig) : undefined
}
