/** `mayfly timeline`: what happened, as a tree over time, as the API's answer, or as one event per line. */

import { systemClock } from '#base/clock.ts'
import { type ConfigOf, type FlagValues, readConfig } from '#base/config.ts'
import { formatTime, parseTime } from '#base/values.ts'
import type { TimelineAnswer, TimelineEvent } from '#proto/api.ts'
import type { Client, Parameters } from '../client.ts'
import { type Context, clientOf, tableStyle } from '../context.ts'
import { clientFields, filterFields, filterParameters, rangeFields } from '../options.ts'
import { coverageLines } from '../render/coverage.ts'
import { plain } from '../render/paint.ts'
import { formatCount } from '../render/text.ts'
import { timelineLines } from '../render/timeline.ts'

export const timelineFields = { ...clientFields, ...filterFields, ...rangeFields } as const

/** Events shown where they are held in memory and nobody said how many. */
const defaultLimit = 1_000

/** How far beyond the limit is counted, to say how much more there is. */
const maxCounted = 10_000

/** A span such as `15m` means one moment for the whole command, whatever number of pages it takes. */
const absolute = (text: string | undefined, nowUs: number): string | undefined => {
  const parsed = text === undefined ? undefined : parseTime(text, nowUs)
  return parsed && 'value' in parsed ? formatTime(parsed.value) : undefined
}

const questionOf = (config: ConfigOf<typeof timelineFields>): Parameters => {
  const nowUs = systemClock.nowUs()
  return {
    ...filterParameters(config),
    since: absolute(config.since, nowUs),
    until: absolute(config.until, nowUs),
  }
}

/** All pages up to the limit as one answer. */
const collect = async (
  client: Client,
  question: Parameters,
  limit: number,
): Promise<TimelineAnswer> => {
  const events: TimelineEvent[] = []
  let answer: TimelineAnswer | undefined
  let next: string | null = null
  for await (const page of client.timeline(question, limit)) {
    answer ??= page
    events.push(...page.events)
    next = page.next
  }
  return { coverage: answer?.coverage ?? [], events, next }
}

/** The line that says how much more there is and how to get it; undefined when everything is shown. */
const moreLine = async (
  client: Client,
  question: Parameters,
  { events, next }: TimelineAnswer,
): Promise<string | undefined> => {
  if (next === null) return undefined
  const rest = await client.get<TimelineAnswer>('timeline', {
    ...question,
    limit: maxCounted,
    cursor: next,
  })
  const count = formatCount(rest.events.length)
  const more = rest.next === null ? `${count} more events` : `more than ${count} more events`
  const last = events.at(-1)?.time ?? ''
  return `${more}; use --limit ${events.length + rest.events.length}, --since ${last} for what follows, a filter, or -o jsonl for all`
}

/** Runs the command. Throws ConfigError and ClientError. */
export const timeline = async (flags: FlagValues, context: Context): Promise<void> => {
  const config = readConfig(timelineFields, flags, context.env)
  const { output, complain } = context
  const client = clientOf(config, context)
  const question = questionOf(config)
  if (config.output === 'jsonl') {
    const limit = config.limit ?? Number.POSITIVE_INFINITY
    let isFirst = true
    for await (const page of client.timeline(question, limit)) {
      // No event, and so no line of the answer: but it says what the answer is worth.
      if (isFirst)
        for (const line of coverageLines(page.coverage, page.events, plain)) complain(line)
      isFirst = false
      for (const event of page.events) {
        if (output.isClosed) return
        await output.line(JSON.stringify(event))
      }
    }
    return
  }
  const answer = await collect(client, question, config.limit ?? defaultLimit)
  if (config.output === 'json') {
    await output.line(JSON.stringify(answer, null, 2))
    return
  }
  const more = await moreLine(client, question, answer)
  await output.lines(timelineLines(answer, more, tableStyle(config, context)))
}
