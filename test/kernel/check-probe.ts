/**
 * Runs inside the guest that boot.ts starts: opens the eBPF source on that kernel, makes processes whose records are
 * known beforehand, compares every field, and prints the sums as JSON. `check-probe.ts victim` is its own second
 * process: it opens a pinned probe and waits to be killed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { release } from 'node:os'
import { openEbpfSource } from '#agent/sources/ebpf/open.ts'
import { resultMarkers } from './boot.ts'
import { checkArguments, checkEnds, checkOrigins, checkPlaces } from './case-scenarios.ts'
import { checkSockets } from './socket-scenario.ts'
import { checkStorm, ownKey } from './storm-scenario.ts'
import { type FieldResult, Tally } from './tally.ts'
import { argvOf, insideCgroup, makeCgroup, ofCgroup, runProgram, Watch } from './watch.ts'

/** What comes home from the guest. */
export interface ProbeAnswer {
  readonly kernel: string
  readonly node: string
  /** Set when the check could not be finished. */
  readonly failure?: string
  readonly fields: Readonly<Record<string, FieldResult>>
}

const stormCount = 300
const threadPairs = 300
const pinned = { pinName: 'victim' } as const

const checkMain = (tally: Tally): void => {
  const watch = new Watch(openEbpfSource({ packetCgroupPath: '/sys/fs/cgroup' }))
  tally.equal('pinned', [watch.source.pinned, watch.source.adoption.result], [true, 'fresh'])
  const own = ownKey(watch, tally)
  checkStorm(watch, tally, own, stormCount)
  checkArguments(watch, tally)
  checkEnds(watch, tally, threadPairs)
  checkPlaces(watch, tally)
  checkOrigins(watch, tally)
  checkSockets(watch, tally)
  watch.collect()
  tally.equal('losses', watch.losses, [])
  tally.equal('records that could not be read', watch.source.decodeErrors, 0)
  const counts = watch.source.counts()
  const seen = { exec: watch.execs, exit: watch.exits, fork: watch.forks, cgroup: watch.cgroups }
  for (const kind of ['exec', 'exit', 'fork', 'cgroup'] as const)
    tally.equal('attempts, drops and misses', counts[kind], {
      attempts: seen[kind].length,
      drops: 0,
      misses: 0,
    })
  watch.source.close()
}

/** kill -9 of the reader: what ran until the next one came is in the ring. */
const checkAdoption = async (tally: Tally): Promise<void> => {
  const victim = spawn(process.execPath, [import.meta.filename, 'victim'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(victim.stdout, 'data')
  victim.kill('SIGKILL')
  await once(victim, 'exit')
  const count = 50
  runProgram('/bin/storm', [String(count), '0', 'unwatched'])
  const watch = new Watch(openEbpfSource(pinned))
  watch.collect()
  tally.equal('adopted', watch.source.adoption.result, 'adopted')
  const names = watch.execs.map((exec) => argvOf(exec)[2]).filter((name) => name?.includes('-'))
  const wanted = Array.from({ length: count }, (_, n) => `unwatched-${n}`)
  tally.equal('execs while no reader lived', names, wanted)
  const exit = watch.exits.find(({ process }) => process.pid === victim.pid)
  tally.equal('exit of the killed reader', exit?.status, 9)
  tally.equal('losses', watch.losses, [])
  watch.source.close()
}

/** A ring that is far too small: seen and lost add up, by kind, for the right cgroup. */
const checkLosses = (tally: Tally): void => {
  const watch = new Watch(openEbpfSource({ pinName: 'small', ringSizeBytes: 64 * 1024 }))
  const id = makeCgroup('/small')
  watch.collect()
  insideCgroup('/small', () => runProgram('/bin/storm', [String(stormCount)]))
  watch.collect()
  const lost = (kind: string): number =>
    watch.losses
      .filter(({ lostKind, cgroups }) => lostKind === kind && cgroups.some((key) => key.id === id))
      .reduce((sum, { count }) => sum + count, 0)
  const seen = {
    exec: ofCgroup(watch.execs, id).length,
    exit: ofCgroup(watch.exits, id).length,
    fork: ofCgroup(watch.forks, id).length,
  }
  for (const kind of ['exec', 'exit', 'fork'] as const) {
    tally.equal('seen and lost add up', seen[kind] + lost(kind), stormCount + 1)
    tally.equal('a small ring loses', lost(kind) > 0, true)
  }
  watch.source.close()
}

const check = async (): Promise<void> => {
  const tally = new Tally()
  let failure: string | undefined
  try {
    checkMain(tally)
    await checkAdoption(tally)
    checkLosses(tally)
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const answer: ProbeAnswer = {
    kernel: release(),
    node: process.version,
    ...(failure !== undefined && { failure }),
    fields: tally.fields,
  }
  console.log(resultMarkers.begin + JSON.stringify(answer) + resultMarkers.end)
}

if (process.argv[2] === 'victim') {
  openEbpfSource(pinned)
  console.log('ready')
  setInterval(() => undefined, 1000)
} else {
  await check()
}
