import t from 'tap'
import { changes } from '#collector/api/changes.ts'
import { openApiDocument } from '#collector/api/openapi.ts'
import { parameters } from '#collector/api/query.ts'
import { routes } from '#collector/api/routes.ts'

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string }[]
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

t.test('the document lists what is served, with the parameters it takes', async (t) => {
  const document = openApiDocument('1.2.3')
  const paths = document.paths as Paths
  t.match(document, { openapi: '3.1.0', info: { version: '1.2.3' } })
  for (const { path, parameters: names } of routes) {
    t.strictSame(
      paths[path]?.get?.parameters?.map(({ name }) => name),
      [...names],
      path,
    )
  }
  for (const path of ['/api/v1/tail', '/api/v1/openapi.json', '/healthz', '/readyz'])
    t.ok(paths[path])
  for (const { path, method, operationId } of changes) {
    t.match(paths[path]?.[method.toLowerCase()], { operationId })
  }
  t.strictSame(Object.keys(paths['/api/v1/holds'] ?? {}), ['get', 'post'])
  t.match(paths['/api/v1/holds/{id}']?.delete?.parameters, [{ name: 'id' }])
  const ids = Object.values(paths)
    .flatMap((operations) => Object.values(operations))
    .map(({ operationId }) => operationId)
  t.equal(new Set(ids).size, ids.length, 'no operation id twice')
})

t.test('every reference leads somewhere', async (t) => {
  const document = openApiDocument('1')
  const { schemas } = document.components as { schemas: object }
  const targets = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]
  t.ok(targets.length > 20)
  for (const [, name = ''] of targets) t.ok(name in schemas, name)
})

t.test('every parameter says what it is', async (t) => {
  for (const [name, { help }] of Object.entries(parameters)) t.match(help, /^[A-Z].*\.$/, name)
})
