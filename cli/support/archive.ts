/** Files in memory as a gzip'ed tar, and that on disk, for nobody but its owner. Called by the command `support-bundle`. */
import { lstatSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { pack } from 'tar-stream'
import { ConfigError } from '#base/config.ts'

export interface ArchiveFile {
  readonly path: string
  readonly text: string
}

const compress = promisify(gzip)

/** `madeAtMs`: the time of each file in it, Unix milliseconds. */
export const archive = async (files: readonly ArchiveFile[], madeAtMs: number): Promise<Buffer> => {
  const tar = pack()
  for (const { path, text } of files)
    tar.entry({ name: path, mode: 0o600, mtime: new Date(madeAtMs) }, text)
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar) chunks.push(chunk as Uint8Array)
  return compress(Buffer.concat(chunks))
}

const refuse = (path: string, hint: string): never => {
  throw new ConfigError('invalid', '--output', path, hint)
}

/** @throws ConfigError when there is something under this name already. */
export const checkIsFree = (path: string): void => {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined)
    refuse(path, 'is there already; name another file, or take --force')
}

/**
 * A new file of mode 0600; with `force` in the place of one that was there, whose mode and links do not matter then.
 * @throws ConfigError when it cannot be written; what was begun is removed.
 */
export const writePrivate = (path: string, content: Uint8Array, force: boolean): void => {
  if (!force) checkIsFree(path)
  let isOurs = false
  try {
    if (force) rmSync(path, { force: true })
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 })
    isOurs = true
    writeFileSync(path, content, { flag: 'r+' })
  } catch (error) {
    if (isOurs) rmSync(path, { force: true })
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    refuse(path, `cannot be written (${code}); name a file in a directory of yours that has room`)
  }
}
