/**
 * Runs one of the repository's TypeScript programs on another kernel: packs Node, the shared libraries, busybox and the
 * sources it needs into an initramfs, boots that under qemu, and collects the one line of JSON that the program prints.
 *
 * Emulation (TCG) always, also where /dev/kvm exists: nested KVM is refused or hangs on many CI machines, and a boot
 * takes seconds either way. The guest has no disk and no network, and ends by itself or by the time limit.
 */
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { type DebianKernel, KernelTestError } from './debian-kernel.ts'

const root = resolve(import.meta.dirname, '../..')

/** What a program in the guest prints around its line of JSON. */
export const resultMarkers = { begin: '<<<mayfly-result ', end: ' mayfly-result>>>' } as const

/** A guest that writes more than this to its console is stopped. */
const consoleLimitChars = 4 * 1024 * 1024
const memoryMiB = 1024
const libbpfName = 'libbpf.so.1'

export interface Guest {
  readonly kernel: DebianKernel
  /** The program to run, as a path inside the repository. */
  readonly program: string
  /** Directories and files of the repository that it needs, packages under node_modules included. */
  readonly sources: readonly string[]
  /** Further files: path in the guest → path here. */
  readonly files?: Readonly<Record<string, string>>
  /** The machine is killed after this. */
  readonly timeoutMs: number
}

export interface GuestAnswer {
  /** What the program printed between the markers. */
  readonly result: unknown
  /** Everything on the serial console: for people, when something fails. */
  readonly console: string
  readonly durationMs: number
}

/** What is missing here, by the name of its Debian package. */
export const missingPackages = (): readonly string[] => {
  const tools = [
    ['qemu-system-x86_64', 'qemu-system-x86'],
    ['cpio', 'cpio'],
    ['gcc', 'gcc'],
    ['/bin/busybox', 'busybox-static'],
  ] as const
  const missing: string[] = tools
    .filter(([tool]) => !succeeds('which', [tool]))
    .map(([, debianPackage]) => debianPackage)
  return libraryByName(libbpfName) === undefined ? [...missing, 'libbpf1'] : missing
}

const succeeds = (program: string, args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/**
 * Boots the guest and returns the program's answer.
 * Throws `library_missing`, or `boot_failed` with the end of the console when no answer came in time.
 */
export const bootGuest = async (guest: Guest): Promise<GuestAnswer> => {
  const work = mkdtempSync(join(tmpdir(), 'mayfly-kernel-'))
  try {
    const initramfs = packInitramfs(guest, work)
    const begin = performance.now()
    const output = await runMachine(guest, initramfs)
    const durationMs = performance.now() - begin
    const line = output.split(resultMarkers.begin)[1]?.split(resultMarkers.end)[0]
    if (line === undefined)
      throw new KernelTestError(
        'boot_failed',
        `the guest gave no answer in ${Math.round(durationMs)} ms of ${guest.timeoutMs}; its console ends with:\n${output.slice(-8000)}`,
      )
    return { result: JSON.parse(line), console: output, durationMs }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Compiles a C program of the repository without shared libraries; returns the path in `directory`. */
export const compileStatic = (source: string, directory: string): string => {
  const path = join(directory, basename(source, '.c'))
  execFileSync('gcc', ['-O2', '-static', '-pthread', '-o', path, join(root, source)])
  return path
}

/** The shared libraries that a program or library names, and those that they name. */
const librariesOf = (file: string): readonly string[] =>
  [...execFileSync('ldd', [file], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(
    ([, library = '']) => library,
  )

/** Where the loader finds a library by its name, as the agent's dlopen does. */
const libraryByName = (name: string): string | undefined =>
  execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' })
    .split('\n')
    .find((line) => line.trim().startsWith(`${name} `) && line.includes('x86-64'))
    ?.split('=> ')[1]
    ?.trim()

const init = (program: string): string => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
insmod /lib/overlay.ko
cd /repo
node ${program}
echo "guest: the program ended with $?"
poweroff -f
`

const packInitramfs = (guest: Guest, work: string): string => {
  const tree = join(work, 'tree')
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(tree, to)), { recursive: true })
    cpSync(from, join(tree, to), { recursive: true, dereference: true })
  }
  for (const name of ['proc', 'sys', 'dev', 'tmp']) mkdirSync(join(tree, name), { recursive: true })
  const libbpf = libraryByName(libbpfName)
  if (libbpf === undefined)
    throw new KernelTestError('library_missing', `${libbpfName}: apt-get install libbpf1`)
  const node = realpathSync(process.execPath)
  put(node, 'bin/node')
  put('/bin/busybox', 'bin/busybox')
  put(libbpf, join('lib/x86_64-linux-gnu', libbpfName))
  for (const library of new Set([...librariesOf(node), ...librariesOf(libbpf)]))
    put(library, library)
  put(guest.kernel.overlayModule, 'lib/overlay.ko')
  for (const source of ['package.json', ...guest.sources])
    put(join(root, source), join('repo', source))
  for (const [to, from] of Object.entries(guest.files ?? {})) put(from, to)
  writeFileSync(join(tree, 'init'), init(guest.program))
  chmodSync(join(tree, 'init'), 0o755)
  const initramfs = join(work, 'initramfs.cpio')
  execFileSync('sh', ['-c', 'find . | cpio --quiet -o -H newc >../initramfs.cpio'], { cwd: tree })
  rmSync(tree, { recursive: true })
  return initramfs
}

/** Runs the machine to its end and returns what it wrote to the console. */
const runMachine = (guest: Guest, initramfs: string): Promise<string> =>
  new Promise((done, fail) => {
    // timeout(1) holds the limit also when this process is killed, so that no machine is ever left behind.
    const machine = spawn(
      'timeout',
      [
        ...['--signal=KILL', String(Math.ceil(guest.timeoutMs / 1000)), 'qemu-system-x86_64'],
        ...['-accel', 'tcg', '-cpu', 'max', '-smp', '2', '-m', String(memoryMiB)],
        ...['-nodefaults', '-nographic', '-no-reboot', '-serial', 'stdio'],
        ...['-kernel', guest.kernel.vmlinuz, '-initrd', initramfs],
        // A kernel that panics reboots at once, which ends the machine.
        ...['-append', 'console=ttyS0 quiet panic=-1 oops=panic'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let output = ''
    const collect = (text: string): void => {
      output += text
      // timeout(1) passes this on.
      if (output.length > consoleLimitChars) machine.kill('SIGTERM')
    }
    machine.stdout.setEncoding('utf8').on('data', collect)
    machine.stderr.setEncoding('utf8').on('data', collect)
    machine.once('error', (error) =>
      fail(
        new KernelTestError('boot_failed', `qemu did not start: ${error.message}`, {
          cause: error,
        }),
      ),
    )
    machine.once('close', () => done(output))
  })
