import t from 'tap'
import { limits, protocolVersion, ranges } from '#proto/limits.ts'

t.test('the limits fit into each other', async (t) => {
  t.ok(limits.chunkBytes <= limits.batchRawBytes, 'the largest chunk fits a batch')
  t.ok(limits.eventsPerChunk <= limits.eventsPerBatch)
  t.ok(limits.stringBytes < limits.chunkBytes)
  t.ok(limits.argvElements <= limits.stringsPerChunk, 'the longest argv fits the table')
  t.ok(
    limits.eventsPerChunk * 4 <= limits.referencesPerChunk,
    'process, parent, creator and ancestor of each',
  )
  t.ok(limits.eventsPerBatch < 180_000, 'with 20,000 other rows it is one block of the store')
})

t.test('the ranges are what doubles carry', async (t) => {
  t.equal(BigInt(ranges.u64), 2n ** 64n - 2048n)
  t.equal(ranges.exact, 2 ** 53 - 1)
  t.ok(Number.isInteger(protocolVersion))
})
