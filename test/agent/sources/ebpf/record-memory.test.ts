import t from 'tap'
import { u16, u32, u64 } from '#agent/sources/ebpf/record-memory.ts'

const bytes = Buffer.from(new ArrayBuffer(16))
const words = new Uint32Array(bytes.buffer)

t.test('numbers are read where they lie', async (t) => {
  bytes.writeUInt32LE(0xfedc_ba98, 4)
  t.equal(u32(words, 4), 0xfedc_ba98)
  t.equal(u16(bytes, 4), 0xba98)
  t.equal(u16(bytes, 5), 0xdcba, 'also between words')
  bytes.writeBigUInt64LE(2n ** 53n - 1n, 8)
  t.equal(u64(words, 8), Number.MAX_SAFE_INTEGER)
})

t.test('beyond 2^53 the nearest double is read', async (t) => {
  bytes.writeBigUInt64LE(2n ** 64n - 1n, 8)
  t.equal(u64(words, 8), 2 ** 64)
})
