/** `mayfly support-bundle`: what somebody attaches to a report of a fault, without secrets. docs/support.md. */
import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { readAuthority } from '#base/authority.ts'
import { type ConfigOf, type Fields, type FlagValues, readConfig } from '#base/config.ts'
import { readToken } from '#base/token.ts'
import { isLoopback } from '#base/values.ts'
import { version } from '#base/version.ts'
import type { Context } from '../context.ts'
import { clientFields } from '../options.ts'
import { escapeText } from '../render/text.ts'
import { archive, checkIsFree, writePrivate } from '../support/archive.ts'
import { type Bundle, collect, partBytesMax } from '../support/bundle.ts'
import { collectorParts } from '../support/collector-parts.ts'
import { hostFacts } from '../support/host-facts.ts'
import { PartError } from '../support/limited-get.ts'
import type { Part } from '../support/part.ts'
import { programParts } from '../support/program-parts.ts'
import { type Names, plainNames, pseudonyms } from '../support/pseudonyms.ts'

const { collector, collectorCa, token, tokenFile } = clientFields

export const supportBundleFields = {
  ...{ collector, collectorCa, token, tokenFile },
  collectorMetrics: {
    flag: '--collector-metrics',
    kind: 'url',
    default: 'http://127.0.0.1:7071',
    help: 'Where the collector serves /metrics',
  },
  agentMetrics: {
    flag: '--agent-metrics',
    kind: 'url',
    default: 'http://127.0.0.1:7072',
    help: 'Where an agent serves /metrics',
  },
  dataDir: {
    flag: '--data-dir',
    kind: 'path',
    default: './mayfly-data',
    help: 'Where collector or agent keep their state here; only its free space is told',
  },
  rules: {
    flag: '--rules',
    kind: 'path',
    help: 'Directory with rules of yours; their ids and faults are told',
  },
  pseudonyms: {
    flag: '--pseudonyms',
    kind: 'bool',
    environment: false,
    help: 'Replace names of nodes, namespaces and workloads, and IP addresses',
  },
  output: {
    flag: '--output',
    alias: '-o',
    kind: 'path',
    environment: false,
    help: 'File to write, - for standard output; mayfly-support-TIME.tar.gz here if left out',
  },
  force: {
    flag: '--force',
    kind: 'bool',
    environment: false,
    help: 'Replace a file that is there already',
  },
} as const satisfies Fields

type SupportConfig = ConfigOf<typeof supportBundleFields>

/** How long one part may take. */
const partTimeoutMs = 10_000

/** What tests set. */
export interface SupportSettings {
  readonly partTimeoutMs?: number
  /** Before the paths of host-facts.ts. */
  readonly root?: string
  readonly nowMs?: number
}

/** The bundle was written, and nothing of the collector is in it; or it was not, as somebody stopped it: the command's status. */
export class SupportBundleError extends Error {
  readonly code: 'no_collector' | 'interrupted'

  constructor(code: SupportBundleError['code'], message: string) {
    super(`support-bundle: ${message}`)
    this.name = 'SupportBundleError'
    this.code = code
  }
}

/** With or without `/metrics`: both are what people copy. */
const withoutPath = (url: string): string => url.replace(/\/metrics$/, '')

/** The time as a file's name has it: `20260701T120000Z`. */
const stampOf = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')

/** The image of the agent has no rules: there, this part says so. */
const loadRules = async () => {
  try {
    return await import('#collector/detection/rules/check.ts')
  } catch (cause) {
    throw new PartError('this installation has no rules', cause)
  }
}

const hereParts = (config: SupportConfig, root: string): readonly Part[] => [
  {
    file: 'host.json',
    from: 'here',
    read: async () => ({
      kind: 'json',
      value: hostFacts({ root, stateDirectories: [config.dataDir] }),
    }),
  },
  {
    file: 'rules.json',
    from: 'here',
    read: async () => {
      const { checkRules } = await loadRules()
      const { rules, faults } = checkRules(config.rules)
      const shown = rules.map(({ id, severity, maturity }) => ({ id, severity, maturity }))
      return { kind: 'json', value: { rules: shown, faults } }
    },
  },
]

