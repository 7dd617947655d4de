/** Which path of the API a request means, and what can be done there. */
import { type Change, changes } from './changes.ts'
import { ApiError } from './errors.ts'
import { routes } from './routes.ts'

/** Paths that are served, beyond the two tables. */
const otherPaths = ['/api/v1/tail', '/api/v1/openapi.json', '/healthz', '/readyz'] as const

const readable: ReadonlySet<string> = new Set([...routes.map(({ path }) => path), ...otherPaths])

/** Stands at the end of a path for whatever names one thing. */
const idMark = '{id}'

/** A path as documented, and what stood in the place of its `{id}`. */
export interface Place {
  readonly path: string
  readonly id: string
}

/** Undefined for a path that is none of ours. */
export const findPlace = (pathname: string): Place | undefined => {
  if (readable.has(pathname)) return { path: pathname, id: '' }
  for (const { path } of changes) {
    if (!path.endsWith(idMark)) continue
    const prefix = path.slice(0, -idMark.length)
    const id = pathname.slice(prefix.length)
    // Ids are ours: one of another form names nothing.
    if (pathname.startsWith(prefix) && /^[\w-]{1,64}$/.test(id)) return { path, id }
  }
  return undefined
}

export const noSuchRoute = (): ApiError =>
  new ApiError(
    'not_found',
    `no such route; here are ${[...new Set([...readable, ...changes.map(({ path }) => path)])].join(', ')}`,
  )

/** What a method does at a path: a change, or `read`; undefined where it is not allowed. */
export const operationAt = (path: string, method: string): Change | 'read' | undefined => {
  if (method === 'GET' || method === 'HEAD') return readable.has(path) ? 'read' : undefined
  return changes.find((change) => change.path === path && change.method === method)
}

/** For the header `Allow`. */
export const methodsAt = (path: string): readonly string[] => [
  ...(readable.has(path) ? ['GET', 'HEAD'] : []),
  ...changes.filter((change) => change.path === path).map(({ method }) => method),
]
