/** `mayfly hold`: exempts a selection from retention, lists what is exempt, and releases it again. */
import { ConfigError, type ConfigOf, type FlagValues, readConfig } from '#base/config.ts'
import type { Hold, HoldSelection, HoldsAnswer } from '#proto/api.ts'
import type { Client } from '../client.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields, filterFields, rangeFields } from '../options.ts'
import { holdsLines, newHoldLines } from '../render/hold.ts'
import { escapeText } from '../render/text.ts'

const { namespace, workload, pod, container, node } = filterFields
const { since, until } = rangeFields
const selectionFields = { namespace, workload, pod, container, node, since, until } as const

export const holdFields = {
  ...selectionFields,
  reason: {
    flag: '--reason',
    kind: 'string',
    environment: false,
    help: 'Why, for whoever finds the hold',
  },
  list: {
    flag: '--list',
    kind: 'bool',
    environment: false,
    help: 'Show what is held; with --namespace there only',
  },
  release: {
    flag: '--release',
    kind: 'string',
    environment: false,
    check: (id: string) =>
      /^[\w-]{1,64}$/.test(id) ? undefined : 'write an id as --list shows it',
    help: 'End the hold with this id: what it kept is under retention again',
  },
  ...clientFields,
} as const

type HoldConfig = ConfigOf<typeof holdFields>
type Form = HoldConfig['output']

const selectionFlags = Object.values(selectionFields).map(({ flag }) => flag)

const selectionOf = (config: HoldConfig): HoldSelection =>
  Object.fromEntries(
    Object.keys(selectionFields)
      .map((name) => [name, config[name as keyof typeof selectionFields]] as const)
      .filter(([, value]) => value !== undefined),
  )

/**
 * Says what is contradictory or missing.
 * @throws ConfigError
 */
const check = (config: HoldConfig): void => {
  const { list, release, reason } = config
  const selected = Object.keys(selectionOf(config))
  // A list may be narrowed to the one namespace that somebody has rights in.
  const isSelecting = reason !== undefined || selected.some((name) => !list || name !== 'namespace')
  if ((list ? 1 : 0) + (release === undefined ? 0 : 1) + (isSelecting ? 1 : 0) > 1) {
    throw new ConfigError(
      'conflict',
      list ? '--list' : '--release',
      undefined,
      list
        ? 'give it alone or with --namespace: holding, listing and releasing are three things'
        : 'give it alone: holding, listing and releasing are three things',
    )
  }
  if (list || release !== undefined) return
  if (Object.keys(selectionOf(config)).length === 0) {
    const hint = `give at least one of ${selectionFlags.join(', ')}, or --list or --release`
    throw new ConfigError('missing', 'hold', undefined, hint)
  }
  if (reason === undefined) {
    throw new ConfigError('missing', '--reason', undefined, 'say why, for whoever finds the hold')
  }
}

const json = (value: unknown, form: Form): string =>
  JSON.stringify(value, null, form === 'json' ? 2 : undefined)

const list = async (client: Client, config: HoldConfig, context: Context): Promise<void> => {
  const { output } = context
  const { namespace } = config
  const { holds } = await client.get<HoldsAnswer>(
    'holds',
    namespace === undefined ? {} : { namespace },
  )
  if (config.output === 'json') await output.line(json(holds, 'json'))
  else if (config.output === 'jsonl') for (const one of holds) await output.line(json(one, 'jsonl'))
  else await output.lines(holdsLines(holds, tableStyle(config, context)))
}

const create = async (client: Client, config: HoldConfig, context: Context): Promise<void> => {
  const body = { reason: config.reason, selection: selectionOf(config) }
  const made = await client.post<Hold>('holds', body)
  if (config.output === 'table') {
    await context.output.lines(newHoldLines(made, tableStyle(config, context)))
  } else await context.output.line(json(made, config.output))
}

/** Runs the command. Throws ConfigError and ClientError. */
export const hold = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(holdFields, flags, context.env)
  check(config)
  const client = clientOf(config, context)
  if (config.list) return list(client, config, context)
  if (config.release === undefined) return create(client, config, context)
  await client.delete(`holds/${config.release}`)
  const isText = config.output === 'table'
  await context.output.line(
    isText
      ? `released ${escapeText(config.release)}: what it kept is under retention again`
      : json({ released: config.release }, config.output),
  )
}
