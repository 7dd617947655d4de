/** From what other rooms learn to events in the tracker's stream: names of containers, how they ended, hashes of executables. */
import type { ContainerEvent, FileFact, PodEvent } from '#proto/event.ts'
import type { ToldEnd } from './containers/ends.ts'
import type { NamesSink } from './containers/names.ts'
import type { FileHash } from './file-hashes.ts'
import type { Tracker } from './tracker/tracker.ts'

/** Boot time at which a fact became known, and the tracker it belongs to. */
interface Stream {
  readonly tracker: () => Tracker
  readonly bootNowNs: () => number
}

/** Names as `container` events: a start and an end at their own time, what is learnt between at the time it is learnt. */
export const namesToEvents =
  ({ tracker, bootNowNs }: Stream): NamesSink =>
  (containerId, names, phase, facts) => {
    const owner = tracker()
    const bootNs = phase === 'named' ? bootNowNs() : facts.bootNs
    const event: ContainerEvent = {
      kind: 'container',
      ...owner.base(bootNs, { containerId, podUid: facts.podUid }),
      ...names,
      phase,
      cgroupPath: facts.cgroupPath,
    }
    owner.add(event)
  }

/** How containers ended as `pod` events: at the time their cgroup went, or else when the kubelet says. */
export const endsToEvents =
  ({ tracker, bootNowNs }: Stream) =>
  ({ containerId, podUid, bootNs, finishedUs, reason, exitCode }: ToldEnd): void => {
    const owner = tracker()
    const base = owner.base(bootNs ?? bootNowNs(), { containerId, podUid })
    const timeUs = bootNs === undefined ? (finishedUs ?? base.timeUs) : base.timeUs
    const event: PodEvent = {
      kind: 'pod',
      ...base,
      timeUs,
      reason,
      message: '',
      severity: 'warning',
      reporter: 'kubelet',
      count: 1,
      firstUs: timeUs,
      exitCode,
    }
    owner.add(event)
  }

/** Hashes as `file` facts. */
export const hashesToEvents =
  ({ tracker, bootNowNs }: Stream) =>
  ({ containerId, ...hash }: FileHash): void => {
    const owner = tracker()
    const fact: FileFact = {
      kind: 'file',
      ...owner.base(bootNowNs(), { containerId, podUid: '' }),
      ...hash,
    }
    owner.add(fact)
  }
