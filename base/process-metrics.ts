/**
 * What this process itself costs, under the names every Prometheus dashboard knows. Both programs register it; the
 * numbers are read when scraped.
 */
import { readdirSync } from 'node:fs'
import type { MetricReaders, MetricTable } from './metric-table.ts'

export const processMetricTable = {
  cpuSeconds: {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time this process has used, in seconds.',
  },
  residentBytes: {
    type: 'gauge',
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of this process, in bytes.',
  },
  heapBytes: {
    type: 'gauge',
    name: 'nodejs_heap_size_used_bytes',
    help: 'JavaScript heap in use, in bytes.',
  },
  startTime: {
    type: 'gauge',
    name: 'process_start_time_seconds',
    help: 'When this process started, in seconds since 1970.',
  },
  openFiles: {
    type: 'gauge',
    name: 'process_open_fds',
    help: 'Open file descriptors of this process.',
  },
} as const satisfies MetricTable

const countOpenFiles = (): number | undefined => {
  try {
    // The descriptor that reads the directory is listed too.
    return readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

/** Readers for processMetricTable. */
export const processMetricReaders: MetricReaders<typeof processMetricTable> = {
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  residentBytes: () => process.memoryUsage.rss(),
  heapBytes: () => process.memoryUsage().heapUsed,
  startTime: () => performance.timeOrigin / 1000,
  openFiles: countOpenFiles,
}
