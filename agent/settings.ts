/** What single settings open or read: each fault in a file that a setting names is a fault of that setting. Called by main. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { ConfigError } from '#base/config.ts'
import { type AgentConfig, agentFields } from './config.ts'
import { KubeletClient } from './containers/kubelet-client.ts'
import {
  createRedactor,
  defaultRedaction,
  RedactionError,
  readRedactionConfig,
} from './redaction.ts'

/** The agent's part of the data directory, made if it can be. */
export const agentDirectory = (config: AgentConfig): string => {
  const dir = join(config.dataDir, 'agent')
  try {
    mkdirSync(dir, { recursive: true })
  } catch {
    // The spool falls back to memory, and says so.
  }
  return dir
}

/** @throws KubeletError when the URL is none. */
export const openKubelet = (
  config: AgentConfig,
  node: string,
  clock: Clock,
): KubeletClient | undefined => {
  if (config.kubeletUrl === undefined) return undefined
  // Outside a pod the default files are not there; a file that somebody named has to be.
  const isUsed = (field: 'kubeletCa' | 'kubeletTokenFile'): boolean =>
    config[field] !== agentFields[field].default || existsSync(config[field])
  return new KubeletClient({
    url: config.kubeletUrl,
    nodeName: node,
    clock,
    trust: {
      insecure: config.kubeletInsecureTls,
      ...(isUsed('kubeletCa') ? { caFile: config.kubeletCa } : {}),
      ...(config.kubeletCertificate === undefined
        ? {}
        : { certificateFile: config.kubeletCertificate }),
    },
    ...(isUsed('kubeletTokenFile') ? { tokenFile: config.kubeletTokenFile } : {}),
  })
}

/** The rules of the file that the configuration names; a fault in it is one of the configuration. */
const readRules = (path: string) => {
  try {
    return readRedactionConfig(path)
  } catch (error) {
    if (!(error instanceof RedactionError)) throw error
    const fault = error.message.replace(`${path}: `, '')
    throw new ConfigError('invalid', '--redaction-config', path, fault)
  }
}

/** @throws ConfigError for a file that cannot be read or understood. */
export const openRedactor = (config: AgentConfig) => {
  const { redactionConfig: path } = config
  const rules = path === undefined ? defaultRedaction : readRules(path)
  return createRedactor({ ...rules, enabled: rules.enabled && config.redaction === 'on' })
}
