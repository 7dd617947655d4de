import t from 'tap'
import { createRegistry, registerMetrics } from '#base/metric-table.ts'
import { processMetricReaders, processMetricTable } from '#base/process-metrics.ts'

t.test('this process shows its cost under the usual names', async (t) => {
  const registry = createRegistry()
  registerMetrics(processMetricTable, registry, processMetricReaders)
  const text = await registry.metrics()
  const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  t.ok(read('process_cpu_seconds_total') > 0)
  t.ok(read('process_resident_memory_bytes') > 1e6)
  t.ok(read('nodejs_heap_size_used_bytes') > 1e5)
  t.ok(Math.abs(read('process_start_time_seconds') - Date.now() / 1000) < 3_600)
  t.ok(read('process_open_fds') >= 3)
})
