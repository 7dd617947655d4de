import t from 'tap'
import { openApiDocument } from '#collector/api/openapi.ts'
import { parameters } from '#collector/api/query.ts'
import { routes } from '#collector/api/routes.ts'

type Paths = Record<string, { get: { operationId: string; parameters?: { name: string }[] } }>

t.test('the document lists what is served, with the parameters it takes', async (t) => {
  const document = openApiDocument('1.2.3')
  const paths = document.paths as Paths
  t.match(document, { openapi: '3.1.0', info: { version: '1.2.3' } })
  for (const { path, parameters: names } of routes) {
    t.strictSame(
      paths[path]?.get.parameters?.map(({ name }) => name),
      [...names],
      path,
    )
  }
  for (const path of ['/api/v1/tail', '/api/v1/openapi.json', '/healthz', '/readyz'])
    t.ok(paths[path])
  const ids = Object.values(paths).map(({ get }) => get.operationId)
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
