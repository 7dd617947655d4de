/** `mayfly findings`: what does not belong, and why; and what somebody decided about it. */
import { ConfigError, type ConfigOf, type FlagValues, readConfig } from '#base/config.ts'
import { type Finding, type FindingsAnswer, findingStates, severities } from '#proto/finding.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields, filterFields, rangeFields } from '../options.ts'
import { findingsLines } from '../render/findings.ts'

const checkWords =
  (known: readonly string[]) =>
  (text: string): string | undefined =>
    text.split(',').every((word) => known.includes(word))
      ? undefined
      : `write some of ${known.join(', ')}, separated by commas`

const checkId = (id: string): string | undefined =>
  /^[0-9a-f]{16}$/.test(id) ? undefined : 'write an id as the list shows it'

const decision = (name: string, help: string) =>
  ({ flag: `--${name}`, kind: 'string', environment: false, check: checkId, help }) as const

const { namespace, workload, container } = filterFields
const { since, until } = rangeFields

export const findingsFields = {
  ...{ namespace, workload, container, since, until },
  rule: {
    flag: '--rule',
    kind: 'string',
    environment: false,
    help: 'Id of a rule, such as MF0101',
  },
  state: {
    flag: '--state',
    kind: 'string',
    environment: false,
    check: checkWords(findingStates),
    help: `States, separated by commas: ${findingStates.join(', ')}`,
  },
  severity: {
    flag: '--severity',
    kind: 'string',
    environment: false,
    check: checkWords(severities),
    help: `Severities, separated by commas: ${severities.join(', ')}`,
  },
  limit: {
    flag: '--limit',
    kind: 'int',
    min: 1,
    environment: false,
    help: 'Most rows, the latest seen first: 1000 if left out',
  },
  acknowledge: decision('acknowledge', 'Somebody has this finding: it stays quiet'),
  resolve: decision('resolve', 'This finding is dealt with: seen again, it opens again'),
  reopen: decision('reopen', 'This finding is open again'),
  suppress: decision('suppress', 'An exception for exactly this: needs a comment'),
  comment: {
    flag: '--comment',
    kind: 'string',
    environment: false,
    help: 'What to write down with it',
  },
  ...clientFields,
} as const

type FindingsConfig = ConfigOf<typeof findingsFields>
const decisions = ['acknowledge', 'resolve', 'reopen', 'suppress'] as const
const asked = [
  'namespace',
  'workload',
  'container',
  'since',
  'until',
  'rule',
  'state',
  'severity',
  'limit',
] as const

const json = (value: unknown, form: FindingsConfig['output']): string =>
  JSON.stringify(value, null, form === 'json' ? 2 : undefined)

/** Runs the command. Throws ConfigError and ClientError. */
export const findings = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(findingsFields, flags, context.env)
  const { output } = context
  const client = clientOf(config, context)
  const decided = decisions.filter((name) => config[name] !== undefined)
  const [action] = decided
  if (decided.length > 1 || (action === undefined && config.comment !== undefined)) {
    const hint = `give one of ${decisions.map((name) => `--${name}`).join(', ')} with it`
    throw new ConfigError('conflict', '--comment', undefined, hint)
  }
  if (action !== undefined) {
    const comment = config.comment ?? ''
    const finding = await client.post<Finding>(`findings/${config[action]}`, { action, comment })
    if (config.output === 'table')
      await output.lines(findingsLines([finding], false, tableStyle(config, context)))
    else await output.line(json(finding, config.output))
    return
  }
  const parameters = Object.fromEntries(
    asked.flatMap((name) => (config[name] === undefined ? [] : [[name, String(config[name])]])),
  )
  const { findings: found, truncated } = await client.get<FindingsAnswer>('findings', parameters)
  if (config.output === 'json') await output.line(json(found, 'json'))
  else if (config.output === 'jsonl') for (const one of found) await output.line(json(one, 'jsonl'))
  else await output.lines(findingsLines(found, truncated, tableStyle(config, context)))
}
