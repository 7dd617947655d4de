/** Programs that came after the image or hide what they are, in real containers before a real agent and collector. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { playTechniques, preparePlay } from './play.ts'
import { files } from './techniques/files.ts'

t.test('attacks: files', { ...needsBpf, timeout: 115_000 }, async (t) => {
  await playTechniques(t, await preparePlay(t), files)
})
