/**
 * What it means that something is outside a baseline: which rule, how severe, in which words. Drift alone is low; together with
 * what intruders do it is medium. Pure; called by baselines.ts.
 */
import type { TimelineEvent } from '#proto/api.ts'
import type { ItemKind } from '#proto/baseline.ts'
import type { Maturity, Severity } from '#proto/finding.ts'
import { type KnownProcess, type ProcessView, viewOf } from '../processes.ts'
import { isExternal } from '../statistics/subject.ts'
import type { WorkloadBaseline } from './baseline.ts'
import { executableOf, pairOf, programIn, type Seen } from './item.ts'

export interface DriftRule {
  readonly id: string
  readonly name: string
  readonly maturity: Maturity
  readonly mitre: readonly string[]
}

const rule = (id: string, name: string, ...mitre: string[]): DriftRule => ({
  id,
  name,
  maturity: 'incubating',
  mitre,
})

export const driftRules: Readonly<Record<ItemKind, DriftRule>> = {
  exec: rule('MF1001', 'Execution outside the baseline', 'T1059'),
  pair: rule('MF1002', 'Parent and child outside the baseline', 'T1059'),
  peer: rule('MF1003', 'Connection outside the baseline', 'T1071'),
  port: rule('MF1004', 'Listening port outside the baseline', 'T1571'),
  domain: rule('MF1005', 'DNS name outside the baseline', 'T1071.004'),
}

export interface Drift {
  readonly rule: DriftRule
  readonly severity: Extract<Severity, 'low' | 'medium'>
  readonly key: Readonly<Record<string, string>>
  /** Plain words, without the place. */
  readonly reason: string
  readonly event: TimelineEvent
  /** What was known of processes when it happened. */
  readonly view?: ProcessView
}

const shells: readonly string[] = 'sh bash dash ash zsh ksh mksh csh tcsh fish rbash'.split(' ')
const networkTools: readonly string[] =
  'nc nc.openbsd nc.traditional ncat netcat socat curl wget ssh scp sftp rsync ftp telnet nmap masscan tcpdump tshark dig nslookup host'.split(
    ' ',
  )

const isShell = (executable: string): boolean => shells.includes(programIn(executable))

/** Why it is more than drift; empty when it is not. */
const worseBecause = (
  seen: Seen,
  event: TimelineEvent,
  parent: KnownProcess | undefined,
  baseline: WorkloadBaseline,
): string => {
  if (event.kind === 'exec') {
    const { fileOrigin } = event.process
    const executable = executableOf(event.process)
    const above = parent && executableOf(parent)
    if (fileOrigin === 'dropped' || fileOrigin === 'memfd')
      return 'the file came after the container began'
    if (networkTools.includes(programIn(executable)) && !baseline.knowsExecutable(executable))
      return 'it is a network tool'
    const isFirstShell =
      seen.kind === 'pair' &&
      isShell(executable) &&
      above !== undefined &&
      !isShell(above) &&
      !baseline.hasPair((pair) => pair.startsWith(pairOf(above, '')) && isShell(pair))
    return isFirstShell ? `${above} has never started a shell` : ''
  }
  if (event.kind === 'connect' && isExternal(event)) {
    const exe = event.process?.exe ?? ''
    if (exe !== '' && !baseline.knowsExecutable(exe))
      return 'it goes out of the cluster, from a program that is outside the baseline'
  }
  return ''
}

const wordsOf = (seen: Seen, event: TimelineEvent): string => {
  const doer = ('process' in event && event.process?.exe) || 'somebody'
  switch (seen.kind) {
    case 'exec':
      return `${seen.value} ${seen.args}`.trim()
    case 'pair':
      return seen.value
    case 'peer':
      return `${doer} connects to ${seen.value}`
    case 'port':
      return `${doer} listens on ${seen.value}`
    case 'domain':
      return `${doer} asks for ${seen.value}`
  }
}

/** `days`: how long the baseline was learnt and held. */
export const driftOf = (
  seen: Seen,
  event: TimelineEvent,
  line: readonly KnownProcess[],
  baseline: WorkloadBaseline,
  { isProvisional, days }: { readonly isProvisional: boolean; readonly days: number },
): Drift => {
  const worse = isProvisional ? '' : worseBecause(seen, event, line[0], baseline)
  const since = days >= 1 ? ` in ${days} ${days === 1 ? 'day' : 'days'}` : ''
  const first = isProvisional ? 'new with its newer image' : `first time${since}`
  return {
    rule: driftRules[seen.kind],
    severity: worse === '' ? 'low' : 'medium',
    key: { kind: seen.kind, value: seen.value, ...(seen.args !== '' && { args: seen.args }) },
    reason: `${first}: ${wordsOf(seen, event)}${worse === '' ? '' : `; ${worse}`}`,
    event,
    // Of other events nothing was asked: the memory knows.
    ...(event.kind === 'exec' && { view: viewOf(line) }),
  }
}
