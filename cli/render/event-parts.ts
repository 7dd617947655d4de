/** The pieces of one event's line, shared by the tree and the one-line form. */
import type { ProcessInfo, TimelineEvent, TimelineExec, TimelineExit } from '#proto/api.ts'
import { describeConnection, describeListening, describeLookup } from './connection-text.ts'
import type { Description } from './description.ts'
import { escapeText, formatCount, quoteArguments } from './text.ts'

/** Command line of an exec; the executable alone where argv is empty. */
export const commandLine = ({ argv = [], argvEscaped = false, exe }: ProcessInfo): string =>
  argv.length > 0 ? quoteArguments(argv, argvEscaped) : `(${escapeText(exe)})`

const originFlags: Readonly<Record<string, string>> = {
  dropped: 'dropped file',
  memfd: 'memfd',
  'copied-up': 'changed file',
  volume: 'volume',
}

/** What is remarkable about an exec, in words. */
export const execFlags = ({ process }: TimelineExec): readonly string[] => {
  const flags: string[] = []
  if (process.uid !== null && process.uid !== 0) flags.push(`uid ${process.uid}`)
  if (process.euid !== undefined && process.euid !== process.uid) flags.push(`euid ${process.euid}`)
  if (process.entry === 'init' || process.entry === 'exec') flags.push(process.entry)
  if (process.runtime) flags.push('runtime')
  const origin = originFlags[process.fileOrigin ?? '']
  if (origin !== undefined) flags.push(origin)
  if (process.stdioSockets?.length) flags.push(`socket on ${process.stdioSockets.join(', ')}`)
  if (process.tty) flags.push(escapeText(process.tty))
  if (process.argvRedacted) flags.push(`${formatCount(process.argvRedacted)} redacted`)
  if (process.argvTruncated) flags.push(`truncated of ${formatCount(process.argvBytes ?? 0)} bytes`)
  if (process.snapshot) flags.push('ran before')
  return flags
}

/** `0`, `1`, `SIGKILL`, `SIGSEGV core`, `?` when not seen. */
export const exitStatus = (exit: TimelineExit): string => {
  if (exit.signal !== 0) {
    return `${exit.signalName ?? `signal ${exit.signal}`}${exit.coreDumped ? ' core' : ''}`
  }
  return exit.exitCode === null ? '?' : String(exit.exitCode)
}

/** True for an end that somebody may want to look at. */
export const isBadExit = (exit: TimelineExit): boolean => exit.signal !== 0 || exit.exitCode !== 0

const unremarkable = { flags: [], lifeUs: null, isBad: false } as const

/** An event that is no process line, in words: containers, gaps, connections, names asked. */
export const describeEvent = (
  event: Exclude<TimelineEvent, TimelineExec | TimelineExit>,
): Description => {
  switch (event.kind) {
    case 'gap': {
      const lost = event.lost === null ? 'an unknown number of' : formatCount(event.lost)
      const range = `${event.from.slice(11, 23)}–${event.to.slice(11, 23)}`
      const text = `gap: ${lost} events lost (${event.reason}) ${range}, may miss ${event.affects.join(', ')}`
      return { ...unremarkable, text, isBad: true }
    }
    case 'container': {
      const image = event.image ? ` image ${escapeText(event.image)}` : ''
      return { ...unremarkable, text: `container ${event.phase}${image}` }
    }
    case 'pod': {
      const { reason, message, exitCode, count, severity } = event
      const code = exitCode === null ? '' : ` (exit ${exitCode})`
      const times = count > 1 ? ` ×${formatCount(count)}` : ''
      const words = message === '' ? '' : `: ${escapeText(message)}`
      const text = `${escapeText(reason)}${code}${times}${words}`
      return { ...unremarkable, text, isBad: severity === 'warning' }
    }
    case 'dns':
      return describeLookup(event)
    case 'listen':
      return describeListening(event)
    default:
      return describeConnection([event])
  }
}

/** Flags as they stand behind a line; empty when there are none. */
export const flagText = (flags: readonly string[]): string =>
  flags.length === 0 ? '' : `  [${flags.join(', ')}]`

/** `namespace/pod/container`, the container's short id, or the node's name: where it happened. */
export const placeOf = (event: TimelineEvent): string => {
  const { namespace, pod, container, containerId, node } = event
  const names = [namespace, pod, container].filter((name) => name !== '')
  if (names.length > 0) return escapeText(names.join('/'))
  return escapeText(containerId === '' ? node : containerId.slice(0, 12))
}
