/**
 * A stand-in for the API server: a real TLS server with a certificate of the test's own authority that reviews tokens and
 * rights and shows pods as the API server does, with its status codes and shapes, and can misbehave in every way that one has
 * to expect.
 *
 * In tests: `const server = await startApiServer()`, then `server.token({…})`, `server.grant({…})`. As a program:
 * `node test/stand-ins/api-server.ts --port 6443` prints where its files are and takes commands on stdin, one JSON per line:
 * `{"pod": {…StandInPod}}`, `{"deletePod": {"namespace", "name"}}`, `{"grant": {…Grant}}`, `{"revoke": {…Grant}}`,
 * `{"mode": "hang"}`, `{"object": {"path": "/api/v1/nodes", "set": {…}}}` (or `"delete"`), and `{"token": {…TokenOptions}}`,
 * which prints `{"token": "…"}`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, isIP, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import {
  type ApiServerMode,
  apiServerModes,
  misbehave,
  send,
  sendStatus,
} from './api-server-modes.ts'
import {
  ownAudience,
  type StandInPod,
  StandInTokens,
  type TokenOptions,
} from './api-server-tokens.ts'
import { type StandInObject, StandInObjects } from './api-server-watch.ts'
import { type CertificateKind, makeCertificates } from './certificates.ts'

/** A rule of RBAC with its subject. */
export interface Grant {
  readonly user: string
  readonly group: string
  readonly resource: string
  readonly verb: string
  /** Left out: by a ClusterRoleBinding. */
  readonly namespace?: string
}

export interface ApiServerOptions {
  /** 0, the default: any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  readonly certificate?: CertificateKind
}

export interface StandInApiServer {
  readonly url: string
  readonly port: number
  readonly caFile: string
  /** Holds the collector's own token. */
  readonly tokenFile: string
  /** Requests by path, whatever became of them. */
  readonly requests: ReadonlyMap<string, number>
  /** Bodies of reviews, the latest last. */
  readonly reviews: readonly object[]
  /** What can be listed and watched. */
  readonly objects: StandInObjects
  setMode(mode: ApiServerMode): void
  /** Answers 403 for this path, as if a rule were missing; again with false it is there. */
  forbid(path: string, isForbidden: boolean): void
  token(options: TokenOptions): string
  addPod(pod: StandInPod): void
  deletePod(namespace: string, name: string): void
  grant(grant: Grant): void
  revoke(grant: Grant): void
  /** Makes another token the collector's own, and writes it into the token file. */
  rotateOwnToken(): void
  /** Goes away: connections are refused until `open`. */
  shut(): Promise<void>
  open(): Promise<void>
  close(): Promise<void>
}

export const tokenReviewPath = '/apis/authentication.k8s.io/v1/tokenreviews'
export const accessReviewPath = '/apis/authorization.k8s.io/v1/subjectaccessreviews'

const collector = { namespace: 'mayfly', name: 'mayfly-collector' } as const

interface TokenReviewBody {
  readonly spec?: { readonly token?: string; readonly audiences?: readonly string[] }
}

interface AccessReviewBody {
  readonly spec?: {
    readonly user?: string
    readonly groups?: readonly string[]
    readonly resourceAttributes?: Readonly<Record<string, string>>
  }
}

const sameGrant = (a: Grant, b: Grant): boolean =>
  (['user', 'group', 'resource', 'verb', 'namespace'] as const).every((key) => a[key] === b[key])

