/**
 * Every number that a statistic decides by: what it means, where it comes from, and within which bounds a person may set it. Limits
 * of memory are no parameters; they stand beside what they limit.
 */
export interface Parameter {
  readonly default: number
  readonly least: number
  readonly most: number
  readonly unit: 'count' | 'seconds' | 'hours' | 'bytes' | 'factor' | 'score' | 'probability'
  readonly help: string
  /** Where the default comes from; `own` where it is our judgement. */
  readonly source: string
}

const zeek = 'Zeek, policy/misc/scan.zeek'
const jung = 'Jung et al. 2004, doi 10.1109/SECPRI.2004.1301325; Zeek, trw.bro'
const rita = 'RITA v5, default_config.hjson'

const count = { least: 2, most: 10_000, unit: 'count' } as const
const span = { least: 10, most: 86_400, unit: 'seconds' } as const
const hours = { least: 1, most: 168, unit: 'hours' } as const
const probability = { least: 0.0001, most: 0.9999, unit: 'probability' } as const

const table = {
  'scan.addresses': {
    ...count,
    default: 25,
    help: 'Addresses that one container fails to reach on one port within the window.',
    source: zeek,
  },
  'scan.ports': {
    ...count,
    default: 15,
    help: 'Ports of one address that one container fails to reach within the window.',
    source: zeek,
  },
  'scan.window': { ...span, default: 300, help: 'Window of both scans.', source: zeek },
  'trw.theta0': {
    ...probability,
    default: 0.8,
    help: 'How likely a first contact succeeds of who does not scan.',
    source: jung,
  },
  'trw.theta1': {
    ...probability,
    default: 0.2,
    help: 'How likely a first contact succeeds of who scans; below trw.theta0.',
    source: jung,
  },
  'trw.detection': {
    ...probability,
    default: 0.99,
    help: 'Wanted probability that who scans is found (PD).',
    source: jung,
  },
  'trw.false-alarm': {
    ...probability,
    default: 0.01,
    help: 'Accepted probability that who does not scan is found (PF); below trw.detection.',
    source: jung,
  },
  'trw.expiry': {
    ...span,
    default: 1_800,
    help: 'Without contacts for so long, a walk begins anew.',
    source: 'Zeek, trw.bro: 30 min for who is taken for benign',
  },
  'beacon.score': {
    least: 0.1,
    most: 1,
    unit: 'score',
    default: 0.9,
    help: 'Score from which regular connections to one external destination are told of.',
    source: `${rita}: 0.5 base, 0.7 low, 0.9 medium, 1.0 high`,
  },
  'dns-tunnel.names': {
    ...count,
    default: 100,
    help: 'Different names under one registrable domain within the window.',
    source: `${rita}: 100 base, 500 low, 800 medium, 1,000 high`,
  },
  'dns-tunnel.window': { ...span, default: 86_400, help: 'Their window.', source: rita },
  'burst.deviations': {
    least: 1,
    most: 100,
    unit: 'factor',
    default: 3,
    help: 'Executions per minute above the moving mean, in moving standard deviations (L).',
    source: 'EWMA chart, customary 2.7 to 3',
  },
  'burst.weight': {
    least: 0.01,
    most: 0.9,
    unit: 'factor',
    default: 0.1,
    help: 'Weight of the latest minute in the moving mean (lambda).',
    source: 'EWMA chart, customary 0.1 to 0.3',
  },
  'burst.learning': {
    least: 10,
    most: 10_000,
    unit: 'count',
    default: 60,
    help: 'Minutes of a container that are seen before one is judged.',
    source: 'own',
  },
  'burst.floor': {
    ...count,
    default: 100,
    help: 'Executions per minute below which nothing is a burst.',
    source: 'own',
  },
  'crash-loop.exits': {
    ...count,
    default: 3,
    help: 'Times that a container’s first process fails within the window.',
    source: 'own',
  },
  'crash-loop.window': { ...span, default: 600, help: 'Their window.', source: 'own' },
  'crash-loop.life': {
    ...span,
    default: 60,
    help: 'Who lives longer has not failed to start.',
    source: 'own',
  },
  'fork-bomb.processes': {
    ...count,
    default: 500,
    help: 'Living processes of one container, of which the later half came within the window.',
    source: 'own',
  },
  'fork-bomb.forks': {
    ...count,
    most: 1_000_000,
    default: 10_000,
    help: 'Ends within the window of processes that never executed anything.',
    source: 'own',
  },
  'fork-bomb.window': { ...span, default: 60, help: 'Window of both.', source: 'own' },
  'long-connection.duration': {
    ...hours,
    default: 4,
    help: 'Hours that a connection to an external destination lasts; beyond it RITA’s steps are told of.',
    source: `${rita}: 1 base, 4 low, 8 medium, 12 high`,
  },
  'bytes-out.score': {
    least: 1,
    most: 1_000,
    unit: 'score',
    default: 3.5,
    help: 'Modified z of the bytes sent within an hour to external peers.',
    source: 'Iglewicz and Hoaglin 1993',
  },
  'bytes-out.floor': {
    least: 0,
    most: 1e15,
    unit: 'bytes',
    default: 100_000_000,
    help: 'Bytes per hour below which nothing is told of.',
    source: 'own; RITA weighs threat intelligence by 25 MB',
  },
  'bytes-out.learning': {
    ...hours,
    default: 24,
    help: 'Hours of a workload that are seen before one is judged.',
    source: 'own',
  },
  'new-destination.learning': {
    ...hours,
    default: 24,
    help: 'Hours after a workload’s first event in which all its domains are learnt.',
    source: 'own; Elastic’s new_terms look back 5 to 7 days',
  },
} as const satisfies Readonly<Record<string, Parameter>>

