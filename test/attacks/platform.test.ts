/** What reaches for the node, the cluster and secrets, in real containers before a real agent and collector. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { playTechniques, preparePlay } from './play.ts'
import { credentials } from './techniques/credentials.ts'
import { platform } from './techniques/platform.ts'

t.test('attacks: platform and secrets', { ...needsBpf, timeout: 115_000 }, async (t) => {
  await playTechniques(t, await preparePlay(t), [...credentials, ...platform])
})
