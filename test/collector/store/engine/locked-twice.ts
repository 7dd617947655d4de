/** A program that tries to open the embedded engine on argv[2], which another process holds, and prints why it cannot. */
import { silentLog } from '#base/log.ts'
import { embeddedDatabase } from '#collector/store/connect.ts'
import { EmbeddedEngine } from '#collector/store/engine/embedded-engine.ts'
import { StoreError } from '#collector/store/errors.ts'

try {
  const engine = await EmbeddedEngine.start({
    dataDir: process.argv[2] ?? '',
    database: embeddedDatabase,
    memoryBytes: 700_000_000,
    log: silentLog,
  })
  await engine.stop()
  process.stdout.write('opened')
} catch (error) {
  process.stdout.write(
    error instanceof StoreError ? `${error.code}: ${error.message}` : String(error),
  )
}
