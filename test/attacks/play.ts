/**
 * Plays techniques before a real agent and collector with the rules that ship: every variant is found, at the severity it deserves,
 * but for the known misses. Called by the test file of each group.
 */
import type { Test } from 'tap'
import type { Finding } from '#proto/finding.ts'
import { compileProgram, Site, sleep } from '#test/fixtures/mayfly.ts'
import { heldOutOf } from './held-out.ts'
import { knownMisses } from './known-misses.ts'
import { isAtLeast } from './severity.ts'
import type { Technique, Variant } from './technique.ts'
import { apiServer, makeVictim } from './victim.ts'

/** From the last event to its finding: names are waited for, and a lookup without an answer is an event after 5 s. */
const longestWaitMs = 15_000

/** Containers that run at once: most of them wait for something. */
const lanes = 3

export interface Played {
  readonly site: Site
  /** All that is found so far. */
  readonly findings: () => Promise<readonly Finding[]>
  readonly play: (variant: Variant) => Promise<string>
}

/** Of all findings, those of a container. */
export const findingsOf = (all: readonly Finding[], id: string): readonly Finding[] =>
  all.filter(({ evidence }) => evidence.some(({ containerId }) => containerId === id))

/** A place to play, gone when the test ends. */
export const preparePlay = async (t: Test): Promise<Played> => {
  const site = await Site.make({ collector: ['--api-server', apiServer] })
  t.teardown(() => site.close())
  await site.startCollector()
  await site.startAgent()
  const { play } = await makeVictim(t, compileProgram('intruder', site.dir))
  const findings = async (): Promise<readonly Finding[]> => {
    const answer = await fetch(`${site.url}/api/v1/findings?limit=1000`)
    return ((await answer.json()) as { readonly findings: readonly Finding[] }).findings
  }
  return { site, findings, play }
}

/** A variant that was played, and the container it was played in. */
interface Attack {
  readonly technique: Technique
  readonly variant: Variant
  readonly id: string
}

const keyOf = ({ technique, variant }: Attack): string => `${technique.name}: ${variant.name}`

const percent = (part: number, whole: number): string =>
  whole === 0 ? 'none' : `${part} of ${whole} (${((100 * part) / whole).toFixed(0)} %)`

/** The findings are written and shown a quarter of a second after they are judged, at most. */
const delays = (all: readonly Finding[]): string => {
  const sorted = all
    .map(({ firstSeen, firstDetected }) => Date.parse(firstDetected) - Date.parse(firstSeen))
    .toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  return `median ${at(0.5)} ms, 99 % within ${at(0.99)} ms, of ${sorted.length}`
}

/** Plays them all, and asserts of each technique that what is missed is what is known to be. */
export const playTechniques = async (
  t: Test,
  { site, findings, play }: Played,
  techniques: readonly Technique[],
): Promise<void> => {
  const waiting = techniques.flatMap((technique) =>
    technique.variants.map((variant) => ({ technique, variant })),
  )
  const ids = new Map<Variant, string>()
  const inOrder = [...waiting]
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      ids.set(next.variant, await play(next.variant))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  const attacks = inOrder.map((one): Attack => ({ ...one, id: ids.get(one.variant) ?? '' }))
  await site.settled()

  const found = new Map<Attack, readonly Finding[]>()
  const isFound = ({ technique: { expected } }: Attack, all: readonly Finding[] = []): boolean =>
    all.some((one) => isAtLeast(one, expected))
  const look = async (some: readonly Attack[]): Promise<readonly Attack[]> => {
    const all = await findings()
    for (const one of some) found.set(one, findingsOf(all, one.id))
    return some.filter((one) => !isFound(one, found.get(one)))
  }
  const deadline = performance.now() + longestWaitMs
  let missed = await look(attacks)
  while (missed.some((one) => !(keyOf(one) in knownMisses)) && performance.now() < deadline) {
    await sleep(500)
    missed = await look(missed)
  }

  for (const technique of techniques) {
    const own = attacks.filter((one) => one.technique === technique)
    const rules = new Set(
      own.flatMap((one) =>
        (found.get(one) ?? [])
          .filter((finding) => isAtLeast(finding, technique.expected))
          .map(({ rule }) => rule),
      ),
    )
    t.comment(`${technique.name} (${technique.mitre}): ${[...rules].sort().join(' ')}`)
    const shown = missed.filter((one) => one.technique === technique).map(keyOf)
    const known = own.map(keyOf).filter((key) => key in knownMisses)
    t.strictSame(shown, known, technique.name)
  }
  t.comment(`from an event to its judgement: ${delays([...found.values()].flat())}`)
  const isHeldOut = ({ technique, variant }: Attack) => heldOutOf(technique).has(variant.name)
  for (const [name, group] of [
    ['seen', attacks.filter((one) => !isHeldOut(one))],
    ['held out', attacks.filter(isHeldOut)],
  ] as const) {
    const hits = group.filter((one) => !missed.includes(one)).length
    t.comment(`recall of variants ${name}: ${percent(hits, group.length)}`)
  }
  for (const one of missed) {
    const [all, mark] = [found.get(one) ?? [], isHeldOut(one) ? ', held out' : '']
    const instead = all.map(({ rule, severity }) => `${rule} ${severity}`).join(', ')
    t.comment(`missed: ${keyOf(one)}${mark}; found ${instead || 'nothing'}`)
  }
}
