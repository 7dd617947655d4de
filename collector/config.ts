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
  const open = config.token === undefined && config.tokenFile === undefined
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
