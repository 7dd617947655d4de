/**
 * `mayfly baseline show|lock|unlock|export|import|diff`: what is normal for a workload. `diff` ends with status 1 when something
 * was seen that is not in the file, for a stage of CI.
 */
import { readFileSync } from 'node:fs'
import { ConfigError, type FlagValues, readConfig } from '#base/config.ts'
import type { Baseline, BaselinesAnswer } from '#proto/baseline.ts'
import { diffBaseline, readBaselines, writeBaseline } from '../baseline-file.ts'
import type { Client } from '../client.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields, filterFields } from '../options.ts'
import { baselineLines, baselineName, diffLines } from '../render/baseline.ts'
import { escapeText } from '../render/text.ts'

const { namespace, workload, container } = filterFields

export const baselineFields = {
  ...{ namespace, workload, container },
  file: {
    flag: '--file',
    kind: 'path',
    environment: false,
    help: 'File of baselines, for import and diff',
  },
  comment: {
    flag: '--comment',
    kind: 'string',
    environment: false,
    help: 'What to write down with a lock, an unlock or an import',
  },
  limit: {
    flag: '--limit',
    kind: 'int',
    min: 1,
    environment: false,
    help: 'Most baselines: 200, which is also the most at once',
  },
  ...clientFields,
} as const

/** What is seen is not what is written down: this is the command's status. */
export class BaselineDrift extends Error {
  readonly code = 'drift'

  constructor(count: number) {
    super(`baseline: ${count === 1 ? 'one thing is' : `${count} things are`} not in the file`)
    this.name = 'BaselineDrift'
  }
}

interface Asked {
  readonly namespace?: string | undefined
  readonly workload?: string | undefined
  readonly container?: string | undefined
  readonly limit?: number | undefined
}

const ask = (client: Client, { namespace, workload, container, limit }: Asked) =>
  client.get<BaselinesAnswer>('baselines', { namespace, workload, container, limit })

/** All of them, where some would not do. */
const askAll = async (client: Client, asked: Asked): Promise<readonly Baseline[]> => {
  const { baselines, truncated } = await ask(client, asked)
  if (!truncated) return baselines
  const hint = `there are more than ${baselines.length}: narrow with --namespace, --workload or --container`
  throw new ConfigError('invalid', '--namespace', asked.namespace, hint)
}

const readFile = (file: string | undefined) => {
  if (file === undefined)
    throw new ConfigError('missing', '--file', undefined, 'name the file of baselines')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError('invalid', '--file', file, (error as Error).message)
  }
  try {
    return readBaselines(file, text)
  } catch (error) {
    throw new ConfigError('invalid', '--file', file, (error as Error).message)
  }
}

const isSame = (a: Omit<Asked, 'limit'> & { readonly coverage: string }, b: Baseline): boolean =>
  a.namespace === b.namespace &&
  a.workload === b.workload &&
  a.container === b.container &&
  a.coverage === b.coverage

const writtenName = (one: {
  readonly namespace: string
  readonly workload: string
  readonly container: string
}): string => escapeText(`${one.namespace}/${one.workload}/${one.container}`)

/** Runs the command. Throws ConfigError, ClientError and BaselineDrift. */
export const baseline = async ({ verb, ...flags }: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(baselineFields, flags, context.env)
  const client = clientOf(config, context)
  const { output } = context
  const style = tableStyle(config, context)
  const show = async (all: readonly Baseline[], isWhole: boolean, isTruncated = false) => {
    if (config.output === 'json') await output.line(JSON.stringify(all, null, 2))
    else if (config.output === 'jsonl')
      for (const one of all) await output.line(JSON.stringify(one))
    else await output.lines(baselineLines(all, { isTruncated, isWhole }, style))
  }
  switch (verb) {
    case 'lock':
    case 'unlock': {
      if (config.namespace === undefined || config.workload === undefined) {
        const hint = `say which: --namespace and --workload, and --container for one of its containers`
        throw new ConfigError('missing', '--workload', config.workload, hint)
      }
      const baselines = await askAll(client, config)
      const body = { action: verb, comment: config.comment ?? '' }
      const changed: Baseline[] = []
      for (const { id } of baselines)
        changed.push(await client.post<Baseline>(`baselines/${id}`, body))
      return show(changed, false)
    }
    case 'export': {
      const baselines = await askAll(client, config)
      for (const [index, one] of baselines.entries())
        await output.line(`${index > 0 ? '---\n' : ''}${writeBaseline(one)}`.trimEnd())
      return
    }
    case 'import': {
      const made: Baseline[] = []
      for (const one of readFile(config.file))
        made.push(
          await client.post<Baseline>('baselines', { ...one, comment: config.comment ?? '' }),
        )
      return show(made, false)
    }
    case 'diff': {
      const written = readFile(config.file)
      let count = 0
      for (const one of written) {
        const { baselines } = await ask(client, one)
        const live = baselines.find((candidate) => isSame(one, candidate))
        if (live === undefined) {
          if (config.output === 'table')
            await output.line(`${writtenName(one)}: nothing was seen of it`)
          continue
        }
        const { added, missing } = diffBaseline(one, live)
        count += added.length
        if (config.output === 'table')
          await output.lines(diffLines(baselineName(live), added, missing, style))
        else await output.line(JSON.stringify({ baseline: live.id, added, missing }))
      }
      if (count > 0) throw new BaselineDrift(count)
      return
    }
    default: {
      const { baselines, truncated } = await ask(client, config)
      return show(baselines, config.workload !== undefined, truncated)
    }
  }
}
