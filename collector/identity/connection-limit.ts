/**
 * TCP connections of one address, so that one host cannot take all that the server has for everybody. Called by main on the
 * server that carries ingest and API.
 */
import type { Server, Socket } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { ClientLimits } from './client-limits.ts'

/** A quarter of the server's; a network of nodes may stand behind one address. */
export const maxPerAddress = 2_048

/** Closes what goes beyond, at once and without a word: a TLS handshake or an answer is what a flood wants to cost us. */
export const limitConnections = (
  server: Server,
  clock: Clock,
  perAddress = maxPerAddress,
): void => {
  const limits = new ClientLimits({ clock, concurrent: perAddress })
  server.on('connection', (socket: Socket) => {
    const entered = limits.enter(socket.remoteAddress ?? '')
    if (entered.kind === 'entered') socket.once('close', entered.leave)
    else socket.destroy()
  })
}
