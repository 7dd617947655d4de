/**
 * Values of an activity by the paths that conditions write: `process.args[]`, `ancestors[].program`. Each field is read by a function
 * of its own, which takes a fraction of what it takes to look a name up in whatever object. Pure; called by answers.ts.
 */
import type { Activity, ActivityProcess } from '../fields.ts'
import type { Scalar } from './needs.ts'

type Look = (value: Scalar) => void

type Readers<T> = { readonly [F in keyof T]: (owner: T) => T[F] }

const processReaders: Readers<ActivityProcess> = {
  exe: (process) => process.exe,
  name: (process) => process.name,
  program: (process) => process.program,
  calledAs: (process) => process.calledAs,
  args: (process) => process.args,
  command: (process) => process.command,
  script: (process) => process.script,
  cwd: (process) => process.cwd,
  tty: (process) => process.tty,
  uid: (process) => process.uid,
  origin: (process) => process.origin,
  entry: (process) => process.entry,
  sockets: (process) => process.sockets,
  capabilities: (process) => process.capabilities,
  hostNamespaces: (process) => process.hostNamespaces,
  runtime: (process) => process.runtime,
}

const variableReaders: Readers<Activity> = {
  event: (activity) => activity.event,
  process: (activity) => activity.process,
  parent: (activity) => activity.parent,
  ancestors: (activity) => activity.ancestors,
  container: (activity) => activity.container,
  pod: (activity) => activity.pod,
  workload: (activity) => activity.workload,
  connection: (activity) => activity.connection,
  dns: (activity) => activity.dns,
}

const fieldReaders: {
  readonly [V in Exclude<keyof Activity, 'ancestors'>]: Readers<Activity[V]>
} = {
  event: { kind: (event) => event.kind, late: (event) => event.late },
  process: processReaders,
  parent: processReaders,
  container: {
    id: (container) => container.id,
    name: (container) => container.name,
    image: (container) => container.image,
    serviceAccountToken: (container) => container.serviceAccountToken,
  },
  pod: { name: (pod) => pod.name, namespace: (pod) => pod.namespace },
  workload: {
    name: (workload) => workload.name,
    type: (workload) => workload.type,
    namespace: (workload) => workload.namespace,
  },
  connection: {
    transport: (connection) => connection.transport,
    outcome: (connection) => connection.outcome,
    address: (connection) => connection.address,
    port: (connection) => connection.port,
    name: (connection) => connection.name,
    kind: (connection) => connection.kind,
  },
  dns: { name: (dns) => dns.name, type: (dns) => dns.type, rcode: (dns) => dns.rcode },
}

type Read = (owner: never) => unknown

/** Without the `[]` that says that each element is meant. */
const bare = (step: string): string => step.replace('[]', '')
const isEach = (step: string): boolean => step.endsWith('[]')

/** Shows each value at a path to `look`. @throws Error for a path that no activity has. */
export const visitorOf = (path: string, look: Look): ((activity: Activity) => void) => {
  const [variable = '', field = '', more] = path.split('.')
  const toVariable = (variableReaders as Readonly<Record<string, Read>>)[bare(variable)] as
    | ((activity: Activity) => unknown)
    | undefined
  if (toVariable === undefined || more !== undefined) throw new Error(`there is no ${path}`)
  if (field === '') return (activity) => look(toVariable(activity) as Scalar)
  const fields = isEach(variable)
    ? processReaders
    : (fieldReaders as Readonly<Record<string, unknown>>)[variable]
  const toField = (fields as Readonly<Record<string, Read>> | undefined)?.[bare(field)]
  if (toField === undefined) throw new Error(`there is no ${path}`)
  const visitOwner = isEach(field)
    ? (owner: unknown) => {
        for (const one of toField(owner as never) as readonly Scalar[]) look(one)
      }
    : (owner: unknown) => look(toField(owner as never) as Scalar)
  if (!isEach(variable)) return (activity) => visitOwner(toVariable(activity))
  return (activity) => {
    for (const owner of toVariable(activity) as readonly unknown[]) visitOwner(owner)
  }
}
