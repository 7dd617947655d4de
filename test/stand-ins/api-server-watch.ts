/**
 * The part of the stand-in API server that keeps objects: lists in pages, watches with bookmarks, resource versions that grow, and
 * what is too old for a watch (410), as a status or as an event in the stream. As kube-apiserver answers, also for
 * metadata alone (PartialObjectMetadata).
 */
import type { ServerResponse } from 'node:http'
import { send, sendStatus } from './api-server-modes.ts'

/** An object as it is sent; its resourceVersion, and what is missing of its metadata, are given to it. */
export interface StandInObject {
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<
    Record<string, unknown>
  >
  readonly [field: string]: unknown
}

interface Stored extends StandInObject {
  readonly metadata: StandInObject['metadata'] & { readonly resourceVersion: string }
}

interface Change {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: Stored
}

interface Kind {
  readonly kind: string
  readonly apiVersion: string
}

/** By path: what can be listed and watched. */
export const watchable: Readonly<Record<string, Kind>> = {
  '/api/v1/nodes': { kind: 'Node', apiVersion: 'v1' },
  '/api/v1/services': { kind: 'Service', apiVersion: 'v1' },
  '/api/v1/events': { kind: 'Event', apiVersion: 'v1' },
  '/apis/apps/v1/replicasets': { kind: 'ReplicaSet', apiVersion: 'apps/v1' },
  '/apis/apps/v1/statefulsets': { kind: 'StatefulSet', apiVersion: 'apps/v1' },
  '/apis/apps/v1/daemonsets': { kind: 'DaemonSet', apiVersion: 'apps/v1' },
  '/apis/batch/v1/jobs': { kind: 'Job', apiVersion: 'batch/v1' },
  '/apis/networking.k8s.io/v1/networkpolicies': {
    kind: 'NetworkPolicy',
    apiVersion: 'networking.k8s.io/v1',
  },
}

interface Watcher {
  readonly response: ServerResponse
  readonly isPartial: boolean
  readonly wantsBookmarks: boolean
  readonly select: (object: StandInObject) => boolean
}

/** Only the form that is used: `involvedObject.kind=Pod`. */
const selector = (text: string | null): ((object: StandInObject) => boolean) => {
  const match = /^involvedObject\.kind=(\w+)$/.exec(text ?? '')
  if (match === null) return () => true
  return ({ involvedObject }) =>
    (involvedObject as { kind?: string } | undefined)?.kind === match[1]
}

const partial = (object: Stored): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
})

class Collection {
  readonly path: string
  readonly #kind: Kind
  readonly objects = new Map<string, Stored>()
  readonly #changes: Change[] = []
  readonly #watchers = new Set<Watcher>()
  /** Watches from before it are told 410. */
  #compactedAt = 0

  constructor(path: string, kind: Kind) {
    this.path = path
    this.#kind = kind
  }

  get watchers(): number {
    return this.#watchers.size
  }

  #shown(object: Stored, isPartial: boolean): object {
    return isPartial ? partial(object) : { ...this.#kind, ...object }
  }

