import t from 'tap'
import { createKubeApi } from '#collector/identity/kube-client.ts'
import { agentPod } from '#test/fixtures/identity.ts'
import { startApiServer } from '#test/stand-ins/api-server.ts'

const user = { username: 'alice', uid: '', groups: [], extra: {} }
const question = { user, group: 'mayfly.dev', resource: 'holds', verb: 'list', namespace: '' }

t.test('the three questions have the three answers', async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  server.addPod(agentPod)
  server.grant({ user: 'alice', group: 'mayfly.dev', resource: 'holds', verb: 'list' })
  const { caFile, tokenFile } = server
  const api = createKubeApi({ url: `${server.url}/`, caFile, tokenFile })
  const token = server.token({ namespace: 'a', name: 'b', audiences: ['x', 'y'] })
  t.match(await api.reviewToken(token, 'y'), {
    authenticated: true,
    audiences: ['y'],
    user: { username: 'system:serviceaccount:a:b' },
  })
  t.strictSame(await api.reviewAccess(question), { allowed: true })
  t.strictSame(await api.reviewAccess({ ...question, verb: 'create' }), { allowed: false })
  const { namespace, name, uid, nodeName } = agentPod
  t.strictSame(await api.podPlace(namespace, name), { uid, nodeName })
  t.equal(await api.podPlace(namespace, 'gone'), undefined)
})

t.test('a pod that may not be looked at is not one that is gone', async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  const { url, caFile, tokenFile } = server
  const api = createKubeApi({ url, caFile, tokenFile })
  server.setMode('forbidden')
  await t.rejects(api.podPlace('a', 'b'), { code: 'forbidden' })
  server.setMode('error')
  await t.rejects(api.podPlace('a', 'b'), { code: 'failed' })
})

t.test('messages repeat no token', async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  const { url, caFile, tokenFile } = server
  const api = createKubeApi({ url, caFile, tokenFile })
  const token = server.token({ namespace: 'a', name: 'b', audiences: ['x'] })
  for (const mode of [
    'error',
    'overloaded',
    'forbidden',
    'html',
    'wrong-types',
    'garbage',
  ] as const) {
    server.setMode(mode)
    const error = await api.reviewToken(token, 'x').catch((cause: unknown) => cause)
    t.ok(error instanceof Error, mode)
    t.notOk(String(error).includes(token), mode)
  }
})
