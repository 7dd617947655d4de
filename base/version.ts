/** The version of this installation, for hellos, metrics and answers. */
import manifest from '../package.json' with { type: 'json' }

export const version: string = manifest.version
