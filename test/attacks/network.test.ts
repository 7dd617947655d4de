/** What goes over the network, covers tracks and comes back, in real containers before a real agent and collector. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { playTechniques, preparePlay } from './play.ts'
import { evasion } from './techniques/evasion.ts'
import { network } from './techniques/network.ts'

t.test('attacks: network and tracks', { ...needsBpf, timeout: 115_000 }, async (t) => {
  await playTechniques(t, await preparePlay(t), [...evasion, ...network])
})
