import t from 'tap'
import { agentOf, contradiction } from '#collector/identity/agent-identity.ts'
import { KubeError } from '#collector/kube/kube-error.ts'

const key = (name: string) => `authentication.kubernetes.io/${name}`
const user = (extra: Readonly<Record<string, readonly string[]>>, username?: string) => ({
  username: username ?? 'system:serviceaccount:mayfly:mayfly-agent',
  uid: 'u',
  groups: [],
  extra,
})
const pod = { [key('pod-name')]: ['p'], [key('pod-uid')]: ['uid-1'] }

const look = (
  who: ReturnType<typeof user>,
  place: { uid: string; nodeName: string } | undefined = undefined,
) => {
  const asked: string[] = []
  const decision = agentOf(who, 7, {
    serviceAccount: 'mayfly/mayfly-agent',
    podPlace: async (namespace, name) => {
      asked.push(`${namespace}/${name}`)
      return place
    },
  })
  return decision.then((made) => ({ asked, made }))
}

t.test('the node in the token is the node, and nobody is asked', async (t) => {
  const { asked, made } = await look(user({ ...pod, [key('node-name')]: ['node-1'] }))
  t.strictSame(made, {
    allowed: true,
    identity: {
      kind: 'agent',
      node: 'node-1',
      podUid: 'uid-1',
      serviceAccount: 'mayfly/mayfly-agent',
      expiresMs: 7,
    },
  })
  t.strictSame(asked, [])
})

t.test('without it the pod tells, if it is that very pod', async (t) => {
  const here = await look(user(pod), { uid: 'uid-1', nodeName: 'node-9' })
  t.match(here, { asked: ['mayfly/p'], made: { identity: { node: 'node-9' } } })
  t.match((await look(user(pod), { uid: 'uid-2', nodeName: 'node-9' })).made, { reason: 'no_node' })
  t.match((await look(user(pod), { uid: 'uid-1', nodeName: '' })).made, { reason: 'no_node' })
  t.match((await look(user(pod))).made, { reason: 'no_node' })
})

for (const [name, extra] of [
  ['no extra at all', {}],
  ['a pod without its uid', { [key('pod-name')]: ['p'] }],
  ['a uid without a pod', { [key('pod-uid')]: ['u'] }],
  ['two nodes', { [key('node-name')]: ['node-1', 'node-2'] }],
  ['an empty node', { [key('node-name')]: [''] }],
  ['a node under another key', { 'example.com/node-name': ['node-1'] }],
] as const) {
  t.test(`${name} names no node`, async (t) => {
    const { asked, made } = await look(user(extra), { uid: 'u', nodeName: 'node-1' })
    t.match(made, { reason: 'no_node' })
    t.strictSame(asked, [])
  })
}

for (const username of [
  'system:serviceaccount:mayfly:mayfly-agent2',
  'system:serviceaccount:other:mayfly-agent',
  'system:serviceaccount:mayfly/mayfly-agent',
  'mayfly/mayfly-agent',
  'system:node:node-1',
  'system:admin',
]) {
  t.test(`${username} is no agent`, async (t) => {
    const { made } = await look(user({ [key('node-name')]: ['node-1'] }, username))
    t.match(made, { reason: 'other_service_account' })
  })
}

t.test('a pod that cannot be looked up decides nothing', async (t) => {
  const rules = {
    serviceAccount: 'mayfly/mayfly-agent',
    podPlace: () => Promise.reject(new KubeError('failed', 'ill')),
  }
  await t.rejects(agentOf(user(pod), undefined, rules), { code: 'failed' })
})

t.test('an agent speaks for its node and under its name', async (t) => {
  const identity = {
    kind: 'agent',
    node: 'node-1',
    podUid: 'u',
    serviceAccount: 'a/b',
    expiresMs: undefined,
  } as const
  t.equal(contradiction(identity, { agent: 'node-1', node: 'node-1' }), undefined)
  for (const hello of [
    { agent: 'node-2', node: 'node-2' },
    { agent: 'node-1', node: 'node-2' },
    { agent: 'node-1', node: '' },
    { agent: 'node-1', node: 'Node-1' },
    { agent: 'node-2', node: 'node-1' },
  ]) {
    t.match(contradiction(identity, hello), /node-1/, JSON.stringify(hello))
  }
})
