/** Plays one seed; `MAYFLY_SIMULATION_SEED` makes the tests play that one only. */
import { faults } from './faults.ts'
import { account, World } from './world.ts'

export interface Outcome {
  readonly seed: number
  readonly complaints: readonly string[]
  readonly faults: readonly string[]
  readonly events: number
  readonly stored: number
  readonly lost: number
  readonly virtualMs: number
  readonly catchUpMs: number
}

/** How long trouble lasts, and how long peace may take to settle everything. */
const troubleMs = 35_000
const peaceMs = 400_000

export const simulate = async (seed: number): Promise<Outcome> => {
  const world = new World(seed)
  const { chance, time } = world
  const restore = time.install(chance.next)
  const played: string[] = []
  try {
    world.start()
    const busy = () => {
      for (const node of world.nodes) node.happen(chance.whole(0, 12))
      if (time.nowMs < troubleMs) time.after(chance.whole(100, 1_200), busy, undefined)
    }
    time.after(0, busy, undefined)
    const names = Object.keys(faults)
    for (let count = chance.whole(1, 7); count > 0; count -= 1) {
      const name = chance.pick(names)
      const atMs = chance.whole(500, troubleMs)
      played.push(`${atMs} ${name}`)
      time.after(atMs, () => faults[name]?.(world, chance), undefined)
    }
    await time.runUntil(troubleMs)
    // What began during the trouble may last on; then everything works.
    await time.runUntil(troubleMs + chance.whole(0, 30_000))
    world.heal()
    const healedMs = time.nowMs
    let quiet = 0
    await time.runUntil(healedMs + peaceMs, () => {
      quiet = world.isDelivered ? quiet + 1 : 0
      if (quiet === 0) world.heal()
      return quiet > 50
    })
    const catchUpMs = time.nowMs - healedMs
    const complaints = [...account(world)]
    if (!world.isDelivered) complaints.push('something is never delivered')
    const rows = [...world.store.rows.values()].flatMap((each) => [...each.values()])
    const lost = [...rows, ...world.store.expired].reduce(
      (sum, { event }) => sum + (event.kind === 'gap' ? (event.lost ?? 0) : 0),
      0,
    )
    return {
      seed,
      complaints,
      faults: played,
      events: world.nodes.reduce((sum, { happened }) => sum + happened.length, 0),
      stored: rows.length + world.store.expired.length,
      lost,
      virtualMs: time.nowMs,
      catchUpMs,
    }
  } finally {
    restore()
  }
}
