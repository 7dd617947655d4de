/**
 * A stand-in for the kubelet: a real TLS server with real certificates that answers GET /pods as the kubelet does, and can
 * misbehave in every way that one has to expect.
 *
 * In tests: `const kubelet = await startKubelet({ nodeName: 'node-1' })`, then `kubelet.addPod({…})`. As a program:
 * `node test/stand-ins/kubelet.ts --port 10250` prints where its files are and takes commands on stdin, one JSON per line:
 * `{"add": {…PodOptions}}`, `{"remove": "UID"}`, `{"mode": "hang"}`.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, isIP, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type CertificateKind, makeCertificates } from './certificates.ts'
import { makePod, type PodOptions } from './kubelet-pods.ts'

export const kubeletModes = [
  'normal',
  'hang',
  'slow',
  'garbage',
  'html',
  'not-a-list',
  'truncated',
  'huge',
  'redirect',
  'error',
] as const
/**
 * `hang`: never answers. `slow`: a byte now and then, without end. `garbage`: no HTTP at all. `html`: a login page. `not-a-list`:
 * JSON of another kind. `truncated`: breaks off in the body. `huge`: goes on for ever. `redirect`: 302. `error`: 500.
 */
export type KubeletMode = (typeof kubeletModes)[number]

export interface KubeletOptions {
  /** 0, the default: any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** In the certificate, besides the address. Default `node-1`. */
  readonly nodeName?: string
  readonly certificate?: CertificateKind
  /** Without the address in the certificate: only the node's name, as many kubelets have it. */
  readonly nameOnly?: boolean
  /** http, as on the old read-only port: no certificate, no token. */
  readonly plain?: boolean
}

export interface StandInKubelet {
  readonly url: string
  readonly port: number
  /** PEM files; empty with `plain`. */
  readonly caFile: string
  readonly certificateFile: string
  /** Holds a token that is accepted. */
  readonly tokenFile: string
  /** Tokens that get 403 instead of the list. */
  readonly forbiddenToken: string
  /** Requests that came in, whatever became of them. */
  readonly requests: number
  /** Of the last request, as sent. */
  readonly lastHeaders: IncomingMessage['headers']
  /** Server name of the last TLS handshake. */
  readonly lastServerName: string
  setMode(mode: KubeletMode): void
  addPod(pod: PodOptions): void
  removePod(uid: string): void
  /** Items as they are, for shapes that no kubelet would send. */
  setItems(items: readonly unknown[]): void
  /** Makes another token the accepted one, and writes it into the token file unless told not to. */
  rotateToken(writeFile?: boolean): string
  close(): Promise<void>
}

const newToken = (): string => `test.${randomBytes(24).toString('base64url')}.signature`