/** Starts a stand-in API server; close() it. */
export const startApiServer = async (options: ApiServerOptions = {}): Promise<StandInApiServer> => {
  const host = options.host ?? '127.0.0.1'
  const address = isIP(host) === 0 ? `DNS:${host}` : `IP:${host}`
  const certificates = makeCertificates(options.certificate ?? 'ca', ['DNS:kubernetes', address])
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-api-server-'))
  const tokenFile = join(directory, 'token')
  const pods = new Map<string, StandInPod>()
  const tokens = new StandInTokens((namespace, name) => pods.get(`${namespace}/${name}`))
  const objects = new StandInObjects()
  const forbidden = new Set<string>()
  const requests = new Map<string, number>()
  const reviews: object[] = []
  const sockets = new Set<Socket>()
  let grants: Grant[] = []
  let mode: ApiServerMode = 'normal'
  let ownToken = ''

  const rotateOwnToken = (): void => {
    ownToken = tokens.mint({ ...collector, audiences: [ownAudience] })
    writeFileSync(tokenFile, ownToken)
  }
  rotateOwnToken()

  const reviewToken = (response: ServerResponse, body: TokenReviewBody): void => {
    const { token = '', audiences = [] } = body.spec ?? {}
    if (token === '') {
      sendStatus(response, 400, 'token is required for TokenReview in authentication')
      return
    }
    const status = tokens.review(token, mode === 'unaware' ? [] : audiences)
    const { audiences: _known, ...unaware } = status as { audiences?: unknown }
    send(response, 201, {
      kind: 'TokenReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: {},
      spec: body.spec,
      status: mode === 'unaware' ? unaware : status,
    })
  }

  const reviewAccess = (response: ServerResponse, body: AccessReviewBody): void => {
    const { user = '', groups = [], resourceAttributes } = body.spec ?? {}
    if (user === '' && groups.length === 0) {
      sendStatus(
        response,
        400,
        'spec.user: Invalid value: at least one of user or group must be specified',
      )
      return
    }
    const { group = '', resource = '', verb = '', namespace } = resourceAttributes ?? {}
    const isBound = (grant: Grant): boolean =>
      [user, ...groups].includes(grant.user) &&
      (grant.group === '*' || grant.group === group) &&
      (grant.resource === '*' || grant.resource === resource) &&
      (grant.verb === '*' || grant.verb === verb) &&
      (grant.namespace === undefined || grant.namespace === namespace)
    const allowed = grants.some(isBound)
    send(response, 201, {
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec: body.spec,
      status: { allowed, ...(allowed && { reason: `RBAC: allowed by a binding of ${user}` }) },
    })
  }

  const showPod = (response: ServerResponse, namespace: string, name: string): void => {
    const pod = pods.get(`${namespace}/${name}`)
    if (pod === undefined) {
      sendStatus(response, 404, `pods "${name}" not found`)
      return
    }
    const { uid, nodeName } = pod
    send(response, 200, {
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: { name, namespace, uid, creationTimestamp: '2026-07-01T00:00:00Z' },
      spec: {
        ...(nodeName !== '' && { nodeName }),
        containers: [{ name: 'agent', image: 'mayfly' }],
      },
      status: { phase: nodeName === '' ? 'Pending' : 'Running' },
    })
  }

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname: path, searchParams } = new URL(request.url ?? '', 'https://kubernetes')
    requests.set(path, (requests.get(path) ?? 0) + 1)
    const body = await text(request)
    const kinds: Readonly<Record<string, string>> = {
      [tokenReviewPath]: 'TokenReview',
      [accessReviewPath]: 'SubjectAccessReview',
    }
    if (misbehave(mode, response, kinds[path] ?? 'Pod')) return
    if (request.headers.authorization !== `Bearer ${ownToken}`) {
      sendStatus(response, 401, 'Unauthorized')
      return
    }
    const user = `User "system:serviceaccount:${collector.namespace}:${collector.name}"`
    if (mode === 'forbidden' || forbidden.has(path)) {
      const resource = path.split('/').at(-1)
      const message = `${resource} is forbidden: ${user} cannot ${request.method === 'GET' ? 'list' : 'create'} resource "${resource}" at the cluster scope`
      sendStatus(response, 403, message)
      return
    }
    const pod = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/.exec(path)
    if (request.method === 'GET' && objects.has(path))
      objects.serve(path, searchParams, request.headers.accept ?? '', response)
    else if (request.method === 'GET' && pod) showPod(response, pod[1] ?? '', pod[2] ?? '')
    else if (request.method === 'POST' && path === tokenReviewPath) {
      reviews.push(JSON.parse(body) as object)
      reviewToken(response, JSON.parse(body) as TokenReviewBody)
    } else if (request.method === 'POST' && path === accessReviewPath) {
      reviews.push(JSON.parse(body) as object)
      reviewAccess(response, JSON.parse(body) as AccessReviewBody)
    } else sendStatus(response, 404, 'the server could not find the requested resource')
  }

  const server = createServer(
    {
      cert: readFileSync(certificates.certificateFile),
      key: readFileSync(certificates.keyFile),
    },
    (request, response) => {
      serve(request, response).catch(() => response.destroy())
    },
  )
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve())
    })
  const shut = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(options.port ?? 0)
  const { port } = server.address() as AddressInfo
  const shownHost = isIP(host) === 6 ? `[${host}]` : host

  return {
    url: `https://${shownHost}:${port}`,
    port,
    caFile: certificates.caFile,
    tokenFile,
    requests,
    reviews,
    objects,
    forbid: (path, isForbidden) => {
      if (isForbidden) forbidden.add(path)
      else forbidden.delete(path)
    },
    setMode: (next) => {
      mode = next
    },
    token: (wanted) => tokens.mint(wanted),
    addPod: (pod) => {
      pods.set(`${pod.namespace}/${pod.name}`, pod)
    },
    deletePod: (namespace, name) => {
      pods.delete(`${namespace}/${name}`)
    },
    grant: (one) => {
      grants.push(one)
    },
    revoke: (one) => {
      grants = grants.filter((grant) => !sameGrant(grant, one))
    },
    rotateOwnToken,
    shut,
    open: () => listen(port),
    close: async () => {
      await shut()
      certificates.remove()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

interface Command {
  readonly pod?: StandInPod
  readonly deletePod?: { readonly namespace: string; readonly name: string }
  readonly grant?: Grant
  readonly revoke?: Grant
  readonly mode?: unknown
  readonly token?: TokenOptions
  readonly object?: {
    readonly path: string
    readonly set?: StandInObject
    readonly delete?: { readonly name: string; readonly namespace?: string }
  }
}

const isMode = (value: unknown): value is ApiServerMode =>
  (apiServerModes as readonly unknown[]).includes(value)

const obey = (server: StandInApiServer, line: string): void => {
  const { pod, deletePod, grant, revoke, mode, token, object } = JSON.parse(line) as Command
  if (pod !== undefined) server.addPod(pod)
  if (deletePod !== undefined) server.deletePod(deletePod.namespace, deletePod.name)
  if (grant !== undefined) server.grant(grant)
  if (revoke !== undefined) server.revoke(revoke)
  if (isMode(mode)) server.setMode(mode)
  if (object?.set !== undefined) server.objects.set(object.path, object.set)
  if (object?.delete !== undefined)
    server.objects.delete(object.path, object.delete.name, object.delete.namespace)
  if (token !== undefined)
    process.stdout.write(`${JSON.stringify({ token: server.token(token) })}\n`)
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      host: { type: 'string', default: '127.0.0.1' },
    },
  })
  const server = await startApiServer({ port: Number(values.port), host: values.host })
  const { url, caFile, tokenFile } = server
  process.stdout.write(`${JSON.stringify({ url, caFile, tokenFile })}\n`)
  const lines = createInterface({ input: process.stdin })
  lines.on('line', (line) => {
    try {
      obey(server, line)
    } catch (error) {
      process.stderr.write(`not obeyed: ${(error as Error).message}\n`)
    }
  })
  lines.once('close', () => void server.close())
}
