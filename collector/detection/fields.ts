/**
 * What conditions may ask for: the contract with whoever writes rules. Names, types and meanings are declared once, here, and from
 * them come the type check, the documentation and the types of activities. Pure.
 *
 * Whatever an event does not have is empty (`""`, 0, false, no list), so that conditions need no `has()`.
 */

/** A declared field: CEL's type, and what it means. */
export interface Field {
  readonly type: 'string' | 'int' | 'bool' | 'list<string>'
  readonly help: string
}

const text = (help: string) => ({ type: 'string', help }) as const
const list = (help: string) => ({ type: 'list<string>', help }) as const
const number = (help: string) => ({ type: 'int', help }) as const
const flag = (help: string) => ({ type: 'bool', help }) as const

const processFields = {
  exe: text('path of the executable that runs'),
  name: text('last part of that path'),
  program: text(
    'what it is by name: the applet where busybox or toybox runs, else `name` without the version of an interpreter or compiler (`python3.11` is python)',
  ),
  calledAs: text('the first argument: the name that it was started under'),
  args: list('arguments, after redaction'),
  command: text('arguments joined by spaces'),
  script: text('the script, where one was started through `#!`'),
  cwd: text('working directory'),
  tty: text('terminal, such as `pts/0`; empty for none'),
  uid: number('user id'),
  origin: text(
    'where the file comes from: image, copied-up, dropped, volume, memfd, host, unknown',
  ),
  entry: text('how it came into the container: init, exec (kubectl exec, a probe), child, unknown'),
  sockets: list('which of stdin, stdout, stderr are Internet sockets'),
  capabilities: list('effective capabilities, without CAP_'),
  hostNamespaces: list(
    'namespaces of its node that it is in, as far as their numbers tell: pid, ipc, uts, and mnt, net on kernels from 6.18',
  ),
  runtime: flag('a container runtime that sets the container up'),
} as const

/** By variable. `parent` is the nearest of `ancestors`, which CEL knows as list<Process>. */
export const fields = {
  event: {
    kind: text('exec, exit, connect, accept, close, listen, dns'),
    late: flag('it is evaluated long after it happened'),
  },
  process: processFields,
  parent: processFields,
  container: {
    id: text('container id; `host` outside containers'),
    name: text('name within the pod'),
    image: text('as the pod names it'),
    serviceAccountToken: flag('a ServiceAccount token is mounted into it, as the kubelet tells'),
  },
  pod: { name: text('name'), namespace: text('namespace') },
  workload: {
    name: text('the controller a person knows'),
    type: text('deployment, statefulset, daemonset, cronjob, job, pod, staticpod…'),
    namespace: text('namespace'),
  },
  connection: {
    transport: text('tcp or udp'),
    outcome: text(
      'of a connect: established, refused, reset, timeout, unreachable, aborted, unknown',
    ),
    address: text('of the peer'),
    port: number('that is served: the peer’s where outbound, the own where inbound or listening'),
    name: text('that the peer was looked up by'),
    kind: text('loopback, dns, metadata, api-server; else external or private by the address'),
  },
  dns: {
    name: text('asked for, in lower case, without the final dot'),
    type: text('A, AAAA, TXT…'),
    rcode: text('NOERROR, NXDOMAIN…; empty when unanswered'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Field>>>>

type ValueOf<F extends Field> = F['type'] extends 'string'
  ? string
  : F['type'] extends 'int'
    ? bigint
    : F['type'] extends 'bool'
      ? boolean
      : readonly string[]

type Values<T extends Readonly<Record<string, Field>>> = { readonly [K in keyof T]: ValueOf<T[K]> }

export type ActivityProcess = Values<typeof processFields>

export type Activity = { readonly [V in keyof typeof fields]: Values<(typeof fields)[V]> } & {
  readonly ancestors: readonly ActivityProcess[]
}
