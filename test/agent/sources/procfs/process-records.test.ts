import t from 'tap'
import { aliveRecord, byTime, exitRecord } from '#agent/sources/procfs/process-records.ts'
import type { ProgramReading } from '#agent/sources/procfs/program-reader.ts'
import { parseStat } from '#agent/sources/procfs/stat.ts'

const stat = (state: string, userTicks: number, status: number) => {
  const rest = '0 0 0 0 1 0 0 0 0 0 0 0 0 1 17 0 0 0 0 0 0 0 0 0 10 14 0 0'
  const text = `7 (made) ${state} 1 1 1 0 -1 4194304 0 0 0 0 ${userTicks} 2 0 0 20 0 1 0 5 0 0`
  const parsed = parseStat(`${text} ${rest} ${status}\n`)
  if (parsed === undefined) throw new Error('no line of a kernel')
  return parsed
}
const key = { pid: 7, startNs: 50_000_000 }
const parent = { pid: 1, startNs: 10_000_000 }
const known = { stat: stat('S', 3, 0), ignored: false, nsPid: 3, uid: 5, denied: false, scan: 1 }

t.test('an end that was only missed has the last times known and no status', async (t) => {
  t.match(exitRecord({ ...known, parent }, 9e9, undefined), {
    kind: 'exit',
    bootNs: 9e9,
    process: key,
    parent,
    nsPid: 3,
    uid: 5,
    status: null,
    userNs: 30_000_000,
    systemNs: 20_000_000,
    comm: 'made',
  })
  t.notOk('parent' in exitRecord({ ...known, parent: undefined }, 9e9, undefined))
})

t.test('a zombie has its final times', async (t) => {
  const zombie = { ...stat('Z', 8, 0), status: 256 }
  t.match(exitRecord({ ...known, parent }, 9e9, zombie), { status: 256, userNs: 80_000_000 })
})

t.test(
  'what was already there is told at its start, with or without knowledge of a fork',
  async (t) => {
    const reading = { facts: { process: key }, stat: known.stat, denied: false } as ProgramReading
    t.strictSame(aliveRecord(reading, true), {
      kind: 'alive',
      bootNs: key.startNs,
      forked: true,
      process: key,
    })
    t.notOk('forked' in aliveRecord(reading, undefined))
  },
)

t.test('records come by time, and an end before what begins at the same time', async (t) => {
  const records = [
    { kind: 'exec', bootNs: 2 },
    { kind: 'exit', bootNs: 3 },
    { kind: 'alive', bootNs: 1 },
    { kind: 'exit', bootNs: 2 },
  ] as const
  t.strictSame(
    records.toSorted(byTime).map(({ kind, bootNs }) => `${bootNs} ${kind}`),
    ['1 alive', '2 exit', '2 exec', '3 exit'],
  )
})
