import t from 'tap'
import { systemClock } from '#base/clock.ts'
import { readConfig } from '#base/config.ts'
import { silentLog } from '#base/log.ts'
import { collectorFields } from '#collector/config.ts'
import { openGate } from '#collector/identity/gate.ts'
import { agentPod, bearer } from '#test/fixtures/identity.ts'
import { startApiServer } from '#test/stand-ins/api-server.ts'

const open = (flags: Record<string, string>) =>
  openGate(readConfig(collectorFields, flags, {}), silentLog, systemClock)

t.test('by default everybody shares one token, or loopback', async (t) => {
  const local = await open({})
  t.match(await local.auth.person({ host: 'localhost' }), { identity: { kind: 'local' } })
  const shared = await open({ token: 'abc' })
  t.match(await shared.auth.agent(bearer('abc')), { identity: { kind: 'shared' } })
  t.match(await shared.auth.person(bearer('x')), { reason: 'wrong_token' })
  await t.rejects(open({ token: 'ä' }), { code: 'invalid' })
})

t.test('with --auth kubernetes the API server says who is who and what they may do', async (t) => {
  const server = await startApiServer()
  t.teardown(() => server.close())
  server.addPod(agentPod)
  const { url, caFile, tokenFile } = server
  const gate = await open({
    auth: 'kubernetes',
    agentServiceAccount: 'sys/agent',
    kubeApiUrl: url,
    kubeCaFile: caFile,
    kubeTokenFile: tokenFile,
  })
  const pod = { ...agentPod, namespace: 'sys' }
  server.addPod(pod)
  const token = server.token({ namespace: 'sys', name: 'agent', audiences: ['mayfly'], pod })
  t.match(await gate.auth.agent(bearer(token)), { identity: { node: 'node-1' } })
  const alice = server.token({ namespace: 'x', name: 'alice', audiences: ['mayfly-api'] })
  const decision = await gate.auth.person(bearer(alice))
  t.match(decision, { identity: { kind: 'person' } })
  if (!decision.allowed) return
  const right = { resource: 'timelines', verb: 'get' } as const
  const permission = await gate.access.permit(decision.identity, right, async () => undefined)
  t.match(permission, { reason: 'no_right' })
  t.equal(gate.counts.reviews.asked, 3)
})

t.test('outside a cluster it says what to give', async (t) => {
  const { KUBERNETES_SERVICE_HOST: host } = process.env
  delete process.env.KUBERNETES_SERVICE_HOST
  t.teardown(() => {
    if (host !== undefined) process.env.KUBERNETES_SERVICE_HOST = host
  })
  await t.rejects(open({ auth: 'kubernetes' }), {
    code: 'missing',
    field: '--kube-api-url',
    message: /does not run in a cluster/,
  })
})
