/**
 * A database with its archive and dumps, services in two languages, and builds of images: what one life of each is like, for
 * baselines-backends.test.ts. As in workloads.ts, order, counts and names come from a seed.
 */
import { type Host, runIn } from '#test/fixtures/network.ts'
import { type Chance, chanceOf } from '#test/simulation/random.ts'
import { sh } from '../services/recording.ts'
import type { Cluster, PodOptions, Workload } from './cluster.ts'
import { ask, page, ready, type Service, shuffled } from './workloads.ts'

const postgres = (script: string) => sh(`PATH=$(echo /usr/lib/postgresql/*/bin):$PATH; ${script}`)

/** Its volume stays from one life to the next: only the first prepares it. */
const database: Service = {
  name: 'db',
  kind: 'StatefulSet',
  args: [
    ...['/srv/db/entrypoint.sh', 'postgres', '-c', 'archive_mode=on'],
    ...['-c', 'archive_command=test ! -f /backup/%f && cp %p /backup/%f'],
    ...['-c', 'unix_socket_directories=/tmp', '-c', 'fsync=off'],
  ],
  env: ['PGDATA=/data/db', 'PGUSER=postgres', 'PGHOST=127.0.0.1'],
  probe: postgres('exec pg_isready -U postgres -d shop -h 127.0.0.1 -p 5432'),
}

/** In the network of the database's pod, as a sidecar would be. */
const dump: Workload = {
  name: 'dump',
  kind: 'CronJob',
  args: postgres('pg_dump shop | gzip >/backup/shop-$$.sql.gz && gzip -t /backup/shop-$$.sql.gz'),
  env: ['PGUSER=postgres', 'PGHOST=127.0.0.1'],
}

const node: Service = {
  name: 'node',
  kind: 'Deployment',
  args: ['node', '/srv/node/server.mjs'],
  probe: page('/healthz'),
}

const java: Service = {
  name: 'java',
  kind: 'Deployment',
  args: ['java', '-Xmx128m', '/srv/java/Server.java'],
  probe: page('/healthz'),
}

const builds: readonly Workload[] = ['apt', 'npm', 'pip'].map((name) => ({
  name: `build-${name}`,
  kind: 'CronJob',
  args: [`/srv/build/${name}.sh`],
}))

/** Their names, in order. */
export const backendNames: readonly string[] = [
  ...[database, dump, java, node].map(({ name }) => name),
  ...builds.map(({ name }) => name),
].toSorted()

const bench = async (host: Host, ...args: readonly string[]): Promise<void> => {
  const client = ['-h', '127.0.0.1', '-U', 'postgres', ...args, 'shop']
  const { exitCode, stderr } = await runIn(host, 'pgbench', client)
  if (exitCode !== 0) throw new Error(stderr)
}

const keepBooks = async (cluster: Cluster, options: PodOptions): Promise<void> => {
  const { chance, host } = options
  const pod = await ready(cluster, database, options)
  await bench(host, '-i', '-q', '-s', '1')
  const acts = [
    () => bench(host, '-c', String(chance.whole(1, 4)), '-t', String(chance.whole(20, 100))),
    () => pod.execute(['psql', '-d', 'shop', '-Atc', 'select pg_switch_wal()']),
    () => pod.execute(['psql', '-d', 'shop', '-Atc', 'select pg_reload_conf()']),
    () => cluster.run(dump, options),
  ]
  for (const act of shuffled(chance, acts)) {
    await act()
    await pod.execute(database.probe)
  }
  await pod.stop()
}

const answer = async (
  cluster: Cluster,
  service: Service,
  paths: readonly string[],
  options: PodOptions,
): Promise<void> => {
  const { chance, host } = options
  const pod = await ready(cluster, service, options)
  for (const path of shuffled(chance, paths)) await ask(host, path, chance.whole(1, 4))
  await pod.execute(service.probe)
  await pod.stop()
}

/** A life of each. `version`: of the images. */
export const backendsLive = async (
  cluster: Cluster,
  hosts: Readonly<Record<'web' | 'app' | 'cache', Host>>,
  { seed, version = 1 }: { readonly seed: number; readonly version?: number },
): Promise<void> => {
  // Of its own for each: who comes first would change what the others draw.
  const own = (index: number): Chance => chanceOf(1_000 * index + seed)
  const build = async (): Promise<void> => {
    const chance = own(4)
    for (const one of shuffled(chance, builds))
      await cluster.run(one, { host: hosts.web, chance, version })
  }
  await Promise.all([
    keepBooks(cluster, { host: hosts.cache, chance: own(1), version }),
    answer(cluster, node, ['/shell', '/program', '/fork'], { host: hosts.web, chance: own(2) }),
    answer(cluster, java, ['/shell', '/program'], { host: hosts.app, chance: own(3), version }),
    build(),
  ])
}
