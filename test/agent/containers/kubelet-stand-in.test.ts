import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import t from 'tap'
import { KubeletClient } from '#agent/containers/kubelet-client.ts'
import { parsePods } from '#agent/containers/pods.ts'
import { systemClock } from '#base/clock.ts'

t.test('the stand-in runs as a program, takes pods on stdin and ends with it', async (t) => {
  const path = new URL('../../stand-ins/kubelet.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [path, '--node-name', 'node-7'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const first = await new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  )
  const { url, caFile, tokenFile } = JSON.parse(first) as Record<string, string>
  const client = new KubeletClient({
    url: url ?? '',
    nodeName: 'node-7',
    trust: { caFile: caFile ?? '', insecure: false },
    tokenFile: tokenFile ?? '',
    clock: systemClock,
  })
  const uid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427'
  const id = 'a'.repeat(64)
  child.stdin.write('not JSON at all\n')
  child.stdin.write(
    `${JSON.stringify({ add: { name: 'web-0', uid, containers: [{ name: 'web', id }] } })}\n`,
  )
  let answer = await client.listPods()
  while (answer.items.length === 0) answer = await client.listPods()
  t.match(parsePods(answer.items).pods[0]?.names, { pod: 'web-0', namespace: 'default' })
  child.stdin.write(`${JSON.stringify({ remove: uid })}\n`)
  while (answer.items.length > 0) answer = await client.listPods()
  child.stdin.end()
  t.equal(await ended, 0)
})
