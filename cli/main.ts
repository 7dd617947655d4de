/**
 * The `mayfly` command: reads the command line, runs one command, and ends with 0, with 1 when it failed, or with 2
 * when it was called wrongly. Commands are loaded when they are run: a client needs no kernel probe and no database.
 */
import { Argument, Command, CommanderError } from 'commander'
import { ConfigError, type Fields, type FlagValues } from '#base/config.ts'
import { version } from '#base/version.ts'
import type { Context } from './context.ts'
import { addFields } from './options.ts'
import { Output } from './output.ts'

/** Upper bound of an orderly end; then the process ends as it is. */
const shutdownMs = 10_000

interface CommandSpec {
  readonly name: string
  readonly summary: string
  /** A command that runs until it is told to end. */
  readonly isProgram: boolean
  /** What stands behind the command's name, where it does several things. */
  readonly verbs?: readonly string[]
  readonly load: () => Promise<{
    readonly fields: Fields
    readonly run: (flags: FlagValues, context: Context) => Promise<void>
  }>
}

const commands: readonly CommandSpec[] = [
  {
    name: 'up',
    summary: 'Collector with its own store and an agent for this host, in one',
    isProgram: true,
    load: async () => {
      const { up: run, upFields: fields } = await import('./commands/up.ts')
      return { run, fields }
    },
  },
  {
    name: 'agent',
    summary: 'Capture on this node and send to a collector',
    isProgram: true,
    load: async () => {
      const { agent: run, agentCommandFields: fields } = await import('./commands/agent.ts')
      return { run, fields }
    },
  },
  {
    name: 'collector',
    summary: 'Receive from agents, store, and answer questions',
    isProgram: true,
    load: async () => {
      const { collector: run, collectorFields: fields } = await import('./commands/collector.ts')
      return { run, fields }
    },
  },
  {
    name: 'timeline',
    summary: 'What ran, in order, started by whom, and whether that is all',
    isProgram: false,
    load: async () => {
      const { timeline: run, timelineFields: fields } = await import('./commands/timeline.ts')
      return { run, fields }
    },
  },
  {
    name: 'tail',
    summary: 'Follow what is stored, as it comes',
    isProgram: false,
    load: async () => {
      const { tail: run, tailFields: fields } = await import('./commands/tail.ts')
      return { run, fields }
    },
  },
  {
    name: 'who',
    summary: 'Who else ran this binary, asked for this domain, spoke with this address',
    isProgram: false,
    load: async () => {
      const { who: run, whoFields: fields } = await import('./commands/who.ts')
      return { run, fields }
    },
  },
  {
    name: 'audit',
    summary: 'Whether every captured event is stored or accounted for; status 1 if not',
    isProgram: false,
    load: async () => {
      const { audit: run, auditFields: fields } = await import('./commands/audit.ts')
      return { run, fields }
    },
  },
  {
    name: 'hold',
    summary: 'Exempt a pod, a container or a time from retention until it is released',
    isProgram: false,
    load: async () => {
      const { hold: run, holdFields: fields } = await import('./commands/hold.ts')
      return { run, fields }
    },
  },
  {
    name: 'findings',
    summary: 'What does not belong, and why; acknowledge or resolve it',
    isProgram: false,
    load: async () => {
      const { findings: run, findingsFields: fields } = await import('./commands/findings.ts')
      return { run, fields }
    },
  },
  {
    name: 'baseline',
    summary: 'What is normal for a workload: show, lock, keep in git, and see drift',
    isProgram: false,
    verbs: ['show', 'lock', 'unlock', 'export', 'import', 'diff'],
    load: async () => {
      const { baseline: run, baselineFields: fields } = await import('./commands/baseline.ts')
      return { run, fields }
    },
  },
  {
    name: 'rules',
    summary: 'The rules of detection, and whether they and their examples hold',
    isProgram: false,
    verbs: ['list', 'test'],
    load: async () => {
      const { rules: run, rulesFields: fields } = await import('./commands/rules.ts')
      return { run, fields }
    },
  },
  {
    name: 'status',
    summary: 'Collector, agents, coverage and losses at a glance',
    isProgram: false,
    load: async () => {
      const { status: run, statusFields: fields } = await import('./commands/status.ts')
      return { run, fields }
    },
  },
  {
    name: 'support-bundle',
    summary: 'A file to attach to a report of a fault: state, metrics and facts, without secrets',
    isProgram: false,
    load: async () => {
      const { supportBundle: run, supportBundleFields: fields } = await import(
        './commands/support-bundle.ts'
      )
      return { run, fields }
    },
  },
]

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim()

