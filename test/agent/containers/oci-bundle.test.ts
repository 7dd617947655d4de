import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import {
  execContainer,
  makeBundle,
  randomContainerName,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'

for (const runtime of ['crun', 'runc'] as const) {
  t.test(
    `${runtime} runs a busybox container and hands back its exit code and output`,
    async (t) => {
      const bundle = await makeBundle(t, {
        args: ['sh', '-c', 'echo "$GREETING"; exit 7'],
        env: ['GREETING=hello'],
      })
      const result = await runContainer({ runtime, id: randomContainerName('box'), bundle })
      t.same(result, { exitCode: 7, stdout: 'hello\n', stderr: '' })
    },
  )

  t.test(
    `${runtime} starts a container in the background, in a cgroup named as asked`,
    async (t) => {
      const id = randomContainerName('box')
      const bundle = await makeBundle(t, {
        args: ['sleep', '60'],
        cgroupsPath: `/asked-for-${id}`,
      })
      const { pid } = await startContainer(t, { runtime, id, bundle })
      t.match(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), 'sleep')
      t.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), `/asked-for-${id}`)
      const inside = await execContainer({ runtime, id }, ['hostname'])
      t.equal(inside.stdout, 'box\n')
      t.ok(existsSync(`/run/${runtime}/${id}`))
    },
  )
}
