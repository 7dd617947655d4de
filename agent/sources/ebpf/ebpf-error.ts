/**
 * Why the probe does not run: one line that says what, then what to do, and last what libbpf printed. `auto` goes on with less on any
 * of them but `in_use`.
 */

/**
 * `no_btf`: kernel without type information. `no_libbpf`: the shared library is missing. `no_permission`: the kernel
 * refuses. `no_object`: the compiled probe is missing. `load_failed`, `attach_failed`: the kernel rejects it.
 * `bad_ring_size`: not a size a ring can have. `pin_failed`: bpffs refuses. `in_use`: another agent owns the pins.
 */
export type EbpfErrorCode =
  | 'no_btf'
  | 'no_libbpf'
  | 'no_permission'
  | 'no_object'
  | 'bad_ring_size'
  | 'load_failed'
  | 'attach_failed'
  | 'pin_failed'
  | 'in_use'

const hints: Readonly<Record<EbpfErrorCode, string>> = {
  no_btf: 'run a kernel built with CONFIG_DEBUG_INFO_BTF=y, 5.8 or later, or use --source procfs',
  no_libbpf: 'install libbpf 1.0 or later (Debian: apt install libbpf1), or use --source procfs',
  no_permission:
    'run as root, or with CAP_BPF and CAP_PERFMON and a seccomp profile that allows bpf(2)',
  no_object:
    'the installation is incomplete: reinstall, or run `npm run probe` with clang and libbpf-dev',
  bad_ring_size: 'choose a power of two between 65536 and 1073741824 bytes',
  load_failed: 'report the kernel version with this message; until then use --source procfs',
  attach_failed: 'report the kernel version with this message; until then use --source procfs',
  pin_failed:
    'check that the bpf file system is mounted read-write and is this user’s to write (mount -t bpf none /sys/fs/bpf)',
  in_use: 'stop the other agent first: two agents cannot share one ring',
}

/** Of libbpf's words so much is shown: enough for a verifier's last lines. */
const printedCharsShown = 200

/** What libbpf printed, as the end of a line; its own end matters. Empty when it printed nothing. */
const lastWords = (printed: string): string => {
  if (printed === '') return ''
  const isWhole = printed.length <= printedCharsShown
  return ` (${isWhole ? printed : `…${printed.slice(1 - printedCharsShown)}`})`
}

export class EbpfError extends Error {
  override readonly name = 'EbpfError'
  readonly code: EbpfErrorCode
  /** What is wrong, without what to do: for whoever knows that better. */
  readonly problem: string
  readonly hint: string
  /** All that libbpf printed of it, for the log; empty for most. */
  readonly printed: string

  /** What to do stands before what libbpf printed: whoever cuts the line for want of room cuts the latter. */
  constructor(code: EbpfErrorCode, problem: string, cause?: unknown, printed = '') {
    super(
      `${problem}: ${hints[code]}${lastWords(printed)}`,
      cause === undefined ? undefined : { cause },
    )
    this.code = code
    this.problem = `${problem}${lastWords(printed)}`
    this.hint = hints[code]
    this.printed = printed
  }
}
