/**
 * One process per spool directory, held by flock(2): the kernel lets go when the holder dies, in whatever container, so
 * there is no stale lock to judge. Node has no flock; koffi calls the C library's.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import koffi from 'koffi'
import { SpoolError } from './spool-error.ts'

/** LOCK_EX | LOCK_NB of <sys/file.h>. */
const exclusiveNonBlocking = 2 | 4

/** Takes the lock of a directory and returns how to release it. SpoolError `locked`, or the system's error for no access. */
export const lockDirectory = (dir: string, pid: number): (() => void) => {
  const path = join(dir, 'lock')
  const fd = openSync(path, 'a')
  // The program itself is linked to the C library: no name of a file to guess.
  const flock = koffi.load(null).func('int flock(int fd, int operation)')
  if (flock(fd, exclusiveNonBlocking) !== 0) {
    const errno = koffi.errno()
    closeSync(fd)
    if (errno !== koffi.os.errno.EAGAIN)
      throw new Error(`flock(${path}) failed with errno ${errno}`)
    const holder = readFileSync(path, 'utf8').trim()
    throw new SpoolError(
      'locked',
      `spool ${dir} is in use by another agent${holder === '' ? '' : ` (pid ${holder})`}: stop it, or give this one another --data-dir`,
    )
  }
  try {
    ftruncateSync(fd)
    writeSync(fd, `${pid}\n`)
  } catch {
    // A full disk has no room for the number, which is only there for the message above.
  }
  return () => closeSync(fd)
}
