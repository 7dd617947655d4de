/** The faults of a run, drawn from its seed: each begins at some time and is over after a while. */
import type { Chance } from './random.ts'
import type { World } from './world.ts'

type Fault = (world: World, chance: Chance) => void

const nodeOf = (world: World, chance: Chance) => chance.pick(world.nodes)

/** Kinds by name, as often as they are listed. */
export const faults: Readonly<Record<string, Fault>> = {
  agentKilled: (world, chance) => {
    const node = nodeOf(world, chance)
    node.kill()
    world.time.after(chance.whole(50, 6_000), () => node.start())
  },
  agentRestarted: (world, chance) => {
    const node = nodeOf(world, chance)
    void node.stop().then(() => node.start())
  },
  agentFrozen: (world, chance) => nodeOf(world, chance).freeze(chance.whole(500, 40_000)),
  powerCut: (world, chance) => {
    const node = nodeOf(world, chance)
    node.powerCut()
    world.time.after(chance.whole(1_000, 10_000), () => node.start())
  },
  diskFull: (world, chance) => {
    const { disk } = nodeOf(world, chance)
    disk.capacityBytes = disk.usedBytes + chance.whole(0, 3_000)
    world.time.after(chance.whole(1_000, 20_000), () => {
      disk.capacityBytes = Number.POSITIVE_INFINITY
    })
  },
  diskFailing: (world, chance) => {
    const { disk } = nodeOf(world, chance)
    disk.isFailing = true
    world.time.after(chance.whole(1_000, 20_000), () => {
      disk.isFailing = false
    })
  },
  bitFlipped: (world, chance) => {
    nodeOf(world, chance).disk.flipBit()
  },
  networkDown: (world, chance) => {
    world.network.state = 'down'
    world.time.after(chance.whole(500, 25_000), () => {
      world.network.state = 'open'
    })
  },
  networkSwallows: (world, chance) => {
    world.network.state = 'black_hole'
    world.time.after(chance.whole(500, 60_000), () => {
      world.network.state = 'open'
    })
  },
  networkSlow: (world, chance) => {
    world.network.delayMsMax = chance.whole(20, 3_000)
    world.time.after(chance.whole(1_000, 20_000), () => {
      world.network.delayMsMax = 20
    })
  },
  linksReset: (world, chance) => world.network.reset(() => chance.happens(0.5)),
  collectorKilled: (world, chance) => {
    world.killCollector()
    world.time.after(chance.whole(100, 8_000), () => world.startCollector())
  },
  collectorRestarted: (world) => {
    void world.stopCollector().then(() => world.startCollector())
  },
  collectorFrozen: (world, chance) => world.freezeCollector(chance.whole(500, 40_000)),
  engineKilled: (world) => world.store.killEngine(),
  storeFailing: (world, chance) => {
    world.store.isFailing = true
    world.time.after(chance.whole(500, 30_000), () => {
      world.store.isFailing = false
    })
  },
  storeSlow: (world, chance) => {
    world.store.insertMs = chance.whole(500, 5_000)
    world.time.after(chance.whole(1_000, 20_000), () => {
      world.store.insertMs = 20
    })
  },
  retention: (world) => void world.store.retain(world.store.day),
  clockStepped: (world, chance) => {
    const stepUs = chance.whole(-7_200, 7_200) * 1e6
    if (chance.happens(0.5)) world.collectorClockErrorUs += stepUs
    else nodeOf(world, chance).clockErrorUs += stepUs
  },
  storm: (world, chance) => nodeOf(world, chance).happen(chance.whole(200, 900)),
  poison: (world, chance) => {
    const ending = `${chance.whole(0, 99)}`
    world.store.refuses = (event) => event.kind === 'exec' && event.exe.endsWith(`7${ending}`)
    world.time.after(chance.whole(1_000, 10_000), () => {
      world.store.refuses = () => false
    })
  },
}
