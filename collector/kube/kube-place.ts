/**
 * Where the API server is and how the collector shows itself there; asked once by main's parts that need one. Loads the
 * Kubernetes client, so nobody imports this file before it is needed.
 */
import { KubeConfig } from '@kubernetes/client-node'
import { ConfigError } from '#base/config.ts'
import type { CollectorConfig } from '../config.ts'

export interface KubePlace {
  /** Without a slash at its end. */
  readonly url: string
  /** PEM of the authorities; undefined trusts the system's. */
  readonly caFile: string | undefined
  readonly tokenFile: string | undefined
}

/** Where a pod finds its API server, by the environment and the files that Kubernetes gives it. */
const inCluster = (): KubePlace => {
  const config = new KubeConfig()
  config.loadFromCluster()
  const cluster = config.getCurrentCluster()
  const url = cluster?.server ?? ''
  if (!URL.canParse(url) || url.includes('undefined')) {
    throw new ConfigError(
      'missing',
      '--kube-api-url',
      undefined,
      'the collector does not run in a cluster: name its API server, with --kube-ca-file and --kube-token-file',
    )
  }
  const tokenFile: unknown = config.getCurrentUser()?.authProvider?.config?.tokenFile
  return {
    url,
    caFile: cluster?.caFile,
    tokenFile: typeof tokenFile === 'string' ? tokenFile : undefined,
  }
}

/**
 * The place that flags name, else that of the pod that this process runs in.
 * @throws ConfigError outside a cluster, when no URL is given.
 */
export const kubePlace = ({
  kubeApiUrl,
  kubeCaFile,
  kubeTokenFile,
}: Pick<CollectorConfig, 'kubeApiUrl' | 'kubeCaFile' | 'kubeTokenFile'>): KubePlace =>
  kubeApiUrl === undefined
    ? inCluster()
    : { url: kubeApiUrl.replace(/\/$/, ''), caFile: kubeCaFile, tokenFile: kubeTokenFile }
