/** Which controller a pod belongs to, by the name a person knows. Pure. */
import { asArray, asObject, asText, field, type JsonObject } from './json-shape.ts'

export interface Workload {
  readonly workload: string
  /** As kubernetes-mixin writes it (namespace_workload_pod:kube_pod_owner:relabel): lower-case kind. */
  readonly workloadType: string
}

/** What of a pod decides its workload. */
export interface PodIdentity {
  readonly pod: string
  readonly labels: Readonly<Record<string, string>>
  readonly ownerReferences: unknown
  /** From a file or URL on the node instead of the API server. */
  readonly isStatic: boolean
}

const nameCharsMax = 253

const controllerOf = (references: unknown): JsonObject | undefined => {
  const owners = asArray(references).map(asObject)
  return (
    owners.find((owner) => field(owner, 'controller') === true) ?? owners.find((owner) => owner)
  )
}

/** `web-7d9f8c` and the hash `7d9f8c` → `web`; undefined when the name does not end in the hash. */
const withoutHash = (name: string, hash: string | undefined): string | undefined =>
  hash !== undefined && hash !== '' && name.endsWith(`-${hash}`) && name.length > hash.length + 1
    ? name.slice(0, -hash.length - 1)
    : undefined

/**
 * A CronJob names its Jobs `<cronjob>-<scheduled time>`: minutes since 1970 (8 digits until 2160), or seconds (10 digits) before
 * Kubernetes 1.21 (kubernetes:pkg/controller/cronjob/utils.go, getJobName). A Job named so by hand cannot be told apart.
 */
const scheduledJob = /^(.+)-(?:\d{8}|\d{10})$/

/**
 * The workload of a pod. ReplicaSets of Deployments and of Argo Rollouts bear a hash that their pods carry as a label; a pod without
 * an owner is its own workload; owners of unknown kinds keep their name and kind.
 */
export const workloadOf = (identity: PodIdentity): Workload => {
  const { pod, labels } = identity
  const owner = controllerOf(identity.ownerReferences)
  const kind = asText(field(owner, 'kind'), 63)
  const name = asText(field(owner, 'name'), nameCharsMax)
  if (kind === 'Node' || (identity.isStatic && kind === ''))
    return { workload: pod, workloadType: 'staticpod' }
  if (kind === '' || name === '') return { workload: pod, workloadType: 'pod' }
  if (kind === 'ReplicaSet') {
    const deployment = withoutHash(name, labels['pod-template-hash'])
    if (deployment !== undefined) return { workload: deployment, workloadType: 'deployment' }
    const rollout = withoutHash(name, labels['rollouts-pod-template-hash'])
    if (rollout !== undefined) return { workload: rollout, workloadType: 'rollout' }
  }
  if (kind === 'Job') {
    const cronjob = scheduledJob.exec(name)?.[1]
    if (cronjob !== undefined) return { workload: cronjob, workloadType: 'cronjob' }
  }
  return { workload: name, workloadType: kind.toLowerCase() }
}
