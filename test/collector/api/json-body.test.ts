import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { closeServer } from '#base/listen.ts'
import { ApiError } from '#collector/api/errors.ts'
import { maxBodyBytes, readJson } from '#collector/api/json-body.ts'

/** Answers with what was read, or with the code it was refused for. */
const reader = async (t: Test) => {
  const outcomes: string[] = []
  const server = createServer((incoming, response) => {
    readJson(incoming)
      .then(
        (value) => JSON.stringify(value),
        (error: unknown) => (error instanceof ApiError ? error.code : `not ours: ${error}`),
      )
      .then((outcome) => {
        outcomes.push(outcome)
        response.end(outcome)
        incoming.resume()
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => closeServer(server))
  const { port } = server.address() as AddressInfo
  const send = async (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') => {
    const init = { method: 'POST', body, headers: { 'content-type': type } }
    return (await fetch(`http://127.0.0.1:${port}`, init)).text()
  }
  return { port, send, outcomes }
}

t.test('JSON is read, of any form and up to the limit', async (t) => {
  const { send } = await reader(t)
  t.equal(await send('{"a":"ü"}'), '{"a":"ü"}')
  t.equal(await send('null', 'Application/JSON; charset=utf-8'), 'null')
  const longest = JSON.stringify('x'.repeat(maxBodyBytes - 2))
  t.equal(await send(longest), longest)
})

t.test('everything else is refused, and says why', async (t) => {
  const { send } = await reader(t)
  t.equal(await send(''), 'bad_body')
  t.equal(await send('{"a":'), 'bad_body')
  t.equal(await send(new Uint8Array([0x22, 0xff, 0x22])), 'bad_body')
  t.equal(await send('{}', 'text/plain'), 'unsupported_media_type')
  t.equal(await send('{}', 'application/jsonp'), 'unsupported_media_type')
  t.equal(await send('{}', 'application/x-www-form-urlencoded'), 'unsupported_media_type')
  t.equal(await send(`"${'x'.repeat(maxBodyBytes)}"`), 'body_too_large')
})

t.test('a body without a length is held to the same limit, as it comes', async (t) => {
  const { port } = await reader(t)
  const outcome = await new Promise<string>((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request({ port, host: '127.0.0.1', method: 'POST', headers }, async (response) => {
      let text = ''
      for await (const part of response) text += part
      resolve(text)
    })
    sent.on('error', reject)
    for (let part = 0; part < 100; part += 1) sent.write('x'.repeat(1_000))
    sent.end()
  })
  t.equal(outcome, 'body_too_large')
})

t.test('a client that leaves in the middle of its body is no fault of ours', async (t) => {
  const { port, outcomes } = await reader(t)
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"',
        () => setTimeout(() => socket.destroy(), 20),
      )
    })
    socket.on('close', () => resolve())
  })
  while (outcomes.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  t.strictSame(outcomes, ['bad_body'])
})
