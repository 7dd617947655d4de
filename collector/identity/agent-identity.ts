/**
 * Which node a reviewed token speaks for. Kubernetes names the node in the token from 1.30 on; before, the pod that the
 * token is bound to is looked up. A token that is bound to neither speaks for nobody. Called by kubernetes-auth.ts.
 */
import { parseServiceAccount } from './claims.ts'
import { type AgentIdentity, type AuthDecision, refused } from './identity.ts'
import type { PodPlace, ReviewedUser } from './reviews.ts'

/** Keys of UserInfo.extra, as the API server's ServiceAccount authenticator sets them. */
const extraKeys = {
  node: 'authentication.kubernetes.io/node-name',
  pod: 'authentication.kubernetes.io/pod-name',
  podUid: 'authentication.kubernetes.io/pod-uid',
} as const

export interface AgentRules {
  /** Whose tokens are an agent's: `namespace/name`. */
  readonly serviceAccount: string
  readonly podPlace: (namespace: string, name: string) => Promise<PodPlace | undefined>
}

/** Rejects with KubeError when the pod cannot be looked up. */
export const agentOf = async (
  { username, extra }: ReviewedUser,
  expiresMs: number | undefined,
  { serviceAccount, podPlace }: AgentRules,
): Promise<AuthDecision<AgentIdentity>> => {
  const account = parseServiceAccount(username)
  if (account === undefined || `${account.namespace}/${account.name}` !== serviceAccount) {
    const message = `this token is of ${username.slice(0, 200)}, and agents run as the ServiceAccount ${serviceAccount} (--agent-service-account)`
    return refused('other_service_account', message)
  }
  const value = (key: keyof typeof extraKeys): string => {
    const values = extra[extraKeys[key]] ?? []
    // More than one value would leave a choice to whoever made the token.
    return values.length === 1 ? (values[0] ?? '') : ''
  }
  const [node, pod, podUid] = [value('node'), value('pod'), value('podUid')]
  const identity = (name: string): AuthDecision<AgentIdentity> => ({
    allowed: true,
    identity: { kind: 'agent', node: name, podUid, serviceAccount, expiresMs },
  })
  if (node !== '') return identity(node)
  if (pod === '' || podUid === '') {
    const message =
      'this token is bound to no pod, so it speaks for no node: mount a projected token into the agent’s pod, tokens of "kubectl create token" do not do'
    return refused('no_node', message)
  }
  const place = await podPlace(account.namespace, pod)
  if (place === undefined || place.uid !== podUid) {
    const what = place === undefined ? 'is gone' : 'has been replaced by another of that name'
    return refused('no_node', `the pod ${account.namespace}/${pod} of this token ${what}`)
  }
  if (place.nodeName === '')
    return refused('no_node', `the pod ${account.namespace}/${pod} of this token is on no node yet`)
  return identity(place.nodeName)
}

/**
 * What stands against an agent that calls itself so; undefined when nothing does. The name is a part of the proof: under
 * another one's name it could take over that agent's connection and answer for its sequence.
 */
export const contradiction = (
  { node, serviceAccount }: AgentIdentity,
  hello: { readonly agent: string; readonly node: string },
): string | undefined => {
  if (hello.node !== node) {
    return `the token of this agent belongs to node ${node}, and it calls its node ${hello.node}: set --node from spec.nodeName`
  }
  if (hello.agent !== node) {
    return `the agent on node ${node} calls itself ${hello.agent}: with --auth kubernetes an agent (${serviceAccount}) bears its node’s name, leave out --agent-id`
  }
  return undefined
}
