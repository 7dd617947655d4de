/** Every setting of the collector, in one table: flags, environment names, help and checks are derived from it. */
import { ConfigError, type ConfigOf, type Environment, type Fields } from '#base/config.ts'
import { logLevels } from '#base/log.ts'
import { isLoopback, type Listen, parseInteger } from '#base/values.ts'
import type { Endpoint } from '#proto/event.ts'
import { parseAddress } from './store/addresses.ts'

const dayMs = 86_400_000

/** One address of one host: no name, and not `::`, which an empty host reads as. */
const isHostAddress = (host: string): boolean => {
  const value = parseAddress(host)?.text
  return value !== undefined && value !== '::' && value !== '0.0.0.0'
}

export const collectorFields = {
  dataDir: {
    flag: '--data-dir',
    kind: 'path',
    default: './mayfly-data',
    help: 'Directory for the embedded store (below it, store/)',
  },
  listen: {
    flag: '--listen',
    kind: 'listen',
    default: '127.0.0.1:7070',
    help: 'Where agents and the API are served; beyond loopback a token is required',
  },
  metricsListen: {
    flag: '--metrics-listen',
    kind: 'listenOrOff',
    default: '127.0.0.1:7071',
    help: 'Where to serve /metrics, /healthz and /readyz',
  },
  token: {
    flag: '--token',
    kind: 'string',
    secret: true,
    help: 'Shared token that agents and clients show; others on this machine can read it in the process list',
  },
  tokenFile: {
    flag: '--token-file',
    kind: 'path',
    help: 'File with that token, read at start',
  },
  tlsCert: {
    flag: '--tls-cert',
    kind: 'path',
    help: 'PEM file with the certificate (and its chain) to serve agents and the API by TLS, taken anew when it changes',
  },
  tlsKey: {
    flag: '--tls-key',
    kind: 'path',
    help: 'PEM file with the key of that certificate',
  },
  rules: {
    flag: '--rules',
    kind: 'path',
    help: 'Directory with rules of yours, beside those that come with Mayfly; taken anew when a file changes',
  },
  trustedRegistry: {
    flag: '--trusted-registry',
    kind: 'list',
    help: 'How names of images begin that you trust, such as registry.example.com/team; others are a finding. All are trusted if left out',
  },
  insecureListen: {
    flag: '--insecure-listen',
    kind: 'bool',
    help: 'Serve beyond loopback without TLS, so that tokens and what they open can be read on the way: only where something in front of it ends TLS',
  },
  auth: {
    flag: '--auth',
    kind: 'choice',
    choices: ['token', 'kubernetes'],
    default: 'token',
    help: 'Who agents and people are: holders of one shared token, or whoever the cluster’s API server says',
  },
  agentServiceAccount: {
    flag: '--agent-service-account',
    kind: 'string',
    default: 'mayfly/mayfly-agent',
    check: (value: string) =>
      /^[a-z0-9-]+\/[a-z0-9.-]+$/.test(value)
        ? undefined
        : 'write namespace/name, such as mayfly/mayfly-agent',
    help: 'ServiceAccount that agents run as, with --auth kubernetes',
  },
  authGrace: {
    flag: '--auth-grace',
    kind: 'duration',
    default: '10m',
    max: dayMs,
    help: 'How long known tokens go on while the API server cannot be asked, and connections after their token has ended',
  },
  clusterContext: {
    flag: '--cluster-context',
    kind: 'bool',
    help: 'Follow what the cluster is made of: controllers, Services, Nodes, NetworkPolicies and events of pods (docs/cluster.md)',
  },
  kubeApiUrl: {
    flag: '--kube-api-url',
    kind: 'url',
    check: (value: string) =>
      value.startsWith('https:') ? undefined : 'write https://…: tokens are sent there',
    help: 'API server that is asked about tokens (the cluster’s that the collector runs in otherwise)',
  },
  kubeCaFile: {
    flag: '--kube-ca-file',
    kind: 'path',
    help: 'Authority of that API server’s certificate (the system’s otherwise)',
  },
  kubeTokenFile: {
    flag: '--kube-token-file',
    kind: 'path',
    help: 'Token by which the collector asks that API server, read anew each time',
  },
  retention: {
    flag: '--retention',
    kind: 'duration',
    default: '7d',
    check: (value: number) =>
      value >= dayMs && value % dayMs === 0 ? undefined : 'write whole days, such as 7d',
    help: 'How long events are kept',
  },
  storeUrl: {
    flag: '--store-url',
    kind: 'string',
    secret: true,
    check: (value: string) =>
      /^https?:\/\//.test(value) && URL.canParse(value)
        ? undefined
        : 'write http://user:password@host:8123/database',
    help: 'An existing ClickHouse instead of the embedded store: http://user:password@host:8123/database',
  },
  engineMemory: {
    flag: '--engine-memory',
    kind: 'bytes',
    default: '800MB',
    min: 300_000_000,
    help: 'Most memory the embedded store may use for its work',
  },
  apiServer: {
    flag: '--api-server',
    kind: 'listen',
    check: ({ host, port }: Listen) =>
      isHostAddress(host) && port > 0
        ? undefined
        : 'write address:port, such as 10.96.0.1:443 or [fd00::1]:443',
    help: "Address and port of the cluster's API server, by which peers are known as such (KUBERNETES_SERVICE_HOST and _PORT otherwise)",
  },
  logLevel: {
    flag: '--log-level',
    kind: 'choice',
    choices: logLevels,
    default: 'info',
    help: 'Least severe log line written',
  },
} as const satisfies Fields

