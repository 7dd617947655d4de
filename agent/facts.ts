/** From what other rooms learn to events in the tracker's stream: names of containers, hashes of executables. */
import type { ContainerEvent, FileFact } from '#proto/event.ts'
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
