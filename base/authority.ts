/** The authorities that a client of the collector trusts, from the PEM file of `--collector-ca`. Called by agent and command line. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ConfigError } from './config.ts'

/**
 * Read at each call, as the file may rotate. Checked, because Node takes a file without certificates for an authority that
 * signed nothing.
 * @throws ConfigError when it cannot be read or holds no certificate.
 */
export const readAuthority = (path: string | undefined): Buffer | undefined => {
  if (path === undefined) return undefined
  let pem: Buffer
  try {
    pem = readFileSync(path)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    const hint = `cannot be read (${reason}); name a PEM file`
    throw new ConfigError('invalid', '--collector-ca', path, hint)
  }
  try {
    new X509Certificate(pem)
  } catch {
    const hint = 'holds no certificate; name a PEM file with the authority of the collector'
    throw new ConfigError('invalid', '--collector-ca', path, hint)
  }
  return pem
}
