/** `mayfly up`: collector with embedded store in this process, and an agent for this host as its child. */
import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { agentFields, checkAgentConfig } from '#agent/config.ts'
import { systemClock } from '#base/clock.ts'
import {
  type ConfigOf,
  environmentName,
  type Field,
  type Fields,
  type FlagValues,
  flagKey,
  readConfig,
} from '#base/config.ts'
import { createLog } from '#base/log.ts'
import { readToken } from '#base/token.ts'
import { formatListen, type Listen } from '#base/values.ts'
import { version } from '#base/version.ts'
import { collectorFields, withClusterApiServer } from '#collector/config.ts'
import { type CollectorPlaces, runCollector } from '#collector/main.ts'
import type { AgentInfo, AgentsAnswer } from '#proto/api.ts'
import { Client } from '../client.ts'
import type { Context } from '../context.ts'
import { escapeText } from '../render/text.ts'
import { superviseAgent } from './agent-child.ts'

/** The agent's garbage is young and little: a small nursery costs it nothing and saves 7 MB. */
const agentNodeFlags = ['--max-semi-space-size=1'] as const

/** How long the agent may take before `up` says that all but the agent is ready. */
const agentReadyMs = 15_000

const {
  dataDir: _dataDir,
  collector: _collector,
  collectorCa: _collectorCa,
  token: _token,
  tokenFile: _tokenFile,
  metricsListen: _metricsListen,
  logLevel: _logLevel,
  ...ownAgentFields
} = agentFields

/** What is passed on to the agent as it was given. */
const passedFields = {
  ...ownAgentFields,
  host: { ...agentFields.host, default: 'on' },
} as const satisfies Fields

/** Both ends are in this one command, on one host: TLS and a cluster's identities are for a collector and agents of their own. */
const {
  tlsCert: _tlsCert,
  tlsKey: _tlsKey,
  insecureListen: _insecureListen,
  auth: _auth,
  agentServiceAccount: _agentServiceAccount,
  authGrace: _authGrace,
  clusterContext: _clusterContext,
  kubeApiUrl: _kubeApiUrl,
  kubeCaFile: _kubeCaFile,
  kubeTokenFile: _kubeTokenFile,
  ...ownCollectorFields
} = collectorFields

export const upFields = {
  ...ownCollectorFields,
  logLevel: { ...collectorFields.logLevel, default: 'warn' },
  ...passedFields,
  agentMetricsListen: {
    ...agentFields.metricsListen,
    flag: '--agent-metrics-listen',
    help: 'Where the agent serves /metrics, /healthz and /readyz',
  },
} as const satisfies Fields

type UpConfig = ConfigOf<typeof upFields>

