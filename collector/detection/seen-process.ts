/**
 * A process as conditions see it: each field is made when it is asked for, because most events evaluate nothing. A class, not a
 * literal, because the CEL library knows a value's type by its class and wraps plain objects on every evaluation. Made by
 * activity.ts.
 */
import { LRUCache } from 'lru-cache'
import type { ActivityProcess } from './fields.ts'

/** Arguments are looked at as far as this, characters: a condition's cost is bounded by what it sees. */
const maxCommand = 4_096
const maxArgs = 64
export const maxText = 1_024
/** Capability sets that are remembered by name; a node's processes have a handful. */
const maxMasks = 1_000

const noTexts: readonly string[] = []

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Executables that are many programs, told apart by how they are called. */
export const multiCall: ReadonlySet<string> = new Set(['busybox', 'toybox', 'busybox.static'])
/** Programs whose files are named with their version. */
const versioned: ReadonlySet<string> = new Set(
  'python perl php php-fpm php-cgi ruby lua node nodejs tclsh pypy pip gcc g++ clang cc tcc java socat postgres'.split(
    ' ',
  ),
)

/**
 * `python3.11` → python, and with a target before it: `x86_64-linux-gnu-gcc-12` → gcc. Others stay as they are, and most have
 * neither a digit at their end nor a target.
 */
const withoutVersion = (name: string): string => {
  const bare = /\d\.?$/.test(name) ? name.replace(/[-.]?\d[\d.]{0,15}$/, '') : name
  if (versioned.has(bare)) return bare
  if (!bare.includes('-')) return name
  const target = /^[a-z0-9_]{2,16}(?:-[a-z0-9_]{1,16}){1,3}-(gcc|g\+\+|clang|cc)$/.exec(bare)?.[1]
  return target ?? name
}

/** What runs, by its path and its arguments: see `program` in fields.ts. */
const programOf = (exe: string, args: () => readonly string[]): string => {
  const name = nameOf(exe)
  if (!multiCall.has(name)) return withoutVersion(name)
  const [first = '', second] = args()
  const applet = nameOf(first).replace(/^-/, '')
  return multiCall.has(applet) ? nameOf(second ?? applet) : applet || name
}

/** Bits of capabilities(7), in order. */
const capabilityNames: readonly string[] =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  )

/**
 * Numbers that the kernel gives its first namespaces (include/linux/proc_ns.h; those of mnt and net are fixed from 6.18 on). Older
 * kernels number the others from 0xf0000000 up, and these two wherever they come.
 */
const firstNamespaces: Readonly<Record<string, number>> = {
  ipc: 0xefffffff,
  uts: 0xeffffffe,
  pid: 0xeffffffc,
  net: 0xeffffff9,
  mnt: 0xeffffff8,
}
const firstNames = Object.entries(firstNamespaces)

/** The numbers of a node's namespaces by their names: the inverse, for examples. @throws Error for a name that is none. */
export const hostNamespaceNumbers = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    names.map((name) => {
      const number = firstNamespaces[name]
      if (number === undefined)
        throw new Error(
          `hostNamespaces: "${name}" is none of ${Object.keys(firstNamespaces).join(', ')}`,
        )
      return [name, number]
    }),
  )

/** Which of a process's namespaces are its node's. User and cgroup namespaces are, as a rule, and say nothing. */
export const hostNamespacesOf = (
  namespaces: Readonly<Record<string, number>>,
): readonly string[] =>
  firstNames.some(([name, number]) => namespaces[name] === number)
    ? firstNames.flatMap(([name, number]) => (namespaces[name] === number ? [name] : []))
    : noTexts

const namesByMask = new LRUCache<string, readonly string[]>({ max: maxMasks })

/** `0xa80425fb` as names; none for what is no mask. */
export const capabilitiesOf = (mask: string): readonly string[] => {
  if (mask === '' || mask === '0x0') return noTexts
  const known = namesByMask.get(mask)
  if (known !== undefined) return known
  if (!/^0x[0-9a-f]{1,16}$/.test(mask)) return noTexts
  const bits = BigInt(mask)
  const names = capabilityNames.filter((_, bit) => (bits >> BigInt(bit)) & 1n)
  namesByMask.set(mask, names)
  return names
}

