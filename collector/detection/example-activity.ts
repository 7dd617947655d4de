/** Activities as rule files write them, for the examples of a rule. Pure; called by rules/. */
import {
  ConnectionPart,
  ContainerPart,
  DnsPart,
  EventPart,
  noConnection,
  noContainer,
  noDns,
  PodPart,
  WorkloadPart,
} from './activity-parts.ts'
import type { Activity, fields } from './fields.ts'
import { capabilityMask, hostNamespaceNumbers, noProcess, SeenProcess } from './seen-process.ts'

/** An example as rule files write it: a part of an activity, with numbers as numbers. */
export type ExampleActivity = Readonly<Record<string, unknown>>

type Given = Readonly<Record<string, unknown>>

/** @throws Error for what is no number. */
const wholeNumber = (name: string, value: unknown): number => {
  const number = Number(value ?? 0)
  if (!Number.isInteger(number)) throw new Error(`${name}: write a whole number`)
  return number
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

const exampleProcess = (value: unknown): SeenProcess => {
  const given = (value ?? {}) as Given
  const exe = String(given.exe ?? '')
  return new SeenProcess({
    exe,
    argv: given.args === undefined && exe !== '' ? [exe] : texts(given.args),
    script: String(given.script ?? ''),
    cwd: String(given.cwd ?? ''),
    tty: String(given.tty ?? ''),
    uid: wholeNumber('uid', given.uid),
    entry: String(given.entry ?? 'unknown'),
    runtime: given.runtime === true,
    fileOrigin: String(given.origin ?? 'unknown'),
    capabilities: capabilityMask(texts(given.capabilities)),
    stdioSockets: texts(given.sockets),
    namespaces: hostNamespaceNumbers(texts(given.hostNamespaces)),
  })
}

/**
 * What is left out of an example is empty; names and joined arguments follow from what is given.
 * @throws Error for a number or a capability that is none.
 */
export const exampleActivity = (example: ExampleActivity): Activity => {
  const ancestors = ((example.ancestors as readonly unknown[] | undefined) ?? []).map(
    exampleProcess,
  )
  const parent =
    example.parent === undefined ? (ancestors[0] ?? noProcess) : exampleProcess(example.parent)
  const part = <V>(name: keyof typeof fields, none: V): V => ({
    ...none,
    ...(example[name] as Partial<V> | undefined),
  })
  const connection = part('connection', noConnection)
  const port = BigInt(wholeNumber('port', connection.port))
  return {
    event: new EventPart(part('event', { kind: 'exec', late: false })),
    process: exampleProcess(example.process),
    parent,
    ancestors: ancestors.length > 0 || parent === noProcess ? ancestors : [parent],
    container: new ContainerPart(part('container', { id: 'a'.repeat(64), ...noContainer })),
    pod: new PodPart(part('pod', { name: '', namespace: '' })),
    workload: new WorkloadPart(part('workload', { name: '', type: '', namespace: '' })),
    connection: new ConnectionPart({ ...connection, port }),
    dns: new DnsPart(part('dns', noDns)),
  }
}
