/**
 * A cluster of network namespaces for three-nodes.test.ts: a control plane with a stand-in API server, and nodes with a stand-in
 * kubelet each. The stand-ins are programs of their own, because a process is in one network; they take commands on stdin.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type Host, makeNetwork, type Network } from '#test/fixtures/network.ts'
import type { Teardown } from '#test/fixtures/oci-bundle.ts'
import type { Grant } from '#test/stand-ins/api-server.ts'
import type { StandInPod, TokenOptions } from '#test/stand-ins/api-server-tokens.ts'
import type { StandInObject } from '#test/stand-ins/api-server-watch.ts'
import type { PodOptions } from '#test/stand-ins/kubelet-pods.ts'

const standIns = new URL('../stand-ins/', import.meta.url).pathname

/** A stand-in that runs in a host, and what it said of itself at its start. */
class StandIn {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(t: Teardown, host: Host, program: string, args: readonly string[]) {
    this.#child = spawn(
      'nsenter',
      [`--net=${host.namespacePath}`, '--', process.execPath, `${standIns}${program}`, ...args],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    t.teardown(() => void this.#child.kill('SIGKILL'))
    if (this.#child.stdout === null) throw new Error('no output')
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async read(): Promise<Readonly<Record<string, string>>> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error('a stand-in ended')
    return JSON.parse(value)
  }

  tell(command: object): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`)
  }
}

export class ApiServer {
  readonly #standIn: StandIn
  readonly url: string
  readonly caFile: string
  readonly tokenFile: string

  private constructor(standIn: StandIn, facts: Readonly<Record<string, string>>) {
    this.#standIn = standIn
    this.url = facts.url ?? ''
    this.caFile = facts.caFile ?? ''
    this.tokenFile = facts.tokenFile ?? ''
  }

  static async start(t: Teardown, host: Host, port: number): Promise<ApiServer> {
    const standIn = new StandIn(t, host, 'api-server.ts', [
      ...['--host', host.ipv4, '--port', String(port)],
    ])
    return new ApiServer(standIn, await standIn.read())
  }

  async token(token: TokenOptions): Promise<string> {
    this.#standIn.tell({ token })
    return (await this.#standIn.read()).token ?? ''
  }

  pod(pod: StandInPod): void {
    this.#standIn.tell({ pod })
  }

  grant(grant: Grant): void {
    this.#standIn.tell({ grant })
  }

  mode(mode: string): void {
    this.#standIn.tell({ mode })
  }

  set(path: string, set: StandInObject): void {
    this.#standIn.tell({ object: { path, set } })
  }
}

export class Kubelet {
  readonly #standIn: StandIn
  readonly caFile: string
  readonly tokenFile: string

  private constructor(standIn: StandIn, facts: Readonly<Record<string, string>>) {
    this.#standIn = standIn
    this.caFile = facts.caFile ?? ''
    this.tokenFile = facts.tokenFile ?? ''
  }

  static async start(t: Teardown, host: Host): Promise<Kubelet> {
    const standIn = new StandIn(t, host, 'kubelet.ts', [
      ...['--host', host.ipv4, '--port', '10250', '--node-name', host.name],
    ])
    return new Kubelet(standIn, await standIn.read())
  }

  add(pod: PodOptions): void {
    this.#standIn.tell({ add: pod })
  }

  remove(uid: string): void {
    this.#standIn.tell({ remove: uid })
  }
}

export const nodeNames = ['node-1', 'node-2', 'node-3'] as const
export type NodeName = (typeof nodeNames)[number]

/** Pods with an address of their own; those of the play that talk to nobody have none. */
export const podNetworks = ['pod-client', 'pod-server'] as const

export const makeClusterNetwork = (
  t: Teardown,
): Network<NodeName | 'control' | (typeof podNetworks)[number]> =>
  makeNetwork(t, { hosts: [...nodeNames, 'control', ...podNetworks], cidr: '10.79.0.0/24' })
