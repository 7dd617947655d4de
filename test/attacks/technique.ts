/** What a technique of the corpus is, and short ways to write its variants: for the files below techniques/ and benign.ts. */
import type { Severity } from '#proto/finding.ts'

/** What is put into an image: a copy of busybox, of the program `intruder`, of that with its setuid bit, or a text. */
export type Content = 'busybox' | 'intruder' | 'setuid' | { readonly text: string }

export type Programs = Readonly<Record<string, Content>>

export interface Variant {
  readonly name: string
  /** The container's entry point. `PORT` stands for a port of its loopback where somebody listens. */
  readonly args: readonly string[]
  /** Files of the image besides busybox and its applets in /bin; all can be executed. */
  readonly programs?: Programs
  /** Debian's own programs stand in /usr, of the host, for shells and interpreters that are no applets. */
  readonly debian?: true
  /** It is in its node's pid namespace; `NODEPID` stands for a process of the node. */
  readonly hostPid?: true
  /** 0 by default. */
  readonly uid?: number
  /** What programs may gain, and root has; none by default. With some, setuid bits count. */
  readonly capabilities?: readonly string[]
}

export interface Technique {
  readonly name: string
  /** MITRE ATT&CK. */
  readonly mitre: string
  /** At least one finding of this severity or worse is expected. */
  readonly expected: Severity
  /** Why it is less than a technique of its kind deserves. */
  readonly reason?: string
  /** So many of the first variants are those that the first rules were written from: they are never held out. */
  readonly seen?: number
  readonly variants: readonly Variant[]
}

/** An entry point that is there already. */
export const run = (name: string, ...args: readonly string[]): Variant => ({ name, args })

/** A script of busybox's shell, which runs its applets within itself: only what is called by its path is executed. */
export const sh = (name: string, script: string, programs?: Programs): Variant => ({
  name,
  args: ['/bin/sh', '-c', script],
  ...(programs && { programs }),
})

/** A script of Debian's bash, with Debian's programs. */
export const bash = (name: string, script: string, programs?: Programs): Variant => ({
  name,
  args: ['/usr/bin/bash', '-c', script],
  debian: true,
  ...(programs && { programs }),
})

/** One of Debian's programs. */
export const debian = (name: string, ...args: readonly string[]): Variant => ({
  name,
  args,
  debian: true,
})

/**
 * A program that is only called so: its path and its arguments are what is seen, and it does nothing, as it is `intruder` with
 * arguments that are none of its own.
 */
export const called = (name: string, ...args: readonly string[]): Variant => ({
  name,
  args,
  programs: { [args[0] ?? '']: 'intruder' },
})

/** A server, called by this path, that runs something as its child. */
export const child = (path: string, ...args: readonly string[]): Variant => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  args: [path, 'child', ...args],
  programs: { [path]: 'intruder' },
})

export const intruder: Programs = { '/opt/i': 'intruder' }
