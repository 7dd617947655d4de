/** One event in one line, as `tail` shows it. */
import type { TimelineConnection, TimelineDns, TimelineEvent } from '#proto/api.ts'
import {
  commandLine,
  describeEvent,
  execFlags,
  exitStatus,
  flagText,
  isBadExit,
  placeOf,
} from './event-parts.ts'
import { clip, escapeText, formatLifetime, timeOfDay } from './text.ts'
import type { TableStyle } from './timeline.ts'

/** Kind, pid and program of a socket's process: each line stands alone here. */
const doer = (event: TimelineConnection | TimelineDns): string => {
  const { kind, process } = event
  if (process === null) return kind
  const program = escapeText(process.exe.slice(process.exe.lastIndexOf('/') + 1))
  return program === '' ? `${kind} ${process.pid}` : `${kind} ${process.pid} ${program}`
}

interface LineText {
  readonly text: string
  readonly isBad: boolean
}

const textOf = (event: TimelineEvent): LineText => {
  if (event.kind === 'exec') {
    const command = commandLine(event.process)
    const flags = flagText(execFlags(event))
    return { text: `exec ${event.process.pid}  ${command}${flags}`, isBad: false }
  }
  if (event.kind === 'exit') {
    const { process, lifetimeUs } = event
    const life = lifetimeUs === null ? '' : ` after ${formatLifetime(lifetimeUs)}`
    const text = `exit ${process.pid}  ${exitStatus(event)}${life}  ${escapeText(process.exe)}`
    return { text, isBad: isBadExit(event) }
  }
  const { text, lifeUs, flags, isBad } = describeEvent(event)
  const life = lifeUs === null ? '' : ` after ${formatLifetime(lifeUs)}`
  const who = 'process' in event ? `${doer(event)}  ` : ''
  return { text: `${who}${text}${life}${flagText(flags)}`, isBad }
}

/** Time, place, kind and what happened, cut to the width. */
export const eventLine = (event: TimelineEvent, { paint, width }: TableStyle): string => {
  const time = timeOfDay(event.time)
  const place = clip(placeOf(event), 48)
  const { text, isBad } = textOf(event)
  const fitting = clip(text, width - time.length - place.length - 4)
  return `${paint('faint', time)}  ${paint('heading', place)}  ${isBad ? paint('bad', fitting) : fitting}`
}
