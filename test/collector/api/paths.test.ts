import t from 'tap'
import { findPlace, methodsAt, noSuchRoute, operationAt } from '#collector/api/paths.ts'

t.test('a path is known by its documented form, an id by its own', async (t) => {
  t.strictSame(findPlace('/api/v1/holds'), { path: '/api/v1/holds', id: '' })
  t.strictSame(findPlace('/healthz'), { path: '/healthz', id: '' })
  t.strictSame(findPlace('/api/v1/holds/3f2a-91_C0'), {
    path: '/api/v1/holds/{id}',
    id: '3f2a-91_C0',
  })
  for (const path of [
    '/api/v1/hold',
    '/api/v1/holdsx',
    '/api/v1/holds/',
    '/api/v1/holds/a/b',
    '/api/v1/holds/..',
    '/api/v1/holds/%27',
    `/api/v1/holds/${'x'.repeat(65)}`,
    '/api/v1/holds/{id}',
    '/api/v1/timeline/3f2a91c0',
    '/',
    '',
  ]) {
    t.equal(findPlace(path), undefined, path)
  }
})

t.test('each path has its methods, and no others', async (t) => {
  t.strictSame(methodsAt('/api/v1/timeline'), ['GET', 'HEAD'])
  t.strictSame(methodsAt('/api/v1/holds'), ['GET', 'HEAD', 'POST'])
  t.strictSame(methodsAt('/api/v1/holds/{id}'), ['DELETE'])
  t.equal(operationAt('/api/v1/holds', 'HEAD'), 'read')
  t.match(operationAt('/api/v1/holds', 'POST'), { operationId: 'hold' })
  t.match(operationAt('/api/v1/holds/{id}', 'DELETE'), { operationId: 'release' })
  for (const [path, method] of [
    ['/api/v1/holds/{id}', 'GET'],
    ['/api/v1/holds', 'DELETE'],
    ['/api/v1/timeline', 'POST'],
    ['/healthz', 'DELETE'],
    ['/api/v1/holds', 'post'],
    ['/api/v1/holds', 'OPTIONS'],
  ] as const) {
    t.equal(operationAt(path, method), undefined, `${method} ${path}`)
  }
})

t.test('whoever errs is told each path once', async (t) => {
  const { message } = noSuchRoute()
  t.match(message, '/api/v1/holds/{id}')
  t.equal(message.match(/\/api\/v1\/holds(?=,|$)/g)?.length, 1)
})
