/**
 * /proc/PID/net/{tcp,tcp6,udp,udp6,raw,raw6}, proc_pid_net(5): whether a socket is an Internet socket. The link of a file
 * descriptor tells only its inode; these tables, of that process's network namespace, hold the inodes of AF_INET and AF_INET6.
 */
import { isDenied, type Reading, readProcText } from './proc-file.ts'

const tables = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'] as const

/** Inodes in one table: its tenth column. Lines that are too short, the heading among them, are left out. */
export const parseSocketInodes = (text: string): ReadonlySet<number> => {
  const inodes = new Set<number>()
  for (const line of text.split('\n')) {
    const word = line.trim().split(/\s+/, 10)[9]
    if (word !== undefined && /^\d{1,15}$/.test(word)) inodes.add(Number(word))
  }
  return inodes
}

/** Which of these socket inodes are Internet sockets, in the network namespace of `pid`. Tables are read up to 1 MiB. */
export const readInternetSockets = (
  root: string,
  pid: number,
  wanted: readonly number[],
): Reading<ReadonlySet<number>> => {
  const found = new Set<number>()
  let answer: Reading<ReadonlySet<number>>
  for (const table of tables) {
    const text = readProcText(`${root}/${pid}/net/${table}`)
    if (isDenied(text)) return text
    if (text === undefined) continue
    answer = found
    const inodes = parseSocketInodes(text)
    for (const inode of wanted) if (inodes.has(inode)) found.add(inode)
    if (found.size === wanted.length) break
  }
  return answer
}
