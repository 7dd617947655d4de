/**
 * Plays recordings of services at work before a real agent and collector, with the rules that ship, and judges what was found of them.
 * Nobody is called: no finding of medium severity or worse but those of known.ts, and exactly those. Called by services.test.ts and
 * applications.test.ts, which share the recordings so that neither takes long.
 */
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { FileOrigin } from '#proto/event.ts'
import type { Finding } from '#proto/finding.ts'
import { Site, until } from '#test/fixtures/mayfly.ts'
import { makeNetwork } from '#test/fixtures/network.ts'
import { isLoud } from '../severity.ts'
import { buildersDirectory } from './builders.ts'
import { Image, missingPrograms } from './image.ts'
import { type Known, known } from './known.ts'
import { type Played, play, podOf } from './pod.ts'
import { type Recording, sh } from './recording.ts'

/** What an intruder does at the end: once it is found, all that happened before has been judged, and a rule can speak at all. */
const control: Recording = {
  name: 'control',
  needs: [],
  jobs: [sh('cp /usr/bin/true /srv/dropped && /srv/dropped')],
  expected: ['/usr/bin/cp'],
}

const findingsOf = async (site: Site): Promise<readonly Finding[]> => {
  const answer = await fetch(`${site.url}/api/v1/findings?limit=1000`)
  return ((await answer.json()) as { readonly findings: readonly Finding[] }).findings
}

const isOf =
  ({ ids }: Played) =>
  ({ evidence }: Finding): boolean =>
    evidence.some(({ containerId }) => ids.includes(containerId))

/** One line for each rule that found something, as a rate that other recordings can be compared by. */
const ratesOf = (findings: readonly Finding[], containerHours: number): readonly string[] =>
  Object.entries(Object.groupBy(findings, ({ rule }) => rule))
    .sort()
    .map(([rule, some = []]) => {
      const rate = Math.round(some.length / containerHours)
      return `${rule} ${some[0]?.severity} ${some[0]?.name}: ${some.length}, ${rate} per container-hour`
    })

/** As a test of its own for each recording. */
export const judge = async (t: Test, recordings: readonly Recording[]): Promise<void> => {
  const site = await Site.make({ collector: ['--rules', buildersDirectory(t)] })
  t.teardown(() => site.close())
  await site.startCollector()
  await site.startAgent()
  const image = Image.make(t)
  const namespace = `shop-${randomBytes(4).toString('hex')}`
  const all = [...recordings, control]
  const names = all.map(({ name }) => name)
  const { hosts } = makeNetwork(t, { hosts: names, cidr: '10.83.0.0/24' })

  const played = new Map<string, Played>()
  for (const recording of all) {
    const host = hosts[recording.name]
    if (host !== undefined && missingPrograms(recording.needs).length === 0)
      played.set(recording.name, await play(t, recording, { image, host, namespace }))
  }
  await site.settled()
  const isControl = isOf(played.get(control.name) ?? { ids: [], containerMs: 0 })
  await until(
    'the intruder to be found',
    async () => (await findingsOf(site)).some((one) => isControl(one) && isLoud(one)),
    20_000,
  )
  const findings = await findingsOf(site)

  for (const { name, needs, expected, changed = [], typed } of recordings) {
    const missing = missingPrograms(needs)
    const isOptional = missing.length > 0 && process.env.CI !== 'true'
    const skip = isOptional && `not installed: ${missing.join(', ')}`
    await t.test(name, { skip }, async (t) => {
      const record = played.get(name)
      if (record === undefined) throw new Error(`not installed: ${missing.join(', ')}`)
      const execs = (await site.events({ namespace, pod: podOf(name), kind: 'exec' })).flatMap(
        (event) => (event.kind === 'exec' ? [event.process] : []),
      )
      const unseen = (origin: FileOrigin, of: readonly string[]): readonly string[] =>
        of.filter((exe) => !execs.some((one) => one.exe === exe && one.fileOrigin === origin))
      t.strictSame(unseen('image', expected), [], 'it was at work')
      t.strictSame(unseen('copied-up', changed), [], 'a changed file is told from a dropped one')
      const found = findings.filter(isOf(record))
      const loud = found.filter(isLoud)
      const isKnown = (one: Finding, of: Known): boolean =>
        one.rule === of.rule && one.severity === of.severity && one.reason.includes(of.words)
      const knownHere = known.filter(({ recording }) => recording === name)
      t.strictSame(
        loud
          .filter((one) => !knownHere.some((of) => isKnown(one, of)))
          .map(({ rule, severity, reason }) => `${rule} ${severity} ${reason}`),
        [],
        'nobody is called but for what is known',
      )
      t.strictSame(
        knownHere.filter((of) => !loud.some((one) => isKnown(one, of))),
        [],
        'what is known is still so',
      )
      if (typed !== undefined)
        t.match(
          found.filter(({ rule }) => rule === 'MF0108'),
          [{ severity: 'low' }],
          'the terminal is noted',
        )
      for (const { rule, severity, reason } of found)
        t.comment(`${rule} ${severity} ${JSON.stringify(reason.slice(0, 200))}`)
    })
  }

  // Of these recordings only: this machine may have other containers.
  played.delete(control.name)
  const records = [...played.values()]
  const honest = findings.filter((one) => records.some((record) => isOf(record)(one)))
  const containerMs = records.reduce((sum, one) => sum + one.containerMs, 0)
  const containerHours = containerMs / 3_600_000
  t.comment(`${containerHours.toFixed(4)} container-hours`)
  for (const line of ratesOf(honest, containerHours)) t.comment(line)
}
