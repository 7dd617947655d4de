/**
 * Kubernetes objects as the chart renders them: the fields that the tests look at, each declared where some kind has it. What an
 * object does not have is undefined whatever the type says, and then fails the test that looks.
 */

import type { PodContainer, PodSpec, SecurityContext } from './pod-security.ts'

export type Texts = Readonly<Record<string, string>>

export interface Mount {
  readonly name: string
  readonly mountPath: string
  readonly readOnly?: boolean
  readonly recursiveReadOnly?: string
  readonly mountPropagation?: string
}

export interface VolumeSource {
  readonly serviceAccountToken?: object
  readonly secret?: { readonly name: string }
  readonly configMap?: { readonly name: string }
}

export type Volume = {
  readonly name: string
  readonly hostPath?: { readonly path: string; readonly type: string }
  readonly secret?: { readonly secretName: string }
  readonly configMap?: { readonly name: string }
  readonly projected?: { readonly sources: readonly VolumeSource[] }
}

export interface Variable {
  readonly name: string
  readonly valueFrom: { readonly secretKeyRef?: { readonly name: string; readonly key: string } }
}

/** A type, not an interface: also one of any fields. */
export type Probe = { readonly httpGet: { readonly port: string } }

export interface Container extends PodContainer {
  readonly args: readonly string[]
  readonly env?: readonly Variable[]
  readonly ports: readonly {
    readonly name: string
    readonly containerPort: number
    readonly hostPort?: number
  }[]
  readonly resources: { readonly limits: { readonly cpu?: string; readonly memory?: string } }
  readonly securityContext: SecurityContext & {
    readonly allowPrivilegeEscalation: boolean
    readonly readOnlyRootFilesystem: boolean
    readonly capabilities: { readonly add?: readonly string[]; readonly drop: readonly string[] }
  }
  readonly volumeMounts: readonly Mount[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}

/** Also a PodSpec of pod-security.ts, which looks at more. */
export interface Pod extends PodSpec {
  readonly containers: readonly [Container, ...Container[]]
  readonly volumes: readonly Volume[]
  readonly serviceAccountName: string
  readonly priorityClassName?: string
  readonly imagePullSecrets?: readonly { readonly name: string }[]
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Texts }
  readonly spec: Pod
}

export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

export interface Reference {
  readonly kind: string
  readonly name: string
}

export interface PolicyRule {
  readonly ports: readonly { readonly port: number }[]
}

export interface LabelSelector {
  readonly matchLabels: Texts
}

/** Of workloads, Services, NetworkPolicies, PodDisruptionBudgets, monitors and Certificates. */
export interface Spec {
  readonly template: PodTemplate
  readonly replicas?: number
  readonly serviceName?: string
  readonly persistentVolumeClaimRetentionPolicy: { readonly whenDeleted: string }
  /** Of a Service; of others see selectorOf. */
  readonly selector?: Texts | LabelSelector
  readonly podSelector?: LabelSelector
  readonly ports: readonly { readonly port: number; readonly targetPort: string }[]
  readonly ingress: readonly PolicyRule[]
  readonly secretName: string
  readonly dnsNames: readonly string[]
  readonly issuerRef: Reference
}

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Texts }
  readonly spec: Spec
  readonly type?: string
  readonly data: Texts
  readonly rules: readonly Rule[]
  readonly roleRef?: Reference
  readonly subjects?: readonly Reference[]
}
