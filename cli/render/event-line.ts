/** One event in one line, as `tail` shows it. */
import type { TimelineEvent } from '#proto/api.ts'
import {
  commandLine,
  describeEvent,
  execFlags,
  exitStatus,
  isBadExit,
  placeOf,
} from './event-parts.ts'
import { clip, escapeText, formatLifetime, timeOfDay } from './text.ts'
import type { TableStyle } from './timeline.ts'

const textOf = (event: TimelineEvent): string => {
  if (event.kind === 'exec') {
    const flags = execFlags(event).join(', ')
    const { pid } = event.process
    return `exec ${pid}  ${commandLine(event.process)}${flags === '' ? '' : `  [${flags}]`}`
  }
  if (event.kind === 'exit') {
    const { process, lifetimeUs } = event
    const life = lifetimeUs === null ? '' : ` after ${formatLifetime(lifetimeUs)}`
    return `exit ${process.pid}  ${exitStatus(event)}${life}  ${escapeText(process.exe)}`
  }
  return describeEvent(event)
}

/** Time, place, kind and what happened, cut to the width. */
export const eventLine = (event: TimelineEvent, { paint, width }: TableStyle): string => {
  const time = timeOfDay(event.time)
  const place = clip(placeOf(event), 48)
  const text = clip(textOf(event), width - time.length - place.length - 4)
  const isBad = event.kind === 'gap' || (event.kind === 'exit' && isBadExit(event))
  return `${paint('faint', time)}  ${paint('heading', place)}  ${isBad ? paint('bad', text) : text}`
}
