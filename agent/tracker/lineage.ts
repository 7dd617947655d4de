/**
 * How a process came into its container, told from namespaces and ancestry, never from names: a program called `runc`
 * inside a container is an ordinary program.
 */
import type { EntryKind } from '#proto/event.ts'
import type { ProgramFacts } from '../sources/record.ts'
import type { LiveProcess } from './process-table.ts'

/**
 * True while the program in a container's cgroup still is the runtime's: it has not left the mount namespace of the
 * host, or of the process outside that started it. A container always has a mount namespace of its own.
 */
export const runsInRuntime = (facts: {
  readonly mountNamespace: number
  readonly hostMountNamespace: number
  readonly containerId: string
  readonly parent: LiveProcess | undefined
}): boolean => {
  if (facts.mountNamespace === 0) return false
  if (facts.mountNamespace === facts.hostMountNamespace) return true
  const { parent } = facts
  return (
    parent !== undefined &&
    parent.containerId !== facts.containerId &&
    parent.mountNamespace === facts.mountNamespace
  )
}

/** The entry kind of a program: kept over further execs of the same process, else told from its parent. */
export const entryOf = (facts: {
  readonly record: Pick<ProgramFacts, 'nsPid' | 'parent'>
  readonly known: LiveProcess | undefined
  readonly parent: LiveProcess | undefined
  readonly runtime: boolean
  readonly where: { readonly containerId: string }
  /** Undefined outside containers. */
  readonly initSeen: boolean | undefined
}): EntryKind => {
  const { known, parent, where } = facts
  if (facts.initSeen === undefined) return 'child'
  if (facts.runtime) return 'unknown'
  if (known?.executed === true && !known.runtime && known.entry !== 'unknown') return known.entry
  if (parent !== undefined && parent.containerId === where.containerId && !parent.runtime) {
    return 'child'
  }
  if (!facts.initSeen && facts.record.nsPid <= 1) return 'init'
  if (parent === undefined && facts.record.parent !== undefined) return 'unknown'
  return facts.initSeen ? 'exec' : 'init'
}
