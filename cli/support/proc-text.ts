/**
 * Parsers of the files below /proc/self that say what this host lets an agent do. Pure and total: what is not understood is left out.
 * Called by host-facts.ts.
 */

export interface Mount {
  readonly at: string
  readonly fileSystem: string
  readonly isReadOnly: boolean
}

/** Characters that the kernel writes as octal: space, tab, line end, backslash (proc(5), mountinfo). */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))

/** /proc/PID/mountinfo. Sources and their options are left out: some hold credentials. */
export const parseMounts = (text: string): readonly Mount[] =>
  text.split('\n').flatMap((line) => {
    const [mount = '', source = ''] = line.split(' - ', 2)
    const [, , , , at, options = ''] = mount.split(' ')
    const [fileSystem = ''] = source.split(' ')
    if (at === undefined || fileSystem === '') return []
    const isReadOnly = options.split(',').includes('ro')
    return [{ at: unescaped(at), fileSystem, isReadOnly }]
  })

/** The mount that a path is on: the longest one above it, of those the last. */
export const mountOf = (path: string, mounts: readonly Mount[]): Mount | undefined =>
  mounts
    .filter(({ at }) => at === '/' || path === at || path.startsWith(`${at}/`))
    .reduce<Mount | undefined>(
      (best, one) => (best === undefined || one.at.length >= best.at.length ? one : best),
      undefined,
    )

export interface Limit {
  readonly soft: string
  readonly hard: string
}

const limitNames: Readonly<Record<string, string>> = {
  'Max open files': 'openFiles',
  'Max locked memory': 'lockedMemoryBytes',
  'Max processes': 'processes',
  'Max address space': 'addressSpaceBytes',
}

/** /proc/PID/limits: columns of a fixed width, with `unlimited` for none. */
export const parseLimits = (text: string): Readonly<Record<string, Limit>> =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const name = limitNames[line.slice(0, 25).trim()]
      const [soft, hard] = line.slice(25).trim().split(/\s+/)
      return name === undefined || soft === undefined || hard === undefined
        ? []
        : [[name, { soft, hard }]]
    }),
  )

/** Those that decide what an agent can see; numbers of include/uapi/linux/capability.h. */
const capabilityBits = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_NET_ADMIN: 12,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_SYSLOG: 34,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
} as const

/** Names of the listed capabilities that a mask such as `000001ffffffffff` holds. */
export const capabilitiesOf = (mask: string): readonly string[] => {
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return []
  const bits = BigInt(`0x${mask}`)
  return Object.entries(capabilityBits)
    .filter(([, bit]) => (bits >> BigInt(bit)) & 1n)
    .map(([name]) => name)
}

/** A field of /proc/PID/status; undefined when it is not there. */
export const statusField = (text: string, name: string): string | undefined =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim()

/** `v1`, `v2`, or `hybrid`: both are mounted. */
export const cgroupVersion = (mounts: readonly Mount[]): 'none' | 'v1' | 'v2' | 'hybrid' => {
  const has = (fileSystem: string): boolean => mounts.some((one) => one.fileSystem === fileSystem)
  if (has('cgroup2')) return has('cgroup') ? 'hybrid' : 'v2'
  return has('cgroup') ? 'v1' : 'none'
}
