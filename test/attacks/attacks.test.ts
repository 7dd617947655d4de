/** Shells that intruders hold, and miners, in real containers before a real agent and collector; and services that are left alone. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { runMayfly } from '#test/fixtures/mayfly.ts'
import { benign } from './benign.ts'
import { findingsOf, playTechniques, preparePlay } from './play.ts'
import { isLoud } from './severity.ts'
import { mining } from './techniques/mining.ts'
import { shells } from './techniques/shells.ts'

t.test('attacks: shells and miners', { ...needsBpf, timeout: 115_000 }, async (t) => {
  const played = await preparePlay(t)
  const calm = new Map<string, string>()
  for (const variant of benign) calm.set(await played.play(variant), variant.name)
  await t.test('techniques', (t) => playTechniques(t, played, [...shells, ...mining]))

  await t.test('services at work are left alone', async (t) => {
    const all = await played.findings()
    for (const [id, name] of calm) {
      const loud = findingsOf(all, id).filter(isLoud)
      t.strictSame(
        loud.map(({ rule, reason }) => `${rule} ${reason}`),
        [],
        name,
      )
    }
  })

  await t.test('and all of it can be read', async (t) => {
    const { output } = await runMayfly([
      ...['findings', '--collector', played.site.url],
      ...['--severity', 'critical', '--wide'],
    ])
    t.match(output, /MF0101 +open/)
    t.match(output, /started \/bin\/sh with its input or output on a network connection/)
  })
})
