import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { LossIntents, parseLossIntent } from '#agent/sources/ebpf/loss-intent.ts'
import { recordKinds } from '#agent/sources/ebpf/record-layout.ts'

const counts = recordKinds.map((_, kind) => kind)
const entries = [{ key: '0a'.repeat(24), counts }]
const report = { ringId: 7, reportedToNs: 1234, entries }
const whole = { ...report, epoch: 5, untilSeq: 12 }

/** A spool that ends there. */
const spoolOf = (end: { readonly epoch: number; readonly lastSeq: number }) => ({
  spoolEnd: () => end,
  had: (epoch: number, seq: number) => epoch === end.epoch && seq <= end.lastSeq,
})

t.test('what is no whole intent is none', async (t) => {
  t.strictSame(parseLossIntent(JSON.stringify(whole)), whole)
  const damages: Readonly<Record<string, unknown>> = {
    'no object': 5,
    'a ring that is no number': { ...whole, ringId: '7' },
    'a number that no double carries': { ...whole, untilSeq: 2 ** 53 },
    'a count below zero': { ...whole, entries: [{ ...entries[0], counts: counts.map(() => -1) }] },
    'kinds that are missing': { ...whole, entries: [{ ...entries[0], counts: [1] }] },
    'a key of another length': { ...whole, entries: [{ ...entries[0], key: '0a' }] },
    'a key that is no hexadecimal': { ...whole, entries: [{ ...entries[0], key: 'x'.repeat(48) }] },
    'entries that are no list': { ...whole, entries: {} },
    'an entry that is nothing': { ...whole, entries: [null] },
    'more entries than the kernel has': { ...whole, entries: Array(5000).fill(entries[0]) },
  }
  for (const [name, value] of Object.entries(damages))
    t.equal(parseLossIntent(JSON.stringify(value)), undefined, name)
  fc.assert(fc.property(fc.string(), (text) => parseLossIntent(text) === undefined))
  fc.assert(
    fc.property(fc.json(), (text) => {
      parseLossIntent(text)
    }),
  )
  const text = JSON.stringify(whole)
  for (let end = 0; end < text.length; end += 1)
    t.equal(parseLossIntent(text.slice(0, end)), undefined, 'torn')
})

t.test('an intent is fulfilled when all of its report was in the spool', async (t) => {
  const cases: readonly (readonly [string, { epoch: number; lastSeq: number }, boolean])[] = [
    ['killed before the append', { epoch: 5, lastSeq: 10 }, false],
    ['killed with a part of the report appended', { epoch: 5, lastSeq: 11 }, false],
    ['killed after the append', { epoch: 5, lastSeq: 12 }, true],
    ['killed later', { epoch: 5, lastSeq: 99 }, true],
    ['the spool begins anew', { epoch: 6, lastSeq: 99 }, false],
  ]
  for (const [name, end, isFulfilled] of cases) {
    const dir = t.testdir()
    new LossIntents({ dir, ...spoolOf({ epoch: 5, lastSeq: 10 }) }).write(report, 2)
    const next = new LossIntents({ dir, ...spoolOf(end) })
    t.strictSame(next.readFulfilled(), isFulfilled ? whole : undefined, name)
    t.equal(existsSync(join(dir, 'losses.json')), isFulfilled, 'what was not is removed')
    t.equal(next.failures, 0)
    rmSync(dir, { recursive: true })
  }
})

t.test('an unfulfilled intent is not fulfilled later by other numbers', async (t) => {
  const end = { epoch: 5, lastSeq: 10 }
  const options = { dir: t.testdir(), ...spoolOf(end) }
  new LossIntents(options).write(report, 2)
  t.equal(new LossIntents(options).readFulfilled(), undefined)
  end.lastSeq = 50
  t.equal(new LossIntents(options).readFulfilled(), undefined)
})

t.test(
  'where nothing can be written, it is counted, and an older intent is no longer there',
  async (t) => {
    const dir = t.testdir()
    const end = { epoch: 5, lastSeq: 10 }
    const intents = new LossIntents({ dir, ...spoolOf(end) })
    intents.write(report, 1)
    // The name of what is written aside is taken by a directory.
    mkdirSync(join(dir, 'losses.json.new'))
    intents.write(report, 1)
    t.equal(intents.failures, 1)
    end.lastSeq = 90
    t.equal(intents.readFulfilled(), undefined)
    const nowhere = new LossIntents({ dir: join(dir, 'no/such'), ...spoolOf(end) })
    nowhere.write(report, 1)
    t.equal(nowhere.readFulfilled(), undefined)
    t.equal(nowhere.failures, 1)
  },
)

t.test('a file of anything is no intent, and is removed', async (t) => {
  const dir = t.testdir()
  writeFileSync(join(dir, 'losses.json'), Buffer.alloc(3 << 20, 0x20))
  const intents = new LossIntents({ dir, ...spoolOf({ epoch: 5, lastSeq: 10 }) })
  t.equal(intents.readFulfilled(), undefined)
  t.strictSame(readdirSync(dir), [])
})
