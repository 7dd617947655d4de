/**
 * The checks of Kubernetes' Pod Security Standards at level "restricted" (which contain those of "baseline"), as the page of that
 * name lists them: https://kubernetes.io/docs/concepts/security/pod-security-standards/. Linux pods only.
 */

type Fields = Readonly<Record<string, unknown>>

export interface SecurityContext {
  readonly privileged?: boolean
  readonly allowPrivilegeEscalation?: boolean
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly procMount?: string
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] }
  readonly seccompProfile?: { readonly type?: string }
  readonly appArmorProfile?: { readonly type?: string }
  readonly seLinuxOptions?: {
    readonly type?: string
    readonly user?: string
    readonly role?: string
  }
  readonly sysctls?: readonly { readonly name: string }[]
}

export interface PodContainer {
  readonly name: string
  readonly securityContext?: SecurityContext
  readonly ports?: readonly { readonly hostPort?: number }[]
  readonly livenessProbe?: Fields
  readonly readinessProbe?: Fields
  readonly startupProbe?: Fields
}

export interface PodSpec {
  readonly hostNetwork?: boolean
  readonly hostPID?: boolean
  readonly hostIPC?: boolean
  readonly securityContext?: SecurityContext
  readonly volumes?: readonly Fields[]
  readonly containers: readonly PodContainer[]
  readonly initContainers?: readonly PodContainer[]
  readonly ephemeralContainers?: readonly PodContainer[]
}

const volumeTypes = new Set([
  ...['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim'],
  ...['projected', 'secret'],
])
const safeSysctls = new Set([
  ...[
    'kernel.shm_rmid_forced',
    'net.ipv4.ip_local_port_range',
    'net.ipv4.ip_unprivileged_port_start',
  ],
  ...['net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_local_reserved_ports'],
  ...['net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl'],
  ...['net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'],
])
const seLinuxTypes = new Set([
  ...['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'],
])

/** What both a pod and a container may set wrongly. */
const contextViolations = (context: SecurityContext = {}): string[] => {
  const { seccompProfile, appArmorProfile, seLinuxOptions } = context
  return [
    ...(context.runAsUser === 0 ? ['runAsUser 0'] : []),
    ...(seccompProfile?.type === 'Unconfined' ? ['seccomp Unconfined'] : []),
    ...(appArmorProfile?.type === 'Unconfined' ? ['AppArmor Unconfined'] : []),
    ...(seLinuxTypes.has(seLinuxOptions?.type ?? '') ? [] : ['seLinuxOptions.type']),
    ...(seLinuxOptions?.user || seLinuxOptions?.role ? ['seLinuxOptions.user or role'] : []),
    ...(context.sysctls ?? [])
      .filter(({ name }) => !safeSysctls.has(name))
      .map(({ name }) => `sysctl ${name}`),
  ]
}

/** True when a handler of a probe names a host of its own (1.34 and later forbid it). */
const namesHost = (probe: Fields | undefined): boolean =>
  ['httpGet', 'tcpSocket'].some((kind) => (probe?.[kind] as Fields | undefined)?.host !== undefined)

const containerViolations = (container: PodContainer, pod: SecurityContext): string[] => {
  const { securityContext: own = {}, ports = [] } = container
  const { add = [], drop = [] } = own.capabilities ?? {}
  const added = add.filter((name) => name !== 'NET_BIND_SERVICE')
  const probes = [container.livenessProbe, container.readinessProbe, container.startupProbe]
  return [
    ...contextViolations(own),
    ...(own.privileged ? ['privileged'] : []),
    ...(own.allowPrivilegeEscalation === false ? [] : ['allowPrivilegeEscalation']),
    ...((own.runAsNonRoot ?? pod.runAsNonRoot) ? [] : ['runAsNonRoot']),
    ...(drop.includes('ALL') ? [] : ['capabilities not dropped']),
    ...added.map((name) => `capability ${name}`),
    ...((own.seccompProfile ?? pod.seccompProfile)?.type ? [] : ['no seccomp profile']),
    ...((own.procMount ?? 'Default') === 'Default' ? [] : ['procMount']),
    ...(ports.some(({ hostPort }) => hostPort) ? ['hostPort'] : []),
    ...(probes.some(namesHost) ? ['a probe of another host'] : []),
  ].map((what) => `${container.name}: ${what}`)
}

/** What keeps a pod out of a namespace at level "restricted"; empty when nothing does. */
export const restrictedViolations = (spec: PodSpec): readonly string[] => {
  const pod = spec.securityContext ?? {}
  const containers = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]
  return [
    ...(spec.hostNetwork ? ['hostNetwork'] : []),
    ...(spec.hostPID ? ['hostPID'] : []),
    ...(spec.hostIPC ? ['hostIPC'] : []),
    ...contextViolations(pod),
    ...(spec.volumes ?? []).flatMap((volume) =>
      Object.keys(volume)
        .filter((type) => type !== 'name' && !volumeTypes.has(type))
        .map((type) => `volume ${volume.name}: ${type}`),
    ),
    ...containers.flatMap((container) => containerViolations(container, pod)),
  ]
}
