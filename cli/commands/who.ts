/** `mayfly who`: who else ran this binary, asked for this domain, spoke with this address? As a table or as the API's rows. */
import { ConfigError, type ConfigOf, type FlagValues, readConfig } from '#base/config.ts'
import type { WhoAnswer } from '#proto/api.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields, filterFields, rangeFields } from '../options.ts'
import { type Asked, whoLines } from '../render/who.ts'

const { namespace, workload, pod, container, node } = filterFields
const { since, until } = rangeFields

/** What is asked about; the collector checks the values and says what to write instead. */
const subjectFields = {
  ip: { flag: '--ip', kind: 'string', environment: false, help: 'Address of the peer' },
  cidr: {
    flag: '--cidr',
    kind: 'string',
    environment: false,
    help: 'Network of the peer, such as 10.0.0.0/8 or 2001:db8::/32',
  },
  port: {
    flag: '--port',
    kind: 'int',
    min: 1,
    max: 65_535,
    environment: false,
    help: 'Port that is served: the peer’s if outbound, the own if inbound',
  },
  domain: {
    flag: '--domain',
    kind: 'string',
    environment: false,
    help: 'DNS name; its subdomains are found too',
  },
  exe: {
    flag: '--exe',
    kind: 'string',
    environment: false,
    help: 'Executable, by absolute path or file name; alone, or with any of the above',
  },
  sha256: {
    flag: '--sha256',
    kind: 'string',
    environment: false,
    help: 'Hash of the executable, or at least its first 8 hex digits; alone, or with --exe',
  },
} as const

export const whoFields = {
  ...subjectFields,
  ...{ namespace, workload, pod, container, node, since, until },
  limit: {
    flag: '--limit',
    kind: 'int',
    min: 1,
    environment: false,
    help: 'Most rows, the latest seen first: 1000 if left out',
  },
  ...clientFields,
} as const

type WhoConfig = ConfigOf<typeof whoFields>

/** Which kinds of rows the question can have; the collector goes by the same rules. */
const askedOf = ({ ip, cidr, port, domain }: WhoConfig): Asked => {
  if (ip !== undefined || cidr !== undefined || port !== undefined) return 'connection'
  return domain === undefined ? 'exec' : 'domain'
}

/** Runs the command. Throws ConfigError and ClientError. */
export const who = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(whoFields, flags, context.env)
  const { output } = context
  const { ip, cidr, port, domain, exe, sha256 } = config
  const subject = { ip, cidr, port, domain, exe, sha256 }
  if (Object.values(subject).every((value) => value === undefined)) {
    const known = Object.values(subjectFields).map(({ flag }) => flag)
    throw new ConfigError('missing', 'who', undefined, `give at least one of ${known.join(', ')}`)
  }
  const answer = await clientOf(config, context).get<WhoAnswer>('who', {
    ...subject,
    namespace: config.namespace,
    workload: config.workload,
    pod: config.pod,
    container: config.container,
    node: config.node,
    since: config.since,
    until: config.until,
    limit: config.limit,
  })
  if (config.output === 'json') await output.line(JSON.stringify(answer, null, 2))
  else if (config.output === 'jsonl') {
    for (const row of answer.rows) await output.line(JSON.stringify(row))
  } else await output.lines(whoLines(answer, askedOf(config), tableStyle(config, context)))
}