/** Address by which this host reaches what listens there. */
const localUrl = ({ host, port }: Listen): string => {
  const local = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${formatListen({ host: local, port })}`
}

const given = (field: Field, flags: FlagValues): readonly string[] => {
  const value = flags[flagKey(field.flag)]
  if (value === undefined || value === false) return []
  return value === true ? [field.flag] : [field.flag, String(value)]
}

/** The agent's arguments: what was given for it, and what it shares with the collector. */
export const agentArguments = (
  config: UpConfig,
  flags: FlagValues,
  collectorUrl: string,
): readonly string[] => [
  ...Object.values(passedFields).flatMap((field) => given(field, flags)),
  ...['--host', config.host, '--data-dir', config.dataDir, '--collector', collectorUrl],
  ...['--log-level', config.logLevel, '--metrics-listen'],
  config.agentMetricsListen === null ? 'off' : formatListen(config.agentMetricsListen),
]

/** The environment without what the arguments say, and with the token, which has no place in a process list. */
export const agentEnvironment = (
  env: Context['env'],
  token: string | undefined,
  parentPid: number,
): Record<string, string | undefined> => {
  const { [environmentName('--token-file')]: _file, ...rest } = env
  return {
    ...rest,
    [environmentName('--token')]: token,
    [environmentName('--collector-ca')]: undefined,
    MAYFLY_PARENT_PID: String(parentPid),
  }
}

const connectedAgent = async (
  client: Client,
  signal: AbortSignal,
): Promise<AgentInfo | undefined> => {
  const untilMs = systemClock.monotonicMs() + agentReadyMs
  while (systemClock.monotonicMs() < untilMs && !signal.aborted) {
    const { agents } = await client.get<AgentsAnswer>('agents').catch(() => ({ agents: [] }))
    // Its sources come with the first status, a moment after the connection.
    const agent = agents.find((one) => one.connected && one.sources.length > 0)
    if (agent) return agent
    await delay(250, undefined, { signal }).catch(() => undefined)
  }
  return undefined
}

/** How this command was called, for the commands to try next. `script` is what Node was started with. */
export const invocation = (env: Context['env'], script: string): string => {
  if (env.npm_lifecycle_event !== undefined) return 'npx mayfly'
  const called = env.MAYFLY_COMMAND ?? script
  return called.endsWith('.mjs') ? `node ${called}` : basename(called)
}

const sourceLine = (agent: AgentInfo | undefined, isRoot: boolean): readonly string[] => {
  if (!agent) return ['agent    not connected yet; its messages are above']
  const lines = agent.sources.map(
    ({ name, state, detail }) =>
      `agent    ${name} ${state}${detail ? `: ${escapeText(detail)}` : ''}`,
  )
  const hint =
    'agent    not root: only /proc is sampled, and only what this user may see; run as root for all'
  return isRoot ? lines : [...lines, hint]
}

/** What is printed once everything works. */
export const readyLines = (
  config: UpConfig,
  places: CollectorPlaces,
  agent: AgentInfo | undefined,
  { command, isRoot }: { readonly command: string; readonly isRoot: boolean },
): readonly string[] => {
  const url = localUrl(places.listen)
  const isDefault = url === 'http://127.0.0.1:7070'
  const more =
    (isDefault ? '' : ` --collector ${url}`) +
    (config.tokenFile === undefined ? '' : ` --token-file ${config.tokenFile}`)
  const metrics = [places.metricsListen, config.agentMetricsListen]
    .filter((listen) => listen !== null)
    .map((listen) => `${localUrl(listen)}/metrics`)
  return [
    `mayfly ${version} is ready`,
    `API      ${url}/api/v1/timeline (described at ${url}/api/v1/openapi.json)`,
    ...(metrics.length > 0 ? [`metrics  ${metrics.join('  ')}`] : []),
    `data     ${config.dataDir}`,
    ...sourceLine(agent, isRoot),
    '',
    'Try, in another terminal:',
    `  ${command} timeline --since 5m${more}`,
    `  ${command} tail --kind exec${more}`,
    `  ${command} status${more}`,
  ]
}

/** Runs both until the signal. Throws ConfigError, ListenError, StoreError, AgentStartError. */
export const up = async (flags: FlagValues, context: Context): Promise<void> => {
  const { env, output, signal } = context
  const config = withClusterApiServer(readConfig(upFields, flags, env), env)
  checkAgentConfig({ ...readConfig(agentFields, {}, {}), ...readConfig(passedFields, flags, env) })
  const token = readToken(config)
  const log = createLog(config.logLevel, 'up')
  // The agent ends first, so that its last events still find the collector; then the collector.
  const collectorStop = new AbortController()
  const agentStop = new AbortController()
  const endAgent = (): void => agentStop.abort()
  if (signal.aborted) endAgent()
  signal.addEventListener('abort', endAgent, { once: true })

  const withAgent = async (places: CollectorPlaces): Promise<void> => {
    const url = localUrl(places.listen)
    const running = superviseAgent({
      command: [
        process.execPath,
        ...agentNodeFlags,
        process.argv[1] ?? '',
        'agent',
        ...agentArguments(config, flags, url),
      ],
      env: agentEnvironment(env, token, process.pid),
      log,
      signal: agentStop.signal,
      monotonicMs: () => systemClock.monotonicMs(),
    })
    const announced = async (): Promise<void> => {
      const client = new Client({ collector: url, token, signal: agentStop.signal })
      const agent = await connectedAgent(client, agentStop.signal)
      if (agentStop.signal.aborted) return
      const how = {
        command: invocation(env, process.argv[1] ?? 'mayfly'),
        isRoot: process.getuid?.() === 0,
      }
      await output.lines(readyLines(config, places, agent, how))
    }
    await Promise.all([running, announced()])
  }

  let agentRun: Promise<void> = Promise.resolve()
  const collectorConfig = { ...readConfig(collectorFields, {}, {}), ...config }
  const collectorRun = runCollector(collectorConfig, {
    log: createLog(config.logLevel, 'collector'),
    signal: collectorStop.signal,
    onReady: (places) => {
      agentRun = withAgent(places).finally(() => {
        agentStop.abort()
        collectorStop.abort()
      })
      // Whoever awaits it comes later; until then a failure must not count as unhandled.
      agentRun.catch(() => undefined)
    },
  })
  signal.addEventListener('abort', () => void agentRun.finally(() => collectorStop.abort()), {
    once: true,
  })
  try {
    await collectorRun
  } finally {
    agentStop.abort()
    await agentRun
  }
}
