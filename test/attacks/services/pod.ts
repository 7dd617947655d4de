/**
 * Plays a recording in real containers, as a kubelet would: the server with its probes, what is executed in it, a person's terminal, and the
 * jobs beside it. Whatever does not work ends the play with an error that says what: a service that fails is no service at work.
 */
import { sleep, until } from '#test/fixtures/mayfly.ts'
import type { Host } from '#test/fixtures/network.ts'
import {
  type Bundle,
  deleteContainer,
  execContainer,
  randomContainerId,
  runContainer,
  type Teardown,
} from '#test/fixtures/oci-bundle.ts'
import { bundleOf } from './bundle.ts'
import type { Image } from './image.ts'
import type { Command, Recording } from './recording.ts'
import { typeInto } from './terminal.ts'

/** How long a server may take until its probe succeeds, how long it is left alone between probes, and how long it may take to end. */
const [readyMs, probePauseMs, graceMs] = [40_000, 200, 500]

export interface Played {
  readonly ids: readonly string[]
  /** Of all its containers together, ms. */
  readonly containerMs: number
}

export interface Place {
  readonly image: Image
  /** The pod's network: its containers share a loopback. */
  readonly host: Host
  readonly namespace: string
}

/** Named as a Deployment names its pods. */
export const podOf = (recording: string): string => `${recording}-7d9f8c6b5-x2x7k`

/** Untagged, so that a name that ends in `*` means many. */
export const imageOf = (recording: string): string => `registry.test/${recording}`

export const play = async (
  t: Teardown,
  recording: Recording,
  { image, host, namespace }: Place,
): Promise<Played> => {
  const { name, server, jobs = [], env = [] } = recording
  const ids: string[] = []
  let containerMs = 0

  const bundle = (container: string, args: Command): Bundle =>
    bundleOf(image, {
      ...{ args, env, volumesOf: name, host },
      place: {
        annotations: {
          'io.kubernetes.cri.container-type': 'container',
          'io.kubernetes.cri.sandbox-namespace': namespace,
          'io.kubernetes.cri.sandbox-name': podOf(name),
          'io.kubernetes.cri.container-name': container,
          'io.kubernetes.cri.image-name': `${imageOf(name)}:1.0`,
        },
      },
    })

  const run = async (id: string, container: string, args: Command) => {
    ids.push(id)
    t.teardown(() => deleteContainer({ runtime: 'crun', id }))
    const beganMs = performance.now()
    const result = await runContainer({
      runtime: 'crun',
      id,
      bundle: bundle(container, args),
      timeoutMs: 100_000,
    })
    containerMs += performance.now() - beganMs
    return result
  }

  const mustSucceed = (what: Command, { exitCode, stdout, stderr }: Result): void => {
    if (exitCode === 0) return
    const output = `${stdout}\n${stderr}`.slice(-2_000)
    throw new Error(`${name}: ${what.join(' ')} ended with ${exitCode}: ${output}`)
  }

  const runJobs = async (after: () => Promise<void>): Promise<void> => {
    for (const [index, job] of jobs.entries()) {
      mustSucceed(job, await run(randomContainerId(), `${name}-job-${index}`, job))
      await after()
    }
  }

  if (server === undefined) {
    await runJobs(async () => {})
    return { ids, containerMs }
  }
  const id = randomContainerId()
  let ended: Result | undefined
  const end = run(id, name, server).then((result) => {
    ended = result
  })
  const execute = async (command: Command): Promise<void> =>
    mustSucceed(command, await execContainer({ runtime: 'crun', id }, command))
  const probe = async (): Promise<void> => {
    if (recording.probe !== undefined) await execute(recording.probe)
  }
  const isReady = async (): Promise<boolean> => {
    if (ended !== undefined) return true
    await sleep(probePauseMs)
    await probe()
    return true
  }
  await until(`${name} to be ready`, isReady, readyMs)
  if (ended !== undefined) throw new Error(`${name} ended: ${JSON.stringify(ended).slice(-2_000)}`)
  for (const command of recording.execs ?? []) await execute(command)
  if (recording.typed !== undefined) await typeInto(id, recording.typed)
  await runJobs(probe)
  // Its end may come before the shell's. Not every first process listens, and then it is killed, as the kubelet does.
  await execContainer({ runtime: 'crun', id }, ['/bin/sh', '-c', 'kill -TERM 1'])
  await Promise.race([end, sleep(graceMs)])
  await deleteContainer({ runtime: 'crun', id })
  await end
  return { ids, containerMs }
}

type Result = Awaited<ReturnType<typeof runContainer>>