  #write(watcher: Watcher, { type, object }: Change): void {
    if (!watcher.select(object) || watcher.response.writableEnded) return
    const shown = this.#shown(object, watcher.isPartial)
    watcher.response.write(`${JSON.stringify({ type, object: shown })}\n`)
  }

  change(type: Change['type'], object: StandInObject, version: number): void {
    const { name, namespace = '' } = object.metadata
    const key = `${namespace}/${name}`
    const metadata = {
      uid: `uid-${key}`,
      creationTimestamp: '2026-07-01T00:00:00Z',
      managedFields: [{ manager: 'test', fieldsV1: { 'f:spec': {} } }],
      ...object.metadata,
      resourceVersion: String(version),
    }
    const stored = { ...object, metadata }
    const known = this.objects.has(key)
    if (type === 'DELETED') this.objects.delete(key)
    else this.objects.set(key, stored)
    const change: Change = {
      version,
      type: type === 'DELETED' ? type : known ? 'MODIFIED' : 'ADDED',
      object: stored,
    }
    this.#changes.push(change)
    for (const watcher of this.#watchers) this.#write(watcher, change)
  }

  /** Forgets changes until now; open watches go on, as those of etcd do. */
  compact(version: number): void {
    this.#compactedAt = version
    this.#changes.length = 0
  }

  bookmark(version: number): void {
    const { kind, apiVersion } = this.#kind
    const metadata = { resourceVersion: String(version), creationTimestamp: null }
    for (const { response, wantsBookmarks } of this.#watchers)
      if (wantsBookmarks && !response.writableEnded)
        response.write(
          `${JSON.stringify({ type: 'BOOKMARK', object: { kind, apiVersion, metadata } })}\n`,
        )
  }

  /** Says in the stream that the version is too old, as the watch cache does when it falls behind, and ends it. */
  expire(): void {
    const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
    const object = { ...status, message: 'too old resource version', reason: 'Expired', code: 410 }
    for (const { response } of this.#watchers)
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`)
  }

  /** Ends or breaks the open watches. */
  drop(how: 'end' | 'break'): void {
    for (const { response } of this.#watchers) {
      if (how === 'end') response.end()
      else response.socket?.destroy()
    }
  }

  /** Whatever is written to open watches. */
  writeRaw(text: string): void {
    for (const { response } of this.#watchers) response.write(text)
  }

  list(response: ServerResponse, query: URLSearchParams, accept: string, version: number): void {
    const isPartial = accept.includes('as=PartialObjectMetadataList')
    const select = selector(query.get('fieldSelector'))
    const all = [...this.objects.values()].filter(select)
    const limit = Number(query.get('limit') ?? 0) || all.length
    const [begunAt = version, start = 0] = (query.get('continue') ?? '')
      .split(':')
      .filter(Boolean)
      .map(Number)
    if (begunAt < this.#compactedAt) {
      sendStatus(response, 410, 'The provided continue parameter is too old')
      return
    }
    const items = all.slice(start, start + limit)
    const rest = all.length - start - items.length
    const metadata = {
      resourceVersion: String(begunAt),
      ...(rest > 0 && {
        continue: `${begunAt}:${start + items.length}`,
        remainingItemCount: rest,
      }),
    }
    const shown = items.map((object) => (isPartial ? partial(object) : object))
    const { kind, apiVersion } = this.#kind
    send(response, 200, {
      kind: isPartial ? 'PartialObjectMetadataList' : `${kind}List`,
      apiVersion: isPartial ? 'meta.k8s.io/v1' : apiVersion,
      metadata,
      items: shown,
    })
  }

  watch(response: ServerResponse, query: URLSearchParams, accept: string): void {
    const since = Number(query.get('resourceVersion') ?? 0)
    if (since < this.#compactedAt) {
      sendStatus(response, 410, `too old resource version: ${since} (${this.#compactedAt})`)
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    response.flushHeaders()
    const watcher: Watcher = {
      response,
      isPartial: accept.includes('as=PartialObjectMetadata;'),
      wantsBookmarks: query.get('allowWatchBookmarks') === 'true',
      select: selector(query.get('fieldSelector')),
    }
    for (const change of this.#changes) if (change.version > since) this.#write(watcher, change)
    this.#watchers.add(watcher)
    const timeoutMs = Number(query.get('timeoutSeconds') ?? 3_600) * 1_000
    const timer = setTimeout(() => response.end(), timeoutMs)
    timer.unref()
    response.once('close', () => {
      clearTimeout(timer)
      this.#watchers.delete(watcher)
    })
  }
}

export class StandInObjects {
  readonly #collections = new Map(
    Object.entries(watchable).map(([path, kind]) => [path, new Collection(path, kind)]),
  )
  #version = 100

  /** @throws Error for a path that nothing is kept under. */
  at(path: string): Collection {
    const collection = this.#collections.get(path)
    if (collection === undefined) throw new Error(`nothing is kept under ${path}`)
    return collection
  }

  has(path: string): boolean {
    return this.#collections.has(path)
  }

  set(path: string, object: StandInObject): void {
    this.#version += 1
    this.at(path).change('ADDED', object, this.#version)
  }

  delete(path: string, name: string, namespace = ''): void {
    const known = this.at(path).objects.get(`${namespace}/${name}`)
    if (known === undefined) return
    this.#version += 1
    this.at(path).change('DELETED', known, this.#version)
  }

  /** What happened until now can no longer be watched from. */
  compact(): void {
    this.#version += 1
    for (const collection of this.#collections.values()) collection.compact(this.#version)
  }

  bookmark(): void {
    for (const collection of this.#collections.values()) collection.bookmark(this.#version)
  }

  serve(path: string, query: URLSearchParams, accept: string, response: ServerResponse): void {
    if (query.get('watch') === 'true') this.at(path).watch(response, query, accept)
    else this.at(path).list(response, query, accept, this.#version)
  }
}
