/** The sets of values with which the chart is rendered: as it comes, with everything on, and with everything off. */
import type { Values } from './chart.ts'

export const valueSets: Readonly<Record<'default' | 'everything' | 'least', Values>> = {
  default: {},
  everything: {
    commonLabels: { team: 'platform' },
    namespace: { create: true },
    images: { registry: 'registry.example/team', tag: '1.2.3', pullSecrets: ['registry'] },
    agent: {
      image: { digest: `sha256:${'0'.repeat(63)}1` },
      source: 'ebpf',
      host: true,
      ringSize: '64MiB',
      procPath: '/procHost',
      runtimes: ['containerd', 'crio', 'k3s', 'k0s', 'microk8s', 'docker'],
      redaction: {
        rules: {
          extraFlags: ['--pin'],
          extraPatterns: [{ name: 'badge', pattern: 'BADGE-[0-9]{4,8}' }],
        },
      },
      seccompProfile: { type: 'Localhost', localhostProfile: 'profiles/mayfly-agent.json' },
      appArmorProfile: { type: 'Localhost', localhostProfile: 'mayfly-agent' },
      seLinuxOptions: { type: 'spc_t' },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'virtual', operator: 'DoesNotExist' }] },
            ],
          },
        },
      },
      podAnnotations: { 'example.test/a': 'b' },
      podLabels: { tier: 'node' },
    },
    kubelet: { certificate: '/var/lib/kubelet/pki/kubelet.crt', legacyNodesProxy: true },
    collector: {
      context: { enabled: true },
      detection: {
        rules: {
          own: {
            exceptions: [
              {
                rule: 'MF0205',
                name: 'the installer',
                workload: 'installer',
                image: 'registry.example/*',
              },
            ],
            builders: [{ name: 'builds', namespace: 'ci' }],
            statistics: { 'scan.addresses': 50 },
          },
        },
        trustedRegistries: ['registry.example/team', 'registry.k8s.io'],
      },
      storeUrl: { secretName: 'clickhouse' },
      persistence: { storageClassName: 'fast' },
      service: { annotations: { 'example.test/a': 'b' } },
      priorityClassName: 'high',
      tolerations: [{ key: 'storage', operator: 'Exists' }],
      podAnnotations: { 'example.test/a': 'b' },
      podLabels: { tier: 'store' },
    },
    tls: { source: 'certManager', extraNames: ['mayfly.example.test'] },
    rbac: { aggregateToView: true },
    networkPolicy: {
      apiFrom: [{ podSelector: { matchLabels: { app: 'console' } } }],
      collectorEgress: [
        { to: [{ podSelector: { matchLabels: { app: 'clickhouse' } } }], ports: [{ port: 8123 }] },
      ],
    },
    metrics: {
      serviceMonitor: { create: true, labels: { release: 'prometheus' } },
      podMonitor: { create: true, labels: { release: 'prometheus' } },
      prometheusRule: { create: true, labels: { release: 'prometheus' } },
      externalUrl: 'https://mayfly.example.test',
      grafanaDashboards: { create: true, annotations: { grafana_folder: 'Mayfly' } },
    },
  },
  least: {
    ipFamily: 'IPv6',
    agent: {
      source: 'procfs',
      dns: false,
      runtimes: [],
      redaction: { enabled: false },
      appArmorProfile: { type: 'RuntimeDefault' },
      priorityClass: { name: 'system-node-critical' },
      tolerations: [],
    },
    kubelet: { insecureTls: true },
    collector: { podDisruptionBudget: { create: false }, context: { enabled: false } },
    tls: { source: 'existing' },
    rbac: { createPeopleRoles: false },
    networkPolicy: { create: false },
  },
}
