/**
 * Gets Debian's own 6.1 kernel for a virtual machine; nothing is installed. The package is downloaded once, taken apart
 * with dpkg-deb, and only the kernel image and the overlay module are kept in the cache. Used by kernel-6.1.test.ts.
 * What cannot be had on this machine is a KernelTestError, which the test shows as its reason to skip.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type KernelTestErrorCode =
  | 'wrong_machine'
  | 'tool_missing'
  | 'kernel_unavailable'
  | 'library_missing'
  | 'boot_failed'

/** Says what is missing or went wrong, and what to do about it. */
export class KernelTestError extends Error {
  override readonly name = 'KernelTestError'
  readonly code: KernelTestErrorCode

  constructor(code: KernelTestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface DebianKernel {
  /** Package and version, as in the package's file name. */
  readonly name: string
  readonly vmlinuz: string
  readonly overlayModule: string
}

const flavour = /^linux-image-6\.1\.0-(\d+)-amd64$/
const downloadLimitMs = 120_000

/** Where kernels are kept between runs: one small directory per package version. */
export const kernelCache = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'mayfly', 'kernels')

const kernelIn = (directory: string, name: string): DebianKernel => ({
  name,
  vmlinuz: join(directory, name, 'vmlinuz'),
  overlayModule: join(directory, name, 'overlay.ko'),
})

/** The number in a name such as linux-image-6.1.0-56-amd64_6.1.192-2_amd64; 0 for other names. */
const abiOf = (name: string): number => Number(flavour.exec(name.split('_')[0] ?? '')?.[1] ?? 0)

/** The newest of several package names, or undefined when none is a 6.1 kernel. */
const newest = (names: readonly string[]): string | undefined =>
  names.filter((name) => abiOf(name) > 0).sort((a, b) => abiOf(b) - abiOf(a))[0]

/**
 * The newest cached kernel, else the newest one that apt can download.
 * Throws `wrong_machine` or `kernel_unavailable`.
 */
export const debianKernel = async (cache: string = kernelCache()): Promise<DebianKernel> => {
  if (process.arch !== 'x64')
    throw new KernelTestError('wrong_machine', `needs an x86-64 machine, this is ${process.arch}`)
  mkdirSync(cache, { recursive: true })
  const cached = newest(
    readdirSync(cache).filter((name) => existsSync(kernelIn(cache, name).overlayModule)),
  )
  if (cached !== undefined) return kernelIn(cache, cached)
  try {
    return await download(cache)
  } catch (error) {
    if (error instanceof KernelTestError) throw error
    throw new KernelTestError(
      'kernel_unavailable',
      `Debian's kernel package could not be downloaded (run apt-get update?): ${String(error).split('\n')[0]}`,
      { cause: error },
    )
  }
}

const download = async (cache: string): Promise<DebianKernel> => {
  const { stdout } = await run('apt-cache', ['pkgnames', 'linux-image-6.1.0-'])
  const name = newest(stdout.split('\n'))
  if (name === undefined)
    throw new KernelTestError(
      'kernel_unavailable',
      'apt knows no linux-image-6.1.0-*-amd64: run apt-get update on Debian 12',
    )
  const work = mkdtempSync(join(cache, 'download-'))
  try {
    await run('apt-get', ['download', '-q', name], { cwd: work, timeout: downloadLimitMs })
    const file = readdirSync(work).find((entry) => entry.endsWith('.deb'))
    if (file === undefined) throw new Error(`apt-get download ${name} left no file`)
    const unpacked = join(work, 'unpacked')
    await run('dpkg-deb', ['--extract', join(work, file), unpacked])
    const release = name.replace('linux-image-', '')
    const kept = join(work, 'kept')
    mkdirSync(kept)
    renameSync(join(unpacked, 'boot', `vmlinuz-${release}`), join(kept, 'vmlinuz'))
    renameSync(
      join(unpacked, 'lib/modules', release, 'kernel/fs/overlayfs/overlay.ko'),
      join(kept, 'overlay.ko'),
    )
    const kernel = file.replace(/\.deb$/, '')
    // One rename puts both files in place, so that a run that was stopped half-way leaves no half kernel.
    renameSync(kept, join(cache, kernel))
    return kernelIn(cache, kernel)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