/** Builds commander's tree; only the asked command is loaded, because its flags come from its module. */
const buildProgram = async (asked: string | undefined, context: Context): Promise<Command> => {
  const program = new Command('mayfly')
    .description(
      'Every process of every container, however briefly it lived, and proof that nothing is missing.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  for (const { name, summary, verbs, load } of commands) {
    const command = program.command(name).description(summary).allowExcessArguments(false)
    if (name !== asked && asked !== 'help') continue
    const { fields, run } = await load()
    addFields(command, fields)
    if (verbs === undefined) command.action((flags: FlagValues) => run(flags, context))
    else {
      command.addArgument(new Argument('<verb>').choices(verbs))
      command.action((verb: string, flags: FlagValues) => run({ ...flags, verb }, context))
    }
  }
  return program
}

/** Exit status of what a command threw; says it on one line first. */
const explain = (error: unknown, complain: (line: string) => void): number => {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    complain(`mayfly: ${oneLine(error.message).replace(/^error: /, '')}; see mayfly --help`)
    return 2
  }
  if (error instanceof ConfigError) {
    complain(`mayfly: ${oneLine(error.message)}`)
    return 2
  }
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    complain(`mayfly: ${oneLine(error.message)}`)
    return error.exitCode
  }
  // Our own errors are written for people; anything else is a mistake of ours, and its stack belongs into the report.
  const isOurs =
    error instanceof Error &&
    error.name !== 'Error' &&
    'code' in error &&
    !String(error.code).startsWith('ERR_')
  complain(
    isOurs
      ? `mayfly: ${oneLine(error.message)}`
      : `mayfly: unexpected: ${error instanceof Error ? error.stack : String(error)}`,
  )
  return 1
}

/** Ends the run when the process that started this one (launcher or `up`) is gone, killed without a word. */
const watchParent = (parentPid: string | undefined, gone: () => void): void => {
  if (parentPid === undefined) return
  setInterval(() => {
    if (process.ppid !== Number(parentPid)) gone()
  }, 1_000).unref()
}

/** Runs the command line of this process and ends it. */
export const main = async (): Promise<void> => {
  const args = process.argv.slice(2)
  const asked = args[0]
  const spec = commands.find(({ name }) => name === asked)
  const ending = new AbortController()
  const complain = (line: string): void => void process.stderr.write(`${line}\n`)
  let signalled: NodeJS.Signals | undefined
  const end = (signal?: NodeJS.Signals): void => {
    if (ending.signal.aborted) return
    signalled = signal
    ending.abort()
    setTimeout(() => {
      complain(`mayfly: not everything ended within ${shutdownMs / 1000} s; leaving now`)
      process.exit(1)
    }, shutdownMs).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => end(signal))
  watchParent(process.env.MAYFLY_PARENT_PID, () => end())
  process.stderr.on('error', () => undefined)
  const context: Context = {
    env: process.env,
    // A client whose reader left has nothing more to do; a program goes on without its greeting being read.
    output: new Output(process.stdout, spec?.isProgram ? new AbortController() : ending),
    complain,
    signal: ending.signal,
  }
  let status = 0
  try {
    const program = await buildProgram(asked, context)
    if (args.length === 0) {
      complain(program.helpInformation().trimEnd())
      status = 2
    } else await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // A client that was interrupted fails because of that: nothing to explain.
    const wasInterrupted = ending.signal.aborted && !spec?.isProgram
    status = wasInterrupted ? 0 : explain(error, complain)
  }
  if (signalled === 'SIGINT' && !spec?.isProgram) status = 130
  process.stdout.write('', () => process.exit(status))
}
