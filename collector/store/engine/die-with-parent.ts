/**
 * Ties the engine's life to its parent's: an orphan would keep the data directory locked, and the next start would
 * fail. The kernel does it on Linux (PR_SET_PDEATHSIG); elsewhere, and as a second line, the closed IPC channel does.
 */
import koffi from 'koffi'

const prSetPdeathsig = 1
const sigkill = 9

/** Ends this process at once. `process.exit` would wait for the engine's running queries, for seconds or minutes. */
export const dieNow = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

/** Call first thing in the child. `parentPid` is who started it: if that is gone already, so is this process. */
export const dieWithParent = (parentPid: number): void => {
  process.once('disconnect', dieNow)
  if (process.platform === 'linux') {
    const prctl = koffi
      .load('libc.so.6')
      .func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)')
    if (prctl(prSetPdeathsig, sigkill, 0, 0, 0) !== 0) {
      throw new Error('prctl(PR_SET_PDEATHSIG) failed')
    }
  }
  if (process.ppid !== parentPid) dieNow()
}
