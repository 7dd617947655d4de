/**
 * Why the probe does not run. One line says what, one what to do; `auto` falls back to /proc on any of them.
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
    'check that the bpf file system is mounted read-write (mount -t bpf none /sys/fs/bpf)',
  in_use: 'stop the other agent first: two agents cannot share one ring',
}

export class EbpfError extends Error {
  override readonly name = 'EbpfError'
  readonly code: EbpfErrorCode
  readonly hint: string

  constructor(code: EbpfErrorCode, problem: string, cause?: unknown) {
    super(`${problem}: ${hints[code]}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hints[code]
  }
}
