/** Flags of the client commands, in tables like those of the programs; and the bridge from tables to commander. */
import { type Command, Option } from 'commander'
import { type ConfigOf, describeField, type Fields } from '#base/config.ts'
import { parseTime } from '#base/values.ts'
import { eventKinds } from '#proto/event.ts'

const checkTime = (text: string): string | undefined => {
  const parsed = parseTime(text, 0)
  return 'fix' in parsed ? parsed.fix : undefined
}

/** What every client command takes. */
export const clientFields = {
  collector: {
    flag: '--collector',
    kind: 'url',
    default: 'http://127.0.0.1:7070',
    help: 'Collector to ask; https:// for TLS',
  },
  collectorCa: {
    flag: '--collector-ca',
    kind: 'path',
    help: 'PEM file with the authority that signed the collector certificate',
  },
  token: { flag: '--token', kind: 'string', secret: true, help: 'Token of the collector' },
  tokenFile: { flag: '--token-file', kind: 'path', help: 'File with the token of the collector' },
  output: {
    flag: '--output',
    alias: '-o',
    kind: 'choice',
    choices: ['table', 'json', 'jsonl'],
    default: 'table',
    environment: false,
    help: 'Form of the answer',
  },
  color: {
    flag: '--color',
    kind: 'choice',
    choices: ['auto', 'always', 'never'],
    default: 'auto',
    help: 'Colours; auto: in a terminal, unless NO_COLOR is set',
  },
  wide: { flag: '--wide', kind: 'bool', environment: false, help: 'Do not cut long lines' },
} as const satisfies Fields

/** Which events: the same for timeline and tail. */
export const filterFields = {
  namespace: {
    flag: '--namespace',
    alias: '-n',
    kind: 'string',
    environment: false,
    help: 'Kubernetes namespace',
  },
  workload: {
    flag: '--workload',
    kind: 'string',
    environment: false,
    help: 'Deployment, CronJob or other controller',
  },
  pod: { flag: '--pod', kind: 'string', environment: false, help: 'Pod name' },
  container: {
    flag: '--container',
    kind: 'string',
    environment: false,
    help: 'Container name, id, the beginning of its id, or host',
  },
  node: { flag: '--node', kind: 'string', environment: false, help: 'Node name' },
  kind: {
    flag: '--kind',
    kind: 'list',
    environment: false,
    check: (kinds: readonly string[]) =>
      kinds.length > 0 && kinds.every((kind) => (eventKinds as readonly string[]).includes(kind))
        ? undefined
        : `write kinds separated by commas, out of ${eventKinds.join(', ')}`,
    help: `Event kinds: ${eventKinds.join(', ')}`,
  },
  text: {
    flag: '--text',
    alias: '--q',
    kind: 'string',
    environment: false,
    help: 'Text to find in executable and arguments',
  },
} as const satisfies Fields

/** Which time, and how much. */
export const rangeFields = {
  since: {
    flag: '--since',
    kind: 'string',
    environment: false,
    check: checkTime,
    help: 'From this time on: RFC 3339, or a span back from now such as 15m',
  },
  until: {
    flag: '--until',
    kind: 'string',
    environment: false,
    check: checkTime,
    help: 'Before this time, likewise',
  },
  limit: {
    flag: '--limit',
    kind: 'int',
    min: 1,
    environment: false,
    help: 'Most events: 1000 for table and json, no limit for jsonl if left out',
  },
} as const satisfies Fields

export type ClientConfig = ConfigOf<typeof clientFields>
export type FilterConfig = ConfigOf<typeof filterFields>

/** Gives the command the flags of a table; values arrive as text and are checked by readConfig. */
export const addFields = (command: Command, fields: Fields): Command => {
  for (const field of Object.values(fields)) {
    const { flags, text } = describeField(field)
    command.addOption(new Option(flags, text))
  }
  return command
}

/** The filters as parameters of the API. */
export const filterParameters = (filters: FilterConfig) => {
  const { namespace, workload, pod, container, node, kind, text } = filters
  return { namespace, workload, pod, container, node, kind: kind?.join(','), q: text }
}
