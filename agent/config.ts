/** Every setting of the agent, in one table: flags, environment names, help and checks are derived from it. */
import { ConfigError, type ConfigOf, type Fields } from '#base/config.ts'
import { logLevels } from '#base/log.ts'
import { parseKubeletUrl } from './containers/kubelet-client.ts'

const checkKubeletUrl = (text: string): string | undefined => {
  try {
    parseKubeletUrl(text)
    return undefined
  } catch {
    return 'write scheme, host and port only, such as https://10.0.0.7:10250 or https://[fd00::7]:10250'
  }
}

export const agentFields = {
  dataDir: {
    flag: '--data-dir',
    kind: 'path',
    default: './mayfly-data',
    help: 'Directory for the spool (below it, agent/)',
  },
  collector: {
    flag: '--collector',
    kind: 'url',
    default: 'http://127.0.0.1:7070',
    help: 'Where to send events; https:// for TLS',
  },
  collectorCa: {
    flag: '--collector-ca',
    kind: 'path',
    help: 'PEM file with the authority that signed the collector certificate',
  },
  token: { flag: '--token', kind: 'string', secret: true, help: 'Shared token for the collector' },
  tokenFile: {
    flag: '--token-file',
    kind: 'path',
    help: 'File with the token for the collector, read again at each connection',
  },
  metricsListen: {
    flag: '--metrics-listen',
    kind: 'listenOrOff',
    default: '127.0.0.1:7072',
    help: 'Where to serve /metrics, /healthz and /readyz',
  },
  node: {
    flag: '--node',
    kind: 'string',
    help: 'Name of this node; in a cluster spec.nodeName (the host name otherwise)',
  },
  agentId: {
    flag: '--agent-id',
    kind: 'string',
    help: 'Identity in the sequence; unique over all agents of a collector (the node name otherwise)',
  },
  source: {
    flag: '--source',
    kind: 'choice',
    choices: ['auto', 'ebpf', 'procfs'],
    default: 'auto',
    help: 'How to capture: auto takes eBPF and falls back to /proc, ebpf insists, procfs only samples',
  },
  host: {
    flag: '--host',
    kind: 'choice',
    choices: ['on', 'off'],
    default: 'off',
    help: 'Also record processes outside containers, as the container "host"',
  },
  dns: {
    flag: '--dns',
    kind: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    help: 'Capture DNS and UDP; needs CAP_NET_ADMIN and the root of cgroup v2, a change attaches the probe anew',
  },
  procRoot: {
    flag: '--proc-root',
    kind: 'path',
    default: '/proc',
    help: 'Where the host /proc is',
  },
  cgroupRoot: {
    flag: '--cgroup-root',
    kind: 'path',
    default: '/sys/fs/cgroup',
    help: 'Where the host cgroup file systems are',
  },
  hostRoot: {
    flag: '--host-root',
    kind: 'path',
    default: '/',
    help: 'Prefix under which the container runtimes’ state directories of the host are mounted',
  },
  bpffs: {
    flag: '--bpffs',
    kind: 'path',
    default: '/sys/fs/bpf',
    help: 'bpf file system for pins that survive the agent',
  },
  ringSize: {
    flag: '--ring-size',
    kind: 'bytes',
    default: '16MiB',
    min: 65_536,
    max: 1 << 30,
    check: (value: number) =>
      Number.isInteger(Math.log2(value)) ? undefined : 'write a power of two, such as 16MiB',
    help: 'Size of the kernel ring; a change attaches the probe anew',
  },
  drainInterval: {
    flag: '--drain-interval',
    kind: 'duration',
    default: '25ms',
    min: 1,
    max: 1000,
    help: 'How often the ring is emptied',
  },
  spoolSize: {
    flag: '--spool-size',
    kind: 'bytes',
    default: '256MiB',
    min: 1 << 20,
    help: 'Most bytes kept on disk while the collector is away; what falls off becomes a gap',
  },
  spoolAge: {
    flag: '--spool-age',
    kind: 'duration',
    default: '7d',
    min: 60_000,
    help: 'How long events are kept for a collector that is away; what is older becomes a gap',
  },
  syncInterval: {
    flag: '--sync-interval',
    kind: 'duration',
    default: '200ms',
    min: 10,
    max: 60_000,
    help: 'How often the spool is synced to disk: what a power cut may cost; the death of the agent costs nothing',
  },
  kubeletUrl: {
    flag: '--kubelet-url',
    // Not as a URL, which would drop a port 443 that somebody wrote and refuse the bare IPv6 address of the downward API.
    kind: 'string',
    check: checkKubeletUrl,
    help: 'The kubelet of this node, such as https://10.0.0.7:10250; names come only from the runtime without it',
  },
  kubeletTokenFile: {
    flag: '--kubelet-token-file',
    kind: 'path',
    default: '/var/run/secrets/kubernetes.io/serviceaccount/token',
    help: 'ServiceAccount token for the kubelet, read again when it rotates',
  },
  kubeletCa: {
    flag: '--kubelet-ca',
    kind: 'path',
    default: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    help: 'Authority that signs kubelet certificates',
  },
  kubeletCertificate: {
    flag: '--kubelet-certificate',
    kind: 'path',
    help: 'The kubelet’s own serving certificate of this node (kubelet.crt), trusted exactly',
  },
  kubeletInsecureTls: {
    flag: '--kubelet-insecure-tls',
    kind: 'bool',
    help: 'Do not verify the kubelet’s certificate',
  },
  redaction: {
    flag: '--redaction',
    kind: 'choice',
    choices: ['on', 'off'],
    default: 'on',
    help: 'Replace secrets in argv before anything is written',
  },
  redactionConfig: {
    flag: '--redaction-config',
    kind: 'path',
    help: 'YAML file with additional redaction rules',
  },
  logLevel: {
    flag: '--log-level',
    kind: 'choice',
    choices: logLevels,
    default: 'info',
    help: 'Least severe log line written',
  },
} as const satisfies Fields

export type AgentConfig = ConfigOf<typeof agentFields>

/**
 * Checks what no single field can.
 * @throws ConfigError with the pair that contradicts itself.
 */
export const checkAgentConfig = (config: AgentConfig): void => {
  if (config.token !== undefined && config.tokenFile !== undefined) {
    throw new ConfigError(
      'conflict',
      '--token',
      undefined,
      'give --token or --token-file, not both',
    )
  }
  if (config.kubeletInsecureTls && config.kubeletCertificate !== undefined) {
    throw new ConfigError(
      'conflict',
      '--kubelet-insecure-tls',
      undefined,
      'leave it out: --kubelet-certificate already says whom to trust',
    )
  }
}
