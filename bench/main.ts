/** `npm run bench -- NAME`: side-by-side measurements, each one command; results are kept in docs/benchmarks.md. */
import { cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { benchBenign } from './benign.ts'
import { benchConnections } from './connections.ts'
import { benchDetection } from './detection.ts'
import { benchFindingLatency } from './finding-latency.ts'
import { benchSoak } from './soak.ts'
import { benchStorm } from './storm.ts'

const usage = `usage: npm run bench -- storm [--count 3000] [--pairs 12] [--rate 0]
       npm run bench -- connections [--count 3000] [--pairs 12] [--rate 0] [--megabytes 500]
       npm run bench -- soak [--minutes 30]
       npm run bench -- detection [--events 200000] [--pairs 12]
       npm run bench -- benign [--minutes 30]
       npm run bench -- findings [--count 300]`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    pairs: { type: 'string', default: '12' },
    rate: { type: 'string', default: '0' },
    megabytes: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '30' },
    events: { type: 'string', default: '200000' },
  },
})

const number = (name: keyof typeof values, least: number, otherwise?: number): number => {
  const value = Number(values[name] ?? otherwise)
  if (Number.isInteger(value) && value >= least) return value
  console.error(`--${name} ${values[name]}: write a whole number of at least ${least}`)
  process.exit(2)
}

const [bench] = positionals
const benches = ['storm', 'connections', 'soak', 'detection', 'benign', 'findings']
if (positionals.length !== 1 || !benches.includes(bench ?? '')) {
  console.error(usage)
  process.exit(2)
}
const options = {
  count: number('count', 1, bench === 'findings' ? 300 : 3_000),
  pairs: number('pairs', 2),
  rate: number('rate', 0),
}
const bulkMegabytes = number('megabytes', 1)
const minutes = number('minutes', 1)
const events = number('events', 1_000)
const pace = options.rate === 0 ? 'as fast as it goes' : `${options.rate} per second`
console.log(`${cpus().length} × ${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`)
if (bench === 'storm') {
  console.log(`storm of ${options.count} processes, ${pace}, ${options.pairs} pairs\n`)
  for (const line of await benchStorm(options)) console.log(line)
} else if (bench === 'soak') {
  console.log(`chaos for ${minutes} minutes\n`)
  const { table, problems } = await benchSoak({ minutes })
  for (const line of table) console.log(line)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
} else if (bench === 'findings') {
  console.log(`${options.count} programs that nobody has seen\n`)
  for (const line of await benchFindingLatency(options)) console.log(line)
} else if (bench === 'benign') {
  console.log(`honest work for ${minutes} minutes\n`)
  const { table, problems } = await benchBenign({ minutes })
  for (const line of table) console.log(line)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
} else if (bench === 'detection') {
  console.log(`${events} events, ${options.pairs} pairs\n`)
  for (const line of await benchDetection({ events, pairs: options.pairs })) console.log(line)
} else {
  const bulk = `${bulkMegabytes} MB in bulk`
  console.log(
    `${options.count} connections and queries, ${pace}, ${bulk}, ${options.pairs} pairs\n`,
  )
  for (const line of await benchConnections({ ...options, bulkMegabytes })) console.log(line)
}
