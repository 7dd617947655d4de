/**
 * Whose a pod is, exactly: agents guess a workload from names and hashes, the cluster's controllers say it. Pods themselves are
 * not followed, so the pod's own name and labels lead to its controller. Asked by corrections.ts and for pod events.
 */
import type { ContainerNames } from '#proto/event.ts'
import type { Owner } from './objects.ts'

export interface WorkloadName {
  readonly workload: string
  /** Lower-case kind, as agents write it. */
  readonly workloadType: string
}

/** Controllers of pods, by kind as owner references write it. */
export type OwnerKind = 'ReplicaSet' | 'StatefulSet' | 'DaemonSet' | 'Job'

export type FindOwner = (kind: OwnerKind, namespace: string, name: string) => Owner | undefined

/** Five characters that cannot form words (k8s.io/apimachinery/pkg/util/rand). */
const randomSuffix = /^(.+)-[bcdfghjklmnpqrstvwxz2456789]{5}$/
/** Of a StatefulSet: `db-0`. */
const ordinalSuffix = /^(.+)-\d+$/
/** Of an indexed Job: `train-3-x7k2p`. */
const indexedSuffix = /^(.+)-\d+-[bcdfghjklmnpqrstvwxz2456789]{5}$/

/**
 * The workload that a controller stands for: a ReplicaSet's and a Job's own controller, where they have one. Not further up:
 * who runs a Deployment through an operator still knows it by the Deployment's name.
 */
const workloadOf = (kind: OwnerKind, owner: Owner): WorkloadName => {
  const { controller, metadata } = owner
  const climbs = kind === 'ReplicaSet' || kind === 'Job'
  return climbs && controller !== undefined
    ? { workload: controller.name, workloadType: controller.kind.toLowerCase() }
    : { workload: metadata.name, workloadType: kind.toLowerCase() }
}

/** Which controllers a pod of this name can have, the likeliest first. */
const candidates = (pod: string): readonly (readonly [OwnerKind, string])[] => {
  const found: (readonly [OwnerKind, string])[] = []
  const random = randomSuffix.exec(pod)?.[1]
  const indexed = indexedSuffix.exec(pod)?.[1]
  const ordinal = ordinalSuffix.exec(pod)?.[1]
  if (random !== undefined)
    found.push(['ReplicaSet', random], ['DaemonSet', random], ['Job', random])
  if (indexed !== undefined) found.push(['Job', indexed])
  if (ordinal !== undefined) found.push(['StatefulSet', ordinal])
  return found
}

/** The workload of a pod by its name alone; undefined where no controller with a fitting name is known. */
export const workloadOfPod = (
  find: FindOwner,
  namespace: string,
  pod: string,
): WorkloadName | undefined => {
  for (const [kind, name] of candidates(pod)) {
    const owner = find(kind, namespace, name)
    if (owner !== undefined) return workloadOf(kind, owner)
  }
  return undefined
}

/** The controller that an agent has guessed through; undefined for kinds that it names as they are. */
export const guessedOwner = ({
  pod,
  labels,
}: Pick<ContainerNames, 'pod' | 'labels'>): readonly [OwnerKind, string] | undefined => {
  const job = labels['batch.kubernetes.io/job-name'] ?? labels['job-name']
  // Whoever makes a pod chooses its labels; the name of a Job's pod begins with the Job's.
  if (job !== undefined && pod.startsWith(`${job}-`)) return ['Job', job]
  const isHashed = 'pod-template-hash' in labels || 'rollouts-pod-template-hash' in labels
  const set = randomSuffix.exec(pod)?.[1]
  return isHashed && set !== undefined ? ['ReplicaSet', set] : undefined
}

/** The exact workload of a container whose names an agent told; undefined while its controller is not known. */
export const exactWorkload = (
  find: FindOwner,
  names: Pick<ContainerNames, 'namespace' | 'pod' | 'labels'>,
): WorkloadName | undefined => {
  const guessed = guessedOwner(names)
  if (guessed === undefined) return undefined
  const [kind, name] = guessed
  const owner = find(kind, names.namespace, name)
  return owner === undefined ? undefined : workloadOf(kind, owner)
}