export type CollectorConfig = ConfigOf<typeof collectorFields>

/** Retention in days, as the store wants it. */
export const retentionDays = ({ retention }: CollectorConfig): number => retention / dayMs

/** What Kubernetes sets in every container; undefined outside a cluster, and where some providers set a name there. */
const clusterApiServer = (env: Environment): Listen | undefined => {
  const host = env.KUBERNETES_SERVICE_HOST ?? ''
  const port = parseInteger(env.KUBERNETES_SERVICE_PORT ?? '', 1, 65_535)
  return isHostAddress(host) && 'value' in port ? { host, port: port.value } : undefined
}

/** The settings with the API server of the cluster that this process runs in, unless one was given. */
export const withClusterApiServer = <C extends Pick<CollectorConfig, 'apiServer'>>(
  config: C,
  env: Environment,
): C => ({ ...config, apiServer: config.apiServer ?? clusterApiServer(env) })

/** Where the API server serves, spelt as events spell it. */
export const apiServerEndpoint = ({
  apiServer,
}: Pick<CollectorConfig, 'apiServer'>): Endpoint | undefined => {
  const address = parseAddress(apiServer?.host ?? '')?.text
  return apiServer && address !== undefined ? { address, port: apiServer.port } : undefined
}

/**
 * Checks what no single field can.
 * @throws ConfigError with the pair that contradicts itself.
 */
export const checkCollectorConfig = (config: CollectorConfig): void => {
  if (config.token !== undefined && config.tokenFile !== undefined) {
    throw new ConfigError(
      'conflict',
      '--token',
      undefined,
      'give --token or --token-file, not both',
    )
  }
  for (const [flag, value, other] of [
    ['--tls-key', config.tlsKey, config.tlsCert],
    ['--tls-cert', config.tlsCert, config.tlsKey],
  ] as const) {
    if (value !== undefined || other === undefined) continue
    throw new ConfigError('missing', flag, undefined, 'certificate and key go together: give both')
  }
  const isKubernetes = config.auth === 'kubernetes'
  for (const [flag, value] of [
    ['--token', config.token],
    ['--token-file', config.tokenFile],
  ] as const) {
    if (!isKubernetes || value === undefined) continue
    const hint = 'leave it out with --auth kubernetes, where everybody has a token of their own'
    throw new ConfigError('conflict', flag, undefined, hint)
  }
  for (const [flag, value] of [
    ['--kube-ca-file', config.kubeCaFile],
    ['--kube-token-file', config.kubeTokenFile],
  ] as const) {
    if (value === undefined || config.kubeApiUrl !== undefined) continue
    const hint = 'give --kube-api-url too: in a cluster all three are known'
    throw new ConfigError('conflict', flag, undefined, hint)
  }
  const isClear = config.tlsCert === undefined && !isLoopback(config.listen.host)
  if (isKubernetes && isClear && !config.insecureListen) {
    throw new ConfigError(
      'missing',
      '--tls-cert',
      undefined,
      `people’s and agents’ own tokens would travel in clear to ${config.listen.host}: give --tls-cert and --tls-key, ` +
        'listen on 127.0.0.1, or give --insecure-listen where something in front of it ends TLS',
    )
  }
  const open = !isKubernetes && config.token === undefined && config.tokenFile === undefined
  if (open && !isLoopback(config.listen.host)) {
    throw new ConfigError(
      'missing',
      '--token-file',
      undefined,
      `a token is required to listen on ${config.listen.host}; make one with ` +
        '"openssl rand -hex 32 > token" and give the file to agents and clients, or listen on 127.0.0.1',
    )
  }
}
