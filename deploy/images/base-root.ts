/**
 * The root file system of `debian:12.N-slim` without a registry of images: the same packages by debootstrap, without what the
 * slim variant leaves out. Kept as a tar file, as half a minute of installing gives the same each time. Called by build.ts.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Suites by major version. */
const suites: Readonly<Record<string, string>> = { 12: 'bookworm', 13: 'trixie' }

/** As in Debian's own images: security fixes come from a suite of their own. */
const sources = (suite: string): string =>
  [
    `deb http://deb.debian.org/debian ${suite} main`,
    `deb http://deb.debian.org/debian ${suite}-updates main`,
    `deb http://deb.debian.org/debian-security ${suite}-security main`,
    '',
  ].join('\n')

/** Left out of slim images, now and by later installations: .slimify-excludes of debuerreotype, which makes them. */
const excluded = ['doc', 'groff', 'info', 'linda', 'lintian', 'locale', 'man'] as const
const dpkgConfiguration = [
  ...excluded.map((name) => `path-exclude /usr/share/${name}/*`),
  'path-include /usr/share/doc/*/copyright',
  '',
].join('\n')

const run = (command: string, ...args: readonly string[]): void => {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })
}

const makeRoot = (root: string, suite: string): void => {
  const mirror = 'http://deb.debian.org/debian'
  run('debootstrap', '--variant=minbase', suite, root, mirror)
  writeFileSync(join(root, 'etc/apt/sources.list'), sources(suite))
  writeFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/docker'), dpkgConfiguration)
  const share = join(root, 'usr/share')
  const notCopyright = ['-type', 'f', '!', '-name', 'copyright', '-delete']
  run('find', join(share, 'doc'), ...notCopyright)
  for (const name of excluded)
    if (name !== 'doc' && existsSync(join(share, name)))
      run('find', join(share, name), '-mindepth', '1', '-delete')
  // debootstrap takes them over from this machine.
  for (const name of ['resolv.conf', 'hostname']) rmSync(join(root, 'etc', name), { force: true })
  for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'var/log'])
    run('find', join(root, path), '-type', 'f', '-delete')
}

/**
 * The tar file of an image's root.
 * @throws Error for any image that is not debian:N.N-slim, and when debootstrap fails.
 */
export const baseRoot = (image: string, cache: string): string => {
  const major = /^debian:(\d+)\.\d+-slim$/.exec(image)?.[1] ?? ''
  const suite = suites[major]
  if (suite === undefined) throw new Error(`base ${image}: only debian:12.N-slim can be made here`)
  const file = join(cache, `debian-${suite}-slim.tar`)
  if (existsSync(file)) return file
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(tmpdir(), 'mayfly-base-'))
  try {
    const root = join(work, 'root')
    makeRoot(root, suite)
    const partial = `${file}.${process.pid}`
    run('tar', '--numeric-owner', '-cf', partial, '-C', root, '.')
    renameSync(partial, file)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return file
}
