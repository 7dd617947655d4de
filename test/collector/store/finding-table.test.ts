import t from 'tap'
import { detectionTables } from '#collector/store/finding-table.ts'

t.test(
  'what is written is on the disk, and a step that was interrupted can be repeated',
  async (t) => {
    for (const sql of detectionTables) {
      t.match(sql, /^CREATE TABLE IF NOT EXISTS \w+ \(/)
      t.match(sql, /fsync_after_insert = 1/)
    }
  },
)
