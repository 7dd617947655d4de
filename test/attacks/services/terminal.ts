/** A person at a terminal in a container; called by pod.ts. */
import { spawn } from 'node:child_process'
import { hostIsCgroup2 } from '#test/fixtures/oci-bundle.ts'

/** Opens a shell at a terminal in a container, as `kubectl exec -it` does, and types lines into it. */
export const typeInto = (id: string, lines: readonly string[]): Promise<void> => {
  const crun = `exec crun exec -t ${id} sh`
  // As in oci-bundle.ts: crun wants the v2 hierarchy.
  const command = hostIsCgroup2()
    ? crun
    : `unshare --mount --propagation private sh -c 'mount -t cgroup2 none /sys/fs/cgroup && ${crun}'`
  return new Promise((done, fail) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: 20_000,
    })
    child.once('error', fail)
    child.once('close', (code) =>
      code === 0 ? done() : fail(new Error(`the terminal ended with ${code}`)),
    )
    child.stdin.end(`${lines.join('\n')}\n`)
  })
}
