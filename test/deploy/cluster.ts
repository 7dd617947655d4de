/**
 * As much of an API server as Helm asks before it installs: its version, which kinds it knows, and the objects that are there. For
 * the notes of the chart and for what an upgrade keeps; nothing is written.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { KubernetesObject } from './manifest.ts'

export interface Cluster {
  readonly url: string
  close(): void
}

const pluralOf = (kind: string): string => {
  const name = kind.toLowerCase()
  if (name.endsWith('y')) return `${name.slice(0, -1)}ies`
  return name.endsWith('s') ? `${name}es` : `${name}s`
}

const rootOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`

/** Discovery of these kinds, by path. */
const discovery = (kinds: readonly KubernetesObject[]): Map<string, object> => {
  const versions = [...new Set(kinds.map(({ apiVersion }) => apiVersion))]
  const groups = versions
    .filter((version) => version.includes('/'))
    .map((groupVersion) => {
      const [name, version] = groupVersion.split('/')
      return {
        name,
        versions: [{ groupVersion, version }],
        preferredVersion: { groupVersion, version },
      }
    })
  const answers = new Map<string, object>([
    ['/version', { major: '1', minor: '33', gitVersion: 'v1.33.0' }],
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups }],
  ])
  for (const groupVersion of versions) {
    const resources = kinds
      .filter(({ apiVersion }) => apiVersion === groupVersion)
      .map(({ kind, metadata }) => ({
        name: pluralOf(kind),
        kind,
        namespaced: metadata.namespace !== undefined,
        verbs: ['get', 'list', 'create'],
      }))
    answers.set(rootOf(groupVersion), { kind: 'APIResourceList', groupVersion, resources })
  }
  return answers
}

/** Knows the kinds of `kinds`, and holds `objects`. */
export const startCluster = async (
  kinds: readonly KubernetesObject[],
  objects: readonly KubernetesObject[] = [],
): Promise<Cluster> => {
  const answers = discovery(kinds)
  for (const object of objects) {
    const { namespace, name } = object.metadata
    const directory = `${rootOf(object.apiVersion)}/namespaces/${namespace}/${pluralOf(object.kind)}`
    answers.set(`${directory}/${name}`, object)
  }
  const missing = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'NotFound',
    code: 404,
  }
  const server = createServer((request, response) => {
    const answer = answers.get((request.url ?? '').split('?')[0] ?? '')
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer ?? missing))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
