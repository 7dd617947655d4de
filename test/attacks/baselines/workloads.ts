/**
 * Workloads whose baselines are learnt, and what one life of each is like. Order, counts and names come from a seed, so that no two
 * lives are the same; what is done does not. Lived by baselines.test.ts, once to learn and once to judge.
 */
import { randomBytes } from 'node:crypto'
import { until } from '#test/fixtures/mayfly.ts'
import { type Host, runIn } from '#test/fixtures/network.ts'
import { type Chance, chanceOf } from '#test/simulation/random.ts'
import { type Command, sh } from '../services/recording.ts'
import type { Cluster, Pod, PodOptions, Workload } from './cluster.ts'

/** Whom the shop asks for its stock: on the Internet, and normal. */
export const supplier = '203.0.113.20'

/** A workload with its probe. */
export interface Service extends Workload {
  readonly probe: Command
}

export const page = (path: string): Command => ['wget', '-qO-', `http://127.0.0.1:8080${path}`]

/** A web server before PHP, whose pages start nothing. */
export const web: Service = {
  name: 'web',
  kind: 'Deployment',
  args: [
    '/srv/web/entrypoint.sh',
    ...sh('php-cgi -b 127.0.0.1:9000 & exec nginx -c /srv/web/php.conf -g "daemon off;"'),
  ],
  // SERVER_NAME would make PHP believe that it is a CGI program.
  env: ['WORKERS=2', 'PHP_FCGI_CHILDREN=2'],
  probe: page('/page.php'),
}

/** The same with one program more, as a newer image has it. */
export const newerWeb: Service = {
  ...web,
  args: [...sh('md5sum /srv/web/php.conf; exec "$@"'), 'start', ...web.args],
}

/** Lets other programs work for it, some from processes that it forked, and asks somebody outside. */
const app: Service = {
  name: 'app',
  kind: 'Deployment',
  args: ['python3', '/srv/python/server.py'],
  env: [`SUPPLIER=http://${supplier}/stock`],
  probe: page('/healthz'),
}

const cache: Service = {
  name: 'cache',
  kind: 'StatefulSet',
  args: ['/srv/cache/entrypoint.sh', 'redis-server', '--dir', '/data', '--save', '1 10'],
  probe: sh('response=$(redis-cli -h localhost ping) && [ "$response" = PONG ]'),
}

/** Its pages are shell scripts, and all of its programs one file. */
const shop: Service = {
  name: 'shop',
  kind: 'Deployment',
  args: ['busybox', 'httpd', '-f', '-p', '8080', '-h', '/srv/shop'],
  probe: page('/'),
}

const backup: Workload = {
  name: 'backup',
  kind: 'CronJob',
  args: ['run-parts', '--report', '/srv/job/daily'],
}

export const shuffled = <T>(chance: Chance, values: readonly T[]): readonly T[] =>
  values
    .map((value) => ({ value, place: chance.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value)

/** Requests of somebody who is no container. Rejects when one fails. */
export const ask = async (host: Host, path: string, requests = 1): Promise<void> => {
  const url = `http://127.0.0.1:8080${path}${path.includes('?') ? '&' : '?'}[1-${requests}]`
  const { exitCode, stderr } = await runIn(host, 'curl', ['-fsS', '--parallel', url])
  if (exitCode !== 0) throw new Error(`${url}: ${stderr}`)
}

/** A pod whose readiness probe succeeds. */
export const ready = async (
  cluster: Cluster,
  service: Service,
  options: PodOptions,
): Promise<Pod> => {
  const pod = await cluster.start(service, options)
  await until(`${service.name} to be ready`, async () => {
    await pod.execute(service.probe)
    return true
  })
  return pod
}

const reload = ['nginx', '-c', '/srv/web/php.conf', '-s', 'reload']

/** A pod of the web server that has been at work, and goes on. */
export const serve = async (cluster: Cluster, options: PodOptions, service = web): Promise<Pod> => {
  const { chance } = options
  const pod = await ready(cluster, service, options)
  const acts = [
    () => ask(pod.host, '/', chance.whole(20, 200)),
    () => ask(pod.host, '/page.php', chance.whole(5, 50)),
    () => pod.execute(reload),
  ]
  for (const act of shuffled(chance, acts)) {
    await act()
    await pod.execute(service.probe)
  }
  return pod
}

const sell = async (cluster: Cluster, options: PodOptions): Promise<void> => {
  const { chance } = options
  const pod = await ready(cluster, app, options)
  for (const path of shuffled(chance, ['/shell', '/program', '/pool', '/archive', '/stock']))
    await ask(pod.host, path, chance.whole(1, 4))
  await pod.execute(app.probe)
  await pod.stop()
}

const remember = async (cluster: Cluster, options: PodOptions): Promise<void> => {
  const { chance, host } = options
  const pod = await ready(cluster, cache, options)
  const requests = String(chance.whole(100, 2_000))
  const benchmark = await runIn(host, 'redis-benchmark', ['-q', '-n', requests, '-t', 'set,get'])
  if (benchmark.exitCode !== 0) throw new Error(benchmark.stderr)
  await pod.execute(['redis-cli', 'bgsave'])
  await pod.execute(cache.probe)
  await pod.stop()
}

const order = async (cluster: Cluster, options: PodOptions): Promise<void> => {
  const pod = await ready(cluster, shop, options)
  await ask(pod.host, '/cgi-bin/order.sh', options.chance.whole(1, 10))
  await pod.stop()
}

/** A second cache follows the first, and takes its place when that one ends. */
export const failOver = async (
  cluster: Cluster,
  first: PodOptions,
  second: PodOptions,
): Promise<void> => {
  const open = ['--protected-mode', 'no']
  const primary = await ready(cluster, { ...cache, args: [...cache.args, ...open] }, first)
  const args = [...cache.args, '--dir', '/tmp', '--replicaof', first.host.ipv4, '6379']
  const replica = await ready(cluster, { ...cache, args }, second)
  await until('the replica to follow', async () => {
    const { stdout } = await runIn(second.host, 'redis-cli', ['info', 'replication'])
    return stdout.includes('master_link_status:up')
  })
  await primary.stop()
  await replica.execute(['redis-cli', 'replicaof', 'no', 'one'])
  await replica.stop()
}

/** Keeps the files of a shop that is asked for its front page, on a volume with files of random names. */
const keep = async (cluster: Cluster, options: PodOptions): Promise<void> => {
  const { args } = backup
  const name = `/backup/orders-${randomBytes(4).toString('hex')}-${options.chance.whole(1, 999)}.gz`
  const both = sh(`gzip -c /etc/passwd >${name}; exec ${args.join(' ')}`)
  await cluster.run({ ...backup, args: both }, options)
}

/** A life of each workload, beside each other. The web server's pod goes on; whoever asked for it stops it. */
export const liveOnce = async (
  cluster: Cluster,
  hosts: Readonly<Record<'web' | 'app' | 'cache' | 'shop', Host>>,
  seed: number,
): Promise<Pod> => {
  const chance = chanceOf(seed)
  // Of its own for each: who comes first would change what the others draw.
  const own = (index: number): Chance => chanceOf(1_000 * index + seed)
  const [pod] = await Promise.all([
    serve(cluster, { host: hosts.web, chance }),
    sell(cluster, { host: hosts.app, chance: own(1) }),
    remember(cluster, { host: hosts.cache, chance: own(2) }),
    order(cluster, { host: hosts.shop, chance: own(3) }),
  ])
  await keep(cluster, { host: hosts.web, chance })
  return pod
}
