/**
 * Pods of workloads that have names: real containers, which a stand-in kubelet lists as it lists those of a Deployment, a StatefulSet
 * or a CronJob. Told what to run by workloads.ts, started by baselines.test.ts.
 */
import { randomUUID } from 'node:crypto'
import { sleep } from '#test/fixtures/mayfly.ts'
import type { Host } from '#test/fixtures/network.ts'
import {
  deleteContainer,
  execContainer,
  randomContainerId,
  runContainer,
  startContainer,
  type Teardown,
} from '#test/fixtures/oci-bundle.ts'
import type { Chance } from '#test/simulation/random.ts'
import type { StandInKubelet } from '#test/stand-ins/kubelet.ts'
import { bundleOf } from '../services/bundle.ts'
import type { Image } from '../services/image.ts'
import type { Command } from '../services/recording.ts'

export interface Workload {
  readonly name: string
  readonly kind: 'Deployment' | 'StatefulSet' | 'CronJob'
  readonly args: Command
  /** `NAME=value`. */
  readonly env?: readonly string[]
}

export interface PodOptions {
  /** The pod's network. */
  readonly host: Host
  readonly chance: Chance
  /** Of the image; another one is another digest. */
  readonly version?: number
}

/** How long a server may take to end, before it is killed. */
const graceMs = 500

/** Alphabet of the names that Kubernetes makes. */
const letters = [...'bcdfghjklmnpqrstvwxz2456789']

const word = (chance: Chance, length: number): string =>
  Array.from({ length }, () => chance.pick(letters)).join('')

/** What the controllers of Kubernetes call a pod, and what they say of its owner. */
const namesOf = ({ kind, name }: Workload, chance: Chance) => {
  if (kind === 'StatefulSet') return { pod: `${name}-0`, owner: { kind, name }, labels: {} }
  if (kind === 'CronJob') {
    const job = `${name}-${chance.whole(29_000_000, 29_999_999)}`
    return { pod: `${job}-${word(chance, 5)}`, owner: { kind: 'Job', name: job }, labels: {} }
  }
  const hash = word(chance, 10)
  const owner = { kind: 'ReplicaSet', name: `${name}-${hash}` }
  const labels = { app: name, 'pod-template-hash': hash }
  return { pod: `${owner.name}-${word(chance, 5)}`, owner, labels }
}

export interface Pod {
  readonly host: Host
  /** Its root file system, as the machine sees it. */
  readonly rootfs: string
  /** Runs a command in it, as a kubelet's probe does and `kubectl exec`. Rejects when it fails. */
  execute(command: Command): Promise<void>
  /** Ends it as the kubelet does. */
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly image: Image
  readonly kubelet: StandInKubelet
  readonly namespace: string
}

export class Cluster {
  readonly #t: Teardown
  readonly #options: ClusterOptions
  /** Of all containers that have ended, ms. */
  containerMs = 0

  constructor(t: Teardown, options: ClusterOptions) {
    this.#t = t
    this.#options = options
  }

  /** Starts a pod's container; it is there when its first process is. */
  async start(workload: Workload, options: PodOptions): Promise<Pod> {
    const { id, bundle, list } = this.#prepare(workload, options)
    const container = { runtime: 'crun', id } as const
    const beganMs = performance.now()
    const { pid } = await startContainer(this.#t, { ...container, bundle })
    list()
    const isGone = (): boolean => {
      try {
        return !process.kill(pid, 0)
      } catch {
        return true
      }
    }
    return {
      host: options.host,
      rootfs: bundle.rootfs,
      execute: async (command) => check(command, await execContainer(container, command)),
      stop: async () => {
        if (!isGone()) process.kill(pid, 'SIGTERM')
        for (let waitedMs = 0; !isGone() && waitedMs < graceMs; waitedMs += 50) await sleep(50)
        await deleteContainer(container)
        this.containerMs += performance.now() - beganMs
      },
    }
  }

  /** Runs a pod to its end. The kubelet lists it only then, as it is with the shortest jobs. */
  async run(workload: Workload, options: PodOptions): Promise<void> {
    const { id, bundle, list } = this.#prepare(workload, options)
    const beganMs = performance.now()
    check(workload.args, await runContainer({ runtime: 'crun', id, bundle }))
    this.containerMs += performance.now() - beganMs
    list()
  }

  #prepare(workload: Workload, { host, chance, version = 1 }: PodOptions) {
    const { image, kubelet, namespace } = this.#options
    const { name, args, env = [] } = workload
    const { pod, owner, labels } = namesOf(workload, chance)
    const [id, uid] = [randomContainerId(), randomUUID()]
    const cgroupsPath = `/kubepods/burstable/pod${uid}/${id}`
    const bundle = bundleOf(image, {
      ...{ args, env, volumesOf: name, host },
      place: { cgroupsPath },
    })
    const digest = version.toString(16).padStart(64, 'a')
    const list = (): void =>
      kubelet.addPod({
        ...{ name: pod, namespace, uid, labels, owner },
        containers: [
          {
            ...{ id, name },
            image: `registry.test/${name}:${version}`,
            imageId: `registry.test/${name}@sha256:${digest}`,
          },
        ],
      })
    return { id, bundle, list }
  }
}

const check = (
  command: Command,
  { exitCode, stdout, stderr }: Awaited<ReturnType<typeof runContainer>>,
): void => {
  if (exitCode !== 0)
    throw new Error(`${command.join(' ')} ended with ${exitCode}: ${stdout}\n${stderr}`)
}
