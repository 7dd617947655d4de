/**
 * The images of the recordings: Debian as it is installed on this machine, with the services' own files (image/) on top, as the
 * read-only layers of an overlay for each container. So an installed program is a file of the image, and what a container writes is
 * not, exactly as with a runtime's own overlays.
 *
 * Everything that is written lies on a tmpfs: an overlay whose lower layer is / must not have its upper layer on the same file system.
 */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from '#test/fixtures/oci-bundle.ts'

/** Where containers look for programs; Debian installs into these, Node is put into the first. */
export const programPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const ownFiles = join(import.meta.dirname, 'image')

/** Directories at / where containers of one recording find the same files. */
const volumes = ['data', 'backup'] as const

/** Directories of this machine that no image has; a container begins with empty ones. */
const hidden = ['tmp', 'run'] as const

/** Programs out of these that a container would not find, by name. */
export const missingPrograms = (names: readonly string[]): readonly string[] =>
  names.filter(
    (name) => !programPath.split(':').some((directory) => existsSync(join(directory, name))),
  )

export class Image {
  readonly #directory: string
  readonly #mounted: string[] = []
  #count = 0

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** Needs root. Goes with the test, after all that was made of it. */
  static make(t: Teardown): Image {
    const directory = mkdtempSync(join(tmpdir(), 'mayfly-services-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', directory])
    const image = new Image(directory)
    t.teardown(() => image.#close())
    const layer = image.#layer
    cpSync(ownFiles, layer, { recursive: true })
    for (const name of volumes) mkdirSync(join(layer, name))
    // A whiteout, as overlayfs knows it.
    for (const name of hidden) execFileSync('mknod', [join(layer, name), 'c', '0', '0'])
    const programs = join(layer, 'usr/local/bin')
    mkdirSync(programs, { recursive: true })
    copyFileSync(process.execPath, join(programs, 'node'))
    return image
  }

  get #layer(): string {
    return join(this.#directory, 'layer')
  }

  /** Makes an empty volume for each of a recording's mount points: path in the container to directory of this machine. */
  makeVolumes(recording: string): ReadonlyMap<string, string> {
    return new Map(
      volumes.map((name) => {
        const directory = join(this.#directory, 'volumes', recording, name)
        mkdirSync(directory, { recursive: true })
        return [`/${name}`, directory]
      }),
    )
  }

  /** The directory of a new bundle: its rootfs is mounted, its config.json is the caller's to write. */
  makeBundleDirectory(): string {
    this.#count += 1
    const directory = join(this.#directory, 'bundles', String(this.#count))
    const [rootfs, upper, work] = ['rootfs', 'upper', 'work'].map((name) => {
      const path = join(directory, name)
      mkdirSync(path, { recursive: true })
      return path
    }) as [string, string, string]
    const layers = `lowerdir=${this.#layer}:/,upperdir=${upper},workdir=${work}`
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, rootfs])
    this.#mounted.push(rootfs)
    for (const name of hidden) {
      mkdirSync(join(rootfs, name))
      chmodSync(join(rootfs, name), name === 'tmp' ? 0o1777 : 0o755)
    }
    return directory
  }

  #close(): void {
    for (const rootfs of this.#mounted.reverse()) execFileSync('umount', [rootfs])
    execFileSync('umount', [this.#directory])
    rmdirSync(this.#directory)
  }
}