/** The mask of capabilities by name. @throws Error for a name that there is not. */
export const capabilityMask = (names: readonly string[]): string => {
  let bits = 0n
  for (const name of names) {
    const bit = capabilityNames.indexOf(name)
    if (bit < 0) throw new Error(`there is no capability "${name}"; write it without CAP_`)
    bits |= 1n << BigInt(bit)
  }
  return `0x${bits.toString(16)}`
}

/** What an event or the memory of processes tells; named as in proto/api.ts. */
export interface ProcessFacts {
  readonly exe: string
  readonly argv?: readonly string[]
  readonly script?: string
  readonly cwd?: string
  readonly tty?: string
  readonly uid?: number | null
  readonly entry?: string
  readonly runtime?: boolean
  readonly fileOrigin?: string
  readonly capabilities?: string
  readonly stdioSockets?: readonly string[]
  readonly namespaces?: Readonly<Record<string, number>>
}

const cut = (text: string): string => (text.length > maxText ? text.slice(0, maxText) : text)

const isShort = (argv: readonly string[]): boolean =>
  argv.length <= maxArgs && argv.every(({ length }) => length <= maxText)

export class SeenProcess implements ActivityProcess {
  readonly #own: ProcessFacts
  readonly #remember: (() => ProcessFacts | undefined) | undefined
  #rest: ProcessFacts | undefined
  #isRemembered = false
  #name: string | undefined
  #program: string | undefined
  #args: readonly string[] | undefined
  #command: string | undefined

  /** `remember`: asks the memory for what the event itself does not tell; without it there is no more to know. */
  constructor(own: ProcessFacts, remember?: () => ProcessFacts | undefined) {
    this.#own = own
    this.#remember = remember
  }

  get exe(): string {
    return cut(this.#own.exe)
  }

  get name(): string {
    this.#name ??= cut(nameOf(this.#own.exe))
    return this.#name
  }

  get program(): string {
    this.#program ??= programOf(this.exe, () => this.args)
    return this.#program
  }

  get calledAs(): string {
    return this.args[0] ?? ''
  }

  get args(): readonly string[] {
    if (this.#args === undefined) {
      const argv = this.#own.argv ?? this.#more?.argv ?? noTexts
      this.#args = isShort(argv) ? argv : argv.slice(0, maxArgs).map(cut)
    }
    return this.#args
  }

  get command(): string {
    this.#command ??= this.args.join(' ').slice(0, maxCommand)
    return this.#command
  }

  get script(): string {
    return cut(this.#own.script ?? this.#more?.script ?? '')
  }

  get cwd(): string {
    return cut(this.#own.cwd ?? this.#more?.cwd ?? '')
  }

  get tty(): string {
    return this.#own.tty ?? this.#more?.tty ?? ''
  }

  get uid(): bigint {
    return BigInt(this.#own.uid ?? this.#more?.uid ?? 0)
  }

  get origin(): string {
    return this.#own.fileOrigin ?? this.#more?.fileOrigin ?? 'unknown'
  }

  get entry(): string {
    return this.#own.entry ?? this.#more?.entry ?? 'unknown'
  }

  get sockets(): readonly string[] {
    return this.#own.stdioSockets ?? this.#more?.stdioSockets ?? noTexts
  }

  get capabilities(): readonly string[] {
    return capabilitiesOf(this.#own.capabilities ?? this.#more?.capabilities ?? '')
  }

  get hostNamespaces(): readonly string[] {
    return hostNamespacesOf(this.#own.namespaces ?? this.#more?.namespaces ?? {})
  }

  get runtime(): boolean {
    return this.#own.runtime ?? this.#more?.runtime ?? false
  }

  /** What the memory knows, asked for once. */
  get #more(): ProcessFacts | undefined {
    if (!this.#isRemembered) {
      this.#rest = this.#remember?.()
      this.#isRemembered = true
    }
    return this.#rest
  }
}

/** What an event without a process has, and whose parent nobody knows. */
export const noProcess = new SeenProcess({ exe: '' })
