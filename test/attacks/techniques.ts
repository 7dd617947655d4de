/** The whole corpus: what intruders do, in groups. Each group is played by the test file that needs it; corpus.test.ts looks at all. */
import type { Technique } from './technique.ts'
import { credentials } from './techniques/credentials.ts'
import { evasion } from './techniques/evasion.ts'
import { files } from './techniques/files.ts'
import { mining } from './techniques/mining.ts'
import { network } from './techniques/network.ts'
import { platform } from './techniques/platform.ts'
import { shells } from './techniques/shells.ts'

export const techniques: readonly Technique[] = [
  ...shells,
  ...files,
  ...mining,
  ...platform,
  ...credentials,
  ...network,
  ...evasion,
]
