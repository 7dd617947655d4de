/** Pods in the shape a real kubelet lists them, with all that comes along: managedFields, volumes, probes, conditions. */

export interface PodContainer {
  readonly name: string
  readonly image?: string
  /** With scheme (`containerd://…`), or bare for containerd; absent while the kubelet does not know it yet. */
  readonly id?: string
  /** Of the instance before a restart. */
  readonly previousId?: string
  readonly imageId?: string
  /** For init containers: `Always` makes a sidecar. */
  readonly restartPolicy?: string
  /** True when it has ended. */
  readonly terminated?: boolean
  /** How it ended, or its previous instance; `Completed` with 0 by default. */
  readonly end?: {
    readonly reason: string
    readonly exitCode: number
    readonly finishedAt?: string
  }
}

export interface PodOptions {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly owner?: { readonly kind: string; readonly name: string; readonly apiVersion?: string }
  readonly containers: readonly PodContainer[]
  readonly initContainers?: readonly PodContainer[]
  readonly ephemeralContainers?: readonly PodContainer[]
  /** Of a pod on the host's network the node's, if left out. */
  readonly podIps?: readonly string[]
  readonly nodeName?: string
  /** Addresses of the node; empty while the kubelet has not told any. */
  readonly hostIps?: readonly string[]
  readonly hostNetwork?: boolean
  /** False: admission mounts no ServiceAccount token. */
  readonly automountServiceAccountToken?: boolean
}

const time = '2026-01-05T08:00:00Z'

const withScheme = (id: string): string => (id.includes('://') ? id : `containerd://${id}`)

const spec = (container: PodContainer, hasToken: boolean): object => ({
  name: container.name,
  image: container.image ?? `registry.example/${container.name}:1.4.2`,
  ...(container.restartPolicy === undefined ? {} : { restartPolicy: container.restartPolicy }),
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: [
    { name: 'POD_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } },
  ],
  resources: { limits: { memory: '128Mi' }, requests: { cpu: '50m', memory: '64Mi' } },
  ...(hasToken ? { volumeMounts: [mount] } : {}),
  livenessProbe: {
    exec: { command: ['/bin/true'] },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
})

const terminated = (id: string, end: PodContainer['end']): object => ({
  terminated: {
    exitCode: end?.exitCode ?? 0,
    reason: end?.reason ?? 'Completed',
    startedAt: time,
    finishedAt: end?.finishedAt ?? time,
    containerID: id,
  },
})

const status = (container: PodContainer): object => {
  const id = container.id === undefined ? undefined : withScheme(container.id)
  const running = id !== undefined && container.terminated !== true
  return {
    name: container.name,
    state:
      id === undefined
        ? { waiting: { reason: 'ContainerCreating' } }
        : running
          ? { running: { startedAt: time } }
          : terminated(id, container.end),
    lastState:
      container.previousId === undefined
        ? {}
        : terminated(withScheme(container.previousId), container.end),
    ready: running,
    restartCount: container.previousId === undefined ? 0 : 1,
    image: container.image ?? `registry.example/${container.name}:1.4.2`,
    imageID: container.imageId ?? `registry.example/${container.name}@sha256:${'ab'.repeat(32)}`,
    ...(id === undefined ? {} : { containerID: id }),
    started: running,
  }
}

const mount = {
  name: 'kube-api-access-x7k2p',
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
}

const volume = {
  name: 'kube-api-access-x7k2p',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    ],
    defaultMode: 420,
  },
}

const managedFields = [
  {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': { 'f:containers': {} },
    },
  },
  {
    manager: 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    time,
    fieldsType: 'FieldsV1',
    subresource: 'status',
  },
]

/** As the status has addresses: the first in a field of its own, and a list of all. */
const addresses = (of: 'pod' | 'host', ips: readonly string[]): object =>
  ips.length === 0 ? {} : { [`${of}IP`]: ips[0], [`${of}IPs`]: ips.map((ip) => ({ ip })) }

const defaultHostIps = ['192.0.2.10']

const podIpsOf = ({ podIps, hostIps = defaultHostIps, hostNetwork }: PodOptions) =>
  podIps ?? (hostNetwork === true ? hostIps : ['10.244.1.7'])

const hasTokenOf = ({ automountServiceAccountToken }: PodOptions): boolean =>
  automountServiceAccountToken !== false

const specsOf = (containers: readonly PodContainer[], options: PodOptions): readonly object[] =>
  containers.map((container) => spec(container, hasTokenOf(options)))

/** One item of the list. */
export const makePod = (options: PodOptions): object => ({
  metadata: {
    name: options.name,
    namespace: options.namespace ?? 'default',
    uid: options.uid,
    resourceVersion: '48213',
    creationTimestamp: time,
    labels: options.labels ?? { app: options.name },
    annotations: {
      'kubernetes.io/config.seen': time,
      'kubernetes.io/config.source': 'api',
      ...options.annotations,
    },
    ...(options.owner === undefined
      ? {}
      : {
          ownerReferences: [
            {
              apiVersion: options.owner.apiVersion ?? 'apps/v1',
              kind: options.owner.kind,
              name: options.owner.name,
              uid: '5a0f1d2e-3b4c-4d5e-8f6a-7b8c9d0e1f2a',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        }),
    managedFields,
  },
  spec: {
    ...(hasTokenOf(options) ? { volumes: [volume] } : { automountServiceAccountToken: false }),
    ...(options.initContainers === undefined
      ? {}
      : { initContainers: specsOf(options.initContainers, options) }),
    containers: specsOf(options.containers, options),
    ...(options.ephemeralContainers === undefined
      ? {}
      : { ephemeralContainers: specsOf(options.ephemeralContainers, options) }),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    nodeName: options.nodeName ?? 'node-1',
    ...(options.hostNetwork === true ? { hostNetwork: true } : {}),
    securityContext: {},
    schedulerName: 'default-scheduler',
    tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' }],
    priority: 0,
    enableServiceLinks: true,
  },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'True', lastProbeTime: null, lastTransitionTime: time },
      { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: time },
    ],
    ...addresses('host', options.hostIps ?? defaultHostIps),
    ...addresses('pod', podIpsOf(options)),
    startTime: time,
    ...(options.initContainers === undefined
      ? {}
      : { initContainerStatuses: options.initContainers.map(status) }),
    containerStatuses: options.containers.map(status),
    ...(options.ephemeralContainers === undefined
      ? {}
      : { ephemeralContainerStatuses: options.ephemeralContainers.map(status) }),
    qosClass: 'Burstable',
  },
})
