/** What a recording of a service at work is made of; told by web.ts, databases.ts, applications.ts and jobs.ts, played by pod.ts. */

/** Arguments of a program, the program first. */
export type Command = readonly string[]

export interface Recording {
  /** Also the name of its workload, so that no two recordings share a finding. */
  readonly name: string
  /** Programs of Debian packages that it runs, beside coreutils and sh. */
  readonly needs: readonly string[]
  /** Runs until the jobs are done. */
  readonly server?: Command
  /** `NAME=value`, for all of its containers. */
  readonly env?: readonly string[]
  /** Executed in the server, as the kubelet does: until it succeeds before the first job, and again after each. */
  readonly probe?: Command
  /** Executed in the server after the probe has succeeded, in turn: reloads, rotations, backups. */
  readonly execs?: readonly Command[]
  /** Typed by somebody at a terminal in the server. */
  readonly typed?: readonly string[]
  /** Containers of their own that run to their end beside the server, in turn, in its network and with its volumes. */
  readonly jobs?: readonly Command[]
  /** Executables that must have been seen running out of the image: the recording is real. */
  readonly expected: readonly string[]
  /** Executables of the image that run after the container gave them another owner: no dropped files. */
  readonly changed?: readonly string[]
}

/** A command line for a shell, as people write it into manifests. */
export const sh = (script: string): Command => ['/bin/sh', '-c', script]

/** A health check by bash alone, as for images without curl or wget; `reader` reads the answer from the connection. */
export const askByShell = (reader: string): Command => [
  '/bin/bash',
  '-c',
  `exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3; ${reader} <&3`,
]
