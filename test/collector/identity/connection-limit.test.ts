import { createServer } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { systemClock } from '#base/clock.ts'
import { closeServer, listenOn } from '#base/listen.ts'
import { limitConnections } from '#collector/identity/connection-limit.ts'
import { until } from '#test/fixtures/until.ts'

t.test('one address has a bounded number of connections, another one its own', async (t) => {
  const server = createServer((_request, response) => response.end('in'))
  limitConnections(server, systemClock, 2)
  const { port } = await listenOn(server, { host: '127.0.0.1', port: 0 }, '--listen')
  t.teardown(() => closeServer(server))
  const open = async (localAddress: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    let outcome = ''
    socket.once('data', () => {
      outcome ||= 'answered'
    })
    socket.once('close', () => {
      outcome ||= 'closed'
    })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await until('it is decided', () => outcome !== '')
    return { socket, outcome }
  }
  const [first, second] = [await open('127.0.0.1'), await open('127.0.0.1')]
  t.strictSame([first.outcome, second.outcome], ['answered', 'answered'])
  t.equal((await open('127.0.0.1')).outcome, 'closed')
  t.equal((await open('127.0.0.2')).outcome, 'answered')
  first.socket.destroy()
  let outcome = ''
  while (outcome !== 'answered') outcome = (await open('127.0.0.1')).outcome
  t.pass('who leaves makes room')
})