/** Of an address only what matters for faults: a name or a number would tell where somebody's systems are. */
const kindOfUrl = (url: string): object => {
  const { protocol, hostname } = new URL(url)
  return { isTls: protocol === 'https:', isThisHost: isLoopback(hostname.replace(/^\[|\]$/g, '')) }
}

const aboutOf = (config: SupportConfig, nowMs: number): Readonly<Record<string, unknown>> => ({
  kind: 'mayfly-support-bundle',
  format: 1,
  mayfly: version,
  madeAt: new Date(nowMs).toISOString(),
  pseudonyms: config.pseudonyms,
  collector: kindOfUrl(config.collector),
  collectorMetrics: kindOfUrl(config.collectorMetrics),
  agentMetrics: kindOfUrl(config.agentMetrics),
})

const partsOf = (
  config: SupportConfig,
  names: Names,
  token: string | undefined,
  { signal }: Context,
  settings: SupportSettings,
): readonly Part[] => {
  const options = {
    token,
    authority: readAuthority(config.collectorCa),
    signal,
    timeoutMs: settings.partTimeoutMs ?? partTimeoutMs,
    maxBytes: partBytesMax,
  }
  return [
    ...collectorParts(config.collector, names, options),
    ...programParts(
      {
        collector: config.collector,
        collectorMetrics: withoutPath(config.collectorMetrics),
        agentMetrics: withoutPath(config.agentMetrics),
      },
      names,
      options,
    ),
    ...hereParts(config, settings.root ?? ''),
  ]
}

/** Says what is in it, and what is not. */
const describe = async (
  path: string,
  { files, results, secretsRemoved }: Bundle,
  content: Buffer,
  say: (line: string) => Promise<void> | void,
): Promise<void> => {
  await say(`${escapeText(path)}: ${files.length} files, ${content.length} bytes`)
  for (const { file, missing } of results)
    if (missing !== undefined) await say(`not in it: ${file} (${escapeText(missing)})`)
  if (secretsRemoved > 0) await say(`removed from it: ${secretsRemoved} that looked like secrets`)
  const shown = path === '-' ? 'FILE' : escapeText(path)
  await say(`Read it before you attach it: tar -xzOf ${shown} | less`)
}

/** Runs the command. Throws ConfigError, and SupportBundleError when nothing of the collector could be had. */
export const supportBundle = async (
  flags: FlagValues,
  context: Context,
  settings: SupportSettings = {},
): Promise<void> => {
  const config = readConfig(supportBundleFields, flags, context.env)
  const { output, complain, signal } = context
  const nowMs = settings.nowMs ?? Date.now()
  const isStream = config.output === '-'
  const path = isStream ? '-' : resolve(config.output ?? `mayfly-support-${stampOf(nowMs)}.tar.gz`)
  if (!isStream && !config.force) checkIsFree(path)
  const secret = readToken(config)
  const names = config.pseudonyms ? pseudonyms(randomBytes(32)) : plainNames
  const bundle = await collect(partsOf(config, names, secret, context, settings), {
    names,
    secrets: secret === undefined ? [] : [secret],
    about: aboutOf(config, nowMs),
  })
  if (signal.aborted) throw new SupportBundleError('interrupted', 'stopped before it was written')
  const content = await archive(bundle.files, nowMs)
  if (isStream) await output.bytes(content)
  else writePrivate(path, content, config.force)
  // Where the bundle goes to standard output, what is said of it goes beside.
  await describe(path, bundle, content, isStream ? complain : (line) => output.line(line))
  if (bundle.results.every(({ from, missing }) => from !== 'collector' || missing !== undefined))
    throw new SupportBundleError(
      'no_collector',
      'nothing of the collector is in it; is --collector right, and a token given?',
    )
}