export type ParameterName = keyof typeof table
export type StatisticParameters = Readonly<Record<ParameterName, number>>

export const parameterTable: Readonly<Record<ParameterName, Parameter>> = table

export const parameterNames = Object.keys(table) as readonly ParameterName[]

export const defaultParameters = Object.fromEntries(
  parameterNames.map((name) => [name, parameterTable[name].default]),
) as StatisticParameters

const isName = (name: string): name is ParameterName => Object.hasOwn(table, name)

/** Both of a pair may be right and contradict each other. */
const orders: readonly (readonly [below: ParameterName, above: ParameterName])[] = [
  ['trw.theta1', 'trw.theta0'],
  ['trw.false-alarm', 'trw.detection'],
]

const faultOf = (name: ParameterName, value: unknown): string | undefined => {
  const { least, most, unit } = parameterTable[name]
  const bounds = `from ${least} to ${most} (${unit})`
  if (typeof value !== 'number' || !Number.isFinite(value))
    return `${name} must be a number ${bounds}`
  if (value < least || value > most) return `${name} is ${value}, and must be ${bounds}`
  if (unit === 'count' && !Number.isInteger(value)) return `${name} is ${value}, and must be whole`
  return undefined
}

export interface ParsedParameters {
  /** What is at fault has its default. */
  readonly parameters: StatisticParameters
  /** One sentence each. */
  readonly faults: readonly string[]
}

/** Parameters by name, as a file or flag gives them; what is left out has its default. Total. */
export const parseParameters = (given: unknown): ParsedParameters => {
  if (given === undefined || given === null) return { parameters: defaultParameters, faults: [] }
  if (typeof given !== 'object' || Array.isArray(given))
    return {
      parameters: defaultParameters,
      faults: ['parameters must be given by name, such as scan.addresses: 25'],
    }
  const parameters: Record<ParameterName, number> = { ...defaultParameters }
  const faults: string[] = []
  for (const [name, value] of Object.entries(given)) {
    const fault = isName(name) ? faultOf(name, value) : `there is no parameter ${name}`
    if (fault !== undefined) faults.push(fault)
    else if (isName(name)) parameters[name] = value
  }
  for (const [below, above] of orders) {
    if (parameters[below] < parameters[above]) continue
    faults.push(
      `${below} is ${parameters[below]}, and must be below ${above}, which is ${parameters[above]}`,
    )
    parameters[below] = defaultParameters[below]
    parameters[above] = defaultParameters[above]
  }
  return { parameters, faults }
}
