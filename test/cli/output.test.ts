import { Writable } from 'node:stream'
import t from 'tap'
import { Output } from '#cli/output.ts'

t.test('a reader that leaves early ends the writing without an error', async (t) => {
  const closed = new AbortController()
  let writes = 0
  const stream = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      writes += 1
      done(writes > 3 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null)
    },
  })
  const output = new Output(stream, closed)
  await output.lines(
    (function* () {
      for (let at = 0; at < 1_000; at += 1) yield `line ${at}`
    })(),
  )
  t.ok(output.isClosed)
  t.ok(closed.signal.aborted)
  t.ok(writes < 10)
})

t.test('a slow reader is waited for', async (t) => {
  let pending = 0
  let most = 0
  const stream = new Writable({
    highWaterMark: 1,
    write: (_chunk, _encoding, done) => {
      pending += 1
      most = Math.max(most, pending)
      setImmediate(() => {
        pending -= 1
        done()
      })
    },
  })
  const output = new Output(stream, new AbortController())
  for (let at = 0; at < 50; at += 1) await output.line('x')
  t.equal(most, 1)
  t.equal(stream.writableLength, 0)
})

t.test('width is the terminal’s, and none elsewhere', async (t) => {
  const stream = new Writable()
  t.equal(new Output(stream, new AbortController()).width, Number.POSITIVE_INFINITY)
  const terminal = Object.assign(new Writable(), { isTTY: true, columns: 99 })
  t.match(new Output(terminal, new AbortController()), { width: 99, isTerminal: true })
})

t.test('bytes go out as they are, and to nobody once the reader has left', async (t) => {
  const chunks: Buffer[] = []
  const closed = new AbortController()
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk, _encoding, done) => {
      chunks.push(chunk)
      setImmediate(done)
    },
  })
  const output = new Output(stream, closed)
  await output.bytes(Buffer.from([0, 255, 10]))
  closed.abort()
  await output.bytes(Buffer.from([1]))
  t.strictSame(Buffer.concat(chunks), Buffer.from([0, 255, 10]))
})
