import fc from 'fast-check'
import t from 'tap'
import { KernelCheck } from '#agent/sources/ebpf/kernel-check.ts'
import { recordKinds } from '#agent/sources/ebpf/record-layout.ts'

/** A kernel that counts, and a ring that may be made to lose what it counted. */
class Machine {
  readonly totals = recordKinds.map(() => ({ attempts: 0, drops: 0 }))
  readonly check = new KernelCheck({ counts: () => this.totals.map((total) => ({ ...total })) })
  #waiting: number[] = []
  #nowNs = 1e9

  event(kind: number, fate: 'written' | 'dropped' | 'lost' = 'written', times = 1): void {
    const total = this.totals[kind]
    if (total === undefined) return
    for (let count = 0; count < times; count += 1) {
      total.attempts += 1
      if (fate === 'dropped') total.drops += 1
      if (fate === 'written') this.#waiting.push(kind)
    }
  }
  /** Reads all that waits, 25 ms after the last time. */
  drain(): void {
    for (const kind of this.#waiting) this.check.read(kind)
    this.#waiting = []
    this.#nowNs += 25_000_000
    this.check.drained(this.#nowNs)
  }
  /** As long as some looks take. */
  quiet(): void {
    for (let drain = 0; drain < 150; drain += 1) this.drain()
  }
}

t.test('what was read before this process, dropped or waits is accounted for', async (t) => {
  const machine = new Machine()
  // An earlier agent has read these.
  machine.event(0, 'lost', 1000)
  machine.quiet()
  for (let drain = 0; drain < 500; drain += 1) {
    machine.event(0, 'written', drain % 7)
    machine.event(1, 'dropped', drain % 3)
    machine.drain()
  }
  machine.quiet()
  t.equal(machine.check.unaccounted, 0)
})

t.test('one record that the ring loses shows, for ever, and no more than that one', async (t) => {
  for (const kind of recordKinds.keys()) {
    const machine = new Machine()
    machine.event(kind, 'written', 10)
    machine.quiet()
    machine.event(kind, 'lost')
    machine.quiet()
    t.equal(machine.check.unaccounted, 1, `kind ${kind}`)
    machine.event(kind, 'written', 1000)
    machine.quiet()
    t.equal(machine.check.unaccounted, 1)
    machine.event(kind, 'lost', 2)
    machine.quiet()
    t.equal(machine.check.unaccounted, 3)
  }
})

t.test('a record that comes twice shows as well', async (t) => {
  const machine = new Machine()
  machine.quiet()
  machine.check.read(5)
  machine.quiet()
  t.equal(machine.check.unaccounted, 1)
})

t.test('under load a loss may hide, but not longer than the load', async (t) => {
  const machine = new Machine()
  machine.quiet()
  for (let drain = 0; drain < 500; drain += 1) {
    machine.event(0, 'written', 50)
    if (drain % 100 === 50) machine.event(0, 'lost')
    machine.drain()
  }
  machine.quiet()
  t.equal(machine.check.unaccounted, 5)
})

t.test('a record of no kind is none of its business', async (t) => {
  const machine = new Machine()
  machine.check.read(100)
  machine.quiet()
  t.equal(machine.check.unaccounted, 0)
})

t.test('whatever happens between drains, only what is lost is unaccounted for', async (t) => {
  const step = fc.record({
    kind: fc.nat(recordKinds.length - 1),
    fate: fc.constantFrom('written', 'dropped', 'lost', 'drain', 'drain', 'quiet'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const machine = new Machine()
      machine.quiet()
      let lost = 0
      for (const { kind, fate } of steps) {
        if (fate === 'drain') machine.drain()
        else if (fate === 'quiet') machine.quiet()
        else machine.event(kind, fate)
        lost += Number(fate === 'lost')
        if (machine.check.unaccounted > lost) return false
      }
      machine.quiet()
      return machine.check.unaccounted === lost
    }),
    { numRuns: 200 },
  )
  t.pass()
})
