/** An operator who builds images in the cluster, and says so: for the tests that play builds. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from '#test/fixtures/oci-bundle.ts'
import { imageOf } from './pod.ts'

const buildersFile = `builders:
  - name: builds of images
    image: ${imageOf('build-*')}
`

/** A directory for `--rules` that declares the builders. */
export const buildersDirectory = (t: Teardown): string => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-builders-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  writeFileSync(join(directory, 'builders.yaml'), buildersFile)
  return directory
}
