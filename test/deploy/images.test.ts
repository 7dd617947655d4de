/**
 * The whole system from its two images, with the rights that the chart gives: the collector as nobody on a read-only file system, the
 * agent with its capabilities and the host's file systems read-only. deploy/images/build.ts builds the images beforehand.
 */
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { type ImageContainer, startImage } from '#test/fixtures/image-bundle.ts'
import { freePort, Site, until } from '#test/fixtures/mayfly.ts'
import {
  makeBundle,
  type OciMount,
  randomContainerId,
  runContainer,
} from '#test/fixtures/oci-bundle.ts'
import { makeAuthority } from '#test/stand-ins/certificates.ts'
import { type BuiltStage, Recipe, type Target, targets } from '../../deploy/images/recipe.ts'

const recipe = new Recipe()
const built = (target: Target): BuiltStage | undefined => recipe.built(target)
const needsImages = {
  skip:
    process.env.MAYFLY_TEST_IMAGES === 'required' ||
    targets.every((target) => built(target) !== undefined)
      ? false
      : 'the images of this tree are not built: run node deploy/images/build.ts',
}
const image = (target: Target): BuiltStage => {
  const found = built(target)
  if (found === undefined) throw new Error(`the image ${target} of this tree is not built`)
  return found
}

/** Names of all packages, also of those that lie within others. */
const packagesOf = (root: string): readonly string[] => {
  const modules = join(root, 'node_modules')
  if (!existsSync(modules)) return []
  return readdirSync(modules)
    .filter((name) => !name.startsWith('.'))
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`)
        : [name],
    )
    .flatMap((name) => [name, ...packagesOf(join(modules, name))])
}

/** Of these the Kubernetes client really needs two. */
const isForDevelopers = (name: string): boolean => !name.startsWith('@types/')

t.test('what is in the images, and what is not', needsImages, async (t) => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const target of targets) {
    const { root, config } = image(target)
    const packages = packagesOf(join(root, 'opt/mayfly'))
    for (const name of Object.keys(manifest.devDependencies).filter(isForDevelopers))
      t.notOk(packages.includes(name), `${target} has no ${name}`)
    for (const path of ['opt/mayfly/test', 'opt/npm', 'opt/mayfly/.git', 'etc/resolv.conf'])
      t.notOk(existsSync(join(root, path)), `${target} has no ${path}`)
    for (const path of ['opt/mayfly/LICENSE', 'usr/share/doc/node/LICENSE'])
      t.ok(existsSync(join(root, path)), `${target} has ${path}`)
    t.match(config.labels['org.opencontainers.image.version'], manifest.version)
    const sbom = JSON.parse(readFileSync(join(root, 'opt/mayfly/sbom/npm.cdx.json'), 'utf8'))
    const listed = sbom.components.map(({ name }: { name: string }) => name)
    t.strictSame(
      [...new Set(listed)].sort(),
      [...new Set(packages)].sort(),
      'the SBOM lists what is there',
    )
    const spdx = JSON.parse(readFileSync(join(root, 'opt/mayfly/sbom/npm.spdx.json'), 'utf8'))
    t.ok(spdx.packages.every(({ licenseDeclared }: Record<string, string>) => licenseDeclared))
    const debian = readFileSync(join(root, 'opt/mayfly/sbom/debian.tsv'), 'utf8')
    t.match(debian, /^libc6\t/m)
    t.equal(/^libbpf1\t1:1\.1\./m.test(debian), target === 'agent')
    const writable = ['-type', 'f', '(', '-perm', '/o+w', '-o', '!', '-user', 'root', ')']
    const found = execFileSync('find', [join(root, 'opt'), join(root, 'usr/local'), ...writable])
    t.equal(found.toString(), '', 'nobody but root may change the program')
  }
  const heavy = ['chdb', '@clickhouse/client', '@kubernetes/client-node']
  const [agent, collector] = targets.map((target) =>
    packagesOf(join(image(target).root, 'opt/mayfly')),
  )
  for (const name of heavy) {
    t.notOk(agent?.includes(name), `the agent has no ${name}`)
    t.ok(collector?.includes(name), `the collector has ${name}`)
  }
  t.equal(image('collector').config.user, '65532:65532')
})

const mount = (destination: string, source: string, ...options: readonly string[]): OciMount => ({
  ...{ destination, source, type: 'bind', options: ['rbind', ...options] },
})

/** Capabilities of the chart's agent, less what this machine cannot give. */
const agentCapabilities = (): readonly string[] => {
  const bits = { BPF: 39, PERFMON: 38, SYS_PTRACE: 19, SYS_RESOURCE: 24, DAC_READ_SEARCH: 2 }
  const [, bounding = ''] =
    /^CapBnd:\s+(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Object.entries({ ...bits, NET_ADMIN: 12 })
    .filter(([, bit]) => (BigInt(`0x${bounding}`) >> BigInt(bit)) & 1n)
    .map(([name]) => `CAP_${name}`)
}

/** The network is the host's, to have one loopback; everything else is the container's own. */
const namespaces = ['pid', 'mount', 'ipc', 'uts', 'cgroup']
const user = 65_532

/** What both ends share: names, secrets and directories, as Secrets and volumes would give them. */
const prepare = async (t: Test, dir: string) => {
  const authority = makeAuthority()
  t.teardown(authority.remove)
  const { cert, key } = authority.issue('ca', ['DNS:localhost', 'IP:127.0.0.1'])
  const place = (name: string): string => {
    const path = join(dir, name)
    mkdirSync(path)
    return path
  }
  const [tls, ca, data, spool] = [place('tls'), place('ca'), place('data'), place('spool')]
  const secrets = [
    [join(tls, 'tls.crt'), cert],
    [join(tls, 'tls.key'), key],
    [join(tls, 'token'), 'a-token'],
  ] as const
  for (const [file, content] of secrets) {
    writeFileSync(file, content, { mode: 0o440 })
    chownSync(file, 0, user)
  }
  writeFileSync(join(ca, 'ca.crt'), authority.ca)
  writeFileSync(join(ca, 'token'), 'a-token', { mode: 0o400 })
  chownSync(data, user, user)
  const ports = { api: await freePort(), metrics: await freePort(), agent: await freePort() }
  return { tls, ca, data, spool, ports, url: `https://localhost:${ports.api}` }
}