/** Starts a stand-in kubelet; close() it. */
export const startKubelet = async (options: KubeletOptions = {}): Promise<StandInKubelet> => {
  const host = options.host ?? '127.0.0.1'
  const nodeName = options.nodeName ?? 'node-1'
  const address = isIP(host) === 0 ? `DNS:${host}` : `IP:${host}`
  const names = options.nameOnly === true ? [`DNS:${nodeName}`] : [`DNS:${nodeName}`, address]
  const certificates =
    options.plain === true ? undefined : makeCertificates(options.certificate ?? 'ca', names)
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-kubelet-'))
  const tokenFile = join(directory, 'token')
  const forbiddenToken = newToken()
  let token = newToken()
  writeFileSync(tokenFile, token)
  const pods = new Map<string, object>()
  let items: readonly unknown[] | undefined
  let mode: KubeletMode = 'normal'
  let requests = 0
  let lastHeaders: IncomingMessage['headers'] = {}
  let lastServerName = ''
  const timers = new Set<NodeJS.Timeout>()
  const sockets = new Set<Socket>()

  const answer = (response: ServerResponse): void => {
    const body = JSON.stringify({
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: {},
      items: items ?? (pods.size === 0 ? null : [...pods.values()]),
    })
    const json = { 'content-type': 'application/json' }
    switch (mode) {
      case 'normal':
        response.writeHead(200, json).end(body)
        return
      case 'hang':
        return
      case 'slow': {
        response.writeHead(200, json)
        const timer = setInterval(() => response.write(' '), 20)
        timers.add(timer)
        response.once('close', () => clearInterval(timer))
        return
      }
      case 'garbage':
        response.socket?.end('\u0000\u0001 this is not HTTP\r\n\r\n')
        return
      case 'html':
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end('<html><body>Sign in</body></html>')
        return
      case 'not-a-list':
        response.writeHead(200, json).end('{"kind":"Status","status":"Success"}')
        return
      case 'truncated':
        response.writeHead(200, { ...json, 'content-length': body.length + 1000 })
        response.write(body.slice(0, body.length / 2), () => response.socket?.destroy())
        return
      case 'huge': {
        response.writeHead(200, json)
        const block = Buffer.alloc(64 << 10, ' ')
        const write = (): void => {
          while (response.writable && response.write(block)) if (response.destroyed) return
          response.once('drain', write)
        }
        write()
        return
      }
      case 'redirect':
        response.writeHead(302, { location: 'https://127.0.0.1:1/pods' }).end()
        return
      case 'error':
        response.writeHead(500).end('internal error')
    }
  }

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    requests += 1
    lastHeaders = request.headers
    const sent = request.headers.authorization
    if (request.method !== 'GET' || request.url !== '/pods') response.writeHead(404).end()
    else if (options.plain === true || sent === `Bearer ${token}`) answer(response)
    else if (sent === `Bearer ${forbiddenToken}`)
      response
        .writeHead(403)
        .end(
          'Forbidden (user=system:serviceaccount:x:y, verb=get, resource=nodes, subresource=pods)',
        )
    else response.writeHead(401).end('Unauthorized')
  }

  const server =
    certificates === undefined
      ? createPlainServer(handle)
      : createServer(
          {
            cert: readFileSync(certificates.certificateFile),
            key: readFileSync(certificates.keyFile),
          },
          handle,
        )
  server.on('secureConnection', (socket) => {
    lastServerName = socket.servername || ''
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const shownHost = isIP(host) === 6 ? `[${host}]` : host

  return {
    url: `${options.plain === true ? 'http' : 'https'}://${shownHost}:${port}`,
    port,
    caFile: certificates?.caFile ?? '',
    certificateFile: certificates?.certificateFile ?? '',
    tokenFile,
    forbiddenToken,
    get requests() {
      return requests
    },
    get lastHeaders() {
      return lastHeaders
    },
    get lastServerName() {
      return lastServerName
    },
    setMode: (next) => {
      mode = next
    },
    addPod: (pod) => {
      pods.set(pod.uid, makePod(pod))
    },
    removePod: (uid) => {
      pods.delete(uid)
    },
    setItems: (next) => {
      items = next
    },
    rotateToken: (writeFile = true) => {
      token = newToken()
      if (writeFile) writeFileSync(tokenFile, token)
      return token
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer)
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      certificates?.remove()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const isMode = (value: unknown): value is KubeletMode =>
  (kubeletModes as readonly unknown[]).includes(value)

const obey = (kubelet: StandInKubelet, line: string): void => {
  const command = JSON.parse(line) as { add?: PodOptions; remove?: string; mode?: unknown }
  if (command.add !== undefined) kubelet.addPod(command.add)
  if (command.remove !== undefined) kubelet.removePod(command.remove)
  if (isMode(command.mode)) kubelet.setMode(command.mode)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
      'node-name': { type: 'string', default: 'node-1' },
    },
  })
  const kubelet = await startKubelet({
    port: Number(values.port),
    host: values.host,
    nodeName: values['node-name'],
  })
  const { url, caFile, certificateFile, tokenFile } = kubelet
  process.stdout.write(`${JSON.stringify({ url, caFile, certificateFile, tokenFile })}\n`)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    try {
      obey(kubelet, line)
    } catch (error) {
      process.stderr.write(`not obeyed: ${(error as Error).message}\n`)
    }
  })
  lines.once('close', () => void kubelet.close())
}
