/**
 * Whether a socket is an Internet socket: the link of a file descriptor tells only its inode; the tables of that process's
 * network namespace hold the inodes of AF_INET and AF_INET6. Called by program-reader.ts for the standard descriptors.
 */
import { readNetTable } from './net-table.ts'
import { isDenied, type Reading } from './proc-file.ts'

const tables = ['tcp', 'tcp6', 'udp', 'udp6', 'raw', 'raw6'] as const

/** Which of these socket inodes are Internet sockets, in the network namespace of `pid`. */
export const readInternetSockets = (
  root: string,
  pid: number,
  wanted: readonly number[],
): Reading<ReadonlySet<number>> => {
  const missing = new Set(wanted)
  const found = new Set<number>()
  let answer: Reading<ReadonlySet<number>>
  for (const name of tables) {
    const table = readNetTable(root, pid, name)
    if (isDenied(table)) return table
    if (table === undefined) continue
    answer = found
    for (const { inode } of table.rows) if (missing.delete(inode)) found.add(inode)
    if (missing.size === 0) break
  }
  return answer
}