type Places = Awaited<ReturnType<typeof prepare>>

const startCollector = (t: Test, { tls, ca, data, ports }: Places): ImageContainer =>
  startImage(t, image('collector'), {
    id: randomContainerId(),
    args: [
      ...['collector', '--listen', `0.0.0.0:${ports.api}`],
      ...[
        '--metrics-listen',
        `127.0.0.1:${ports.metrics}`,
        '--token-file',
        '/etc/mayfly/tls/token',
      ],
      ...['--tls-cert', '/etc/mayfly/tls/tls.crt', '--tls-key', '/etc/mayfly/tls/tls.key'],
    ],
    namespaces,
    rootReadonly: true,
    mounts: [
      { destination: '/tmp', source: 'tmpfs', type: 'tmpfs' },
      mount('/etc/mayfly/tls', tls, 'ro'),
      mount('/etc/mayfly/ca', ca, 'ro'),
      mount('/var/lib/mayfly', data),
    ],
  })

const startAgent = (t: Test, { ca, spool, ports, url }: Places, bpffs: string): ImageContainer =>
  startImage(t, image('agent'), {
    id: randomContainerId(),
    args: [
      ...['agent', '--node=node-1', '--source=ebpf', '--proc-root=/host/proc'],
      ...['--cgroup-root=/host/sys/fs/cgroup', '--host-root=/host', '--bpffs=/host/sys/fs/bpf'],
      ...[`--collector=${url}`, '--collector-ca=/etc/mayfly/tls/ca.crt'],
      ...['--token-file=/etc/mayfly/tls/token', `--metrics-listen=127.0.0.1:${ports.agent}`],
    ],
    namespaces,
    rootReadonly: true,
    processCaps: agentCapabilities(),
    mounts: [
      mount('/host/proc', '/proc', 'ro'),
      mount('/host/sys/fs/cgroup', '/sys/fs/cgroup', 'ro'),
      mount('/host/run', '/run', 'ro'),
      mount('/host/sys/fs/bpf', bpffs),
      mount('/etc/mayfly/tls', ca, 'ro'),
      mount('/var/lib/mayfly', spool),
    ],
  })

t.test(
  'a container’s processes reach the timeline, and nothing is missing, through a restart',
  { skip: needsImages.skip || needsBpf.skip, timeout: 110_000 },
  async (t) => {
    const site = await Site.make()
    t.teardown(() => site.close())
    const places = await prepare(t, site.dir)
    const ready = (container: ImageContainer, port: number) =>
      until(
        `${port} to be ready`,
        async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok,
      ).catch(async (error: Error) => {
        const { stderr } = await container.end()
        throw new Error(`${error.message}\n${stderr}`)
      })
    let collector = startCollector(t, places)
    await ready(collector, places.ports.metrics)
    const agent = startAgent(t, places, site.bpffs)
    await ready(agent, places.ports.agent)

    const ask = (command: string, ...args: readonly string[]) =>
      collector.exec(
        ...['/usr/local/bin/mayfly', command, '--collector', places.url],
        ...['--collector-ca', '/etc/mayfly/tls/../ca/ca.crt'],
        ...['--token-file', '/etc/mayfly/tls/token', ...args],
      )
    /** Runs a container whose processes are told apart by a word, and resolves when the timeline shows all of them. */
    const witnessed = async (word: string): Promise<void> => {
      const id = randomContainerId()
      const names = [1, 2, 3].map((number) => `/${word}-${number}`)
      const script = names.map((name) => `/bin/ls ${name}`).join('; ')
      const bundle = await makeBundle(t, { args: ['/bin/sh', '-c', script] })
      await runContainer({ runtime: 'crun', id, bundle })
      let said = ''
      await until(`the timeline to show ${word}`, async () => {
        const { stdout, stderr } = await ask('timeline', '--container', id, '--output', 'jsonl')
        said = stdout + stderr
        return names.every((name) => stdout.includes(`"argv":["/bin/ls","${name}"]`))
      }).catch((error: Error) => {
        throw new Error(`${error.message}\n${said}`)
      })
    }
    const audit = () => ask('audit')

    await witnessed('first')
    t.match(await audit(), { exitCode: 0 })
    const ended = await collector.end()
    t.equal(ended.exitCode, 0, 'the collector ends in order')
    t.notMatch(ended.stderr, /"level":[456]\d/, 'and has nothing to complain about')
    collector = startCollector(t, places)
    await ready(collector, places.ports.metrics)
    await witnessed('second')
    const last = await audit()
    t.match(last, { exitCode: 0 }, last.stdout + last.stderr)
    t.comment(last.stdout)
    const gone = await agent.end()
    t.equal(gone.exitCode, 0, 'the agent ends in order')
  },
)
