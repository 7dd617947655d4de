/** A program that starts the engine on argv[2], prints the child's pid and waits to be killed. */
import { silentLog } from '#base/log.ts'
import { embeddedDatabase } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'

const engine = await EmbeddedEngine.start({
  dataDir: process.argv[2] ?? '',
  database: embeddedDatabase,
  memoryBytes: 700_000_000,
  log: silentLog,
})
process.stdout.write(`${engine.pid}\n`)
