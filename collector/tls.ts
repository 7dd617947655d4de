/**
 * The certificate that the collector shows: read and checked at start, looked at again every 30 s, as cert-manager and the
 * kubelet put a renewed one in the same place. Made by main; docs/tls.md says what people see of it.
 *
 * Rule: a new pair that cannot be used never replaces one that can.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:https'
import { createSecureContext, type SecureContextOptions } from 'node:tls'
import type { Clock } from '#base/clock.ts'
import { ConfigError } from '#base/config.ts'
import type { Log } from '#base/log.ts'
import { formatTime } from '#base/values.ts'

export interface TlsFiles {
  /** PEM: the collector's certificate first, then those between it and its authority. */
  readonly certFile: string
  /** PEM, not encrypted. */
  readonly keyFile: string
}

/** A certificate and its key, fit for use. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
  /** When the first of the certificates ends, Unix seconds. */
  readonly expiresS: number
}

/** Between two looks at the files: rotation happens hours before the end, and a look costs two reads of some kilobytes. */
export const reloadMs = 30_000
/** Looks for a moment between two swaps of the files; a third swap within is none that people make. */
const readAttempts = 3

const fault = (flag: string, path: string, hint: string): ConfigError =>
  new ConfigError('invalid', flag, path, hint)

const readPem = (flag: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw fault(flag, path, `cannot be read (${reason}); name a PEM file`)
  }
}

/** Both files of one moment: a swap between two reads would give a certificate and the key of another. */
const readBoth = ({ certFile, keyFile }: TlsFiles): { cert: string; key: string } => {
  let cert = readPem('--tls-cert', certFile)
  for (let attempt = 1; ; attempt += 1) {
    const key = readPem('--tls-key', keyFile)
    const again = readPem('--tls-cert', certFile)
    if (again === cert || attempt === readAttempts) return { cert: again, key }
    cert = again
  }
}

const parseCertificates = (pem: string): readonly X509Certificate[] => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}

/** The one options object for start and reload: what is left out at a reload would fall back to Node's defaults. */
export const secureContextOptions = ({ cert, key }: TlsPair): SecureContextOptions => ({
  cert,
  key,
  minVersion: 'TLSv1.2',
})

/**
 * Checks everything that TLS would find only at a client's expense.
 * @throws ConfigError naming the file and what is wrong with it.
 */
export const checkPair = (files: TlsFiles, cert: string, key: string): TlsPair => {
  const { certFile, keyFile } = files
  const unreadable = (): ConfigError =>
    fault('--tls-cert', certFile, 'holds no certificate; name a PEM file')
  let certificates: readonly X509Certificate[]
  try {
    certificates = parseCertificates(cert)
  } catch {
    throw unreadable()
  }
  const [own] = certificates
  if (own === undefined) throw unreadable()
  let privateKey: ReturnType<typeof createPrivateKey>
  try {
    privateKey = createPrivateKey(key)
  } catch {
    // As both ways to write it down say; OpenSSL's own words for it vary.
    const hint = key.includes('ENCRYPTED')
      ? 'is encrypted; store the key without a passphrase'
      : 'holds no private key; name a PEM file'
    throw fault('--tls-key', keyFile, hint)
  }
  if (!own.checkPrivateKey(privateKey))
    throw fault('--tls-key', keyFile, `is not the key of the first certificate in ${certFile}`)
  const expiresS = Math.min(...certificates.map(({ validTo }) => Date.parse(validTo) / 1000))
  const pair = { cert, key, expiresS }
  try {
    createSecureContext(secureContextOptions(pair))
  } catch (cause) {
    // Such as a key that is too short for the OpenSSL of this Node.
    throw fault('--tls-cert', certFile, `cannot be used (${(cause as Error).message})`)
  }
  return pair
}

export class ServerTls {
  readonly #files: TlsFiles
  readonly #clock: Clock
  readonly #log: Log
  #pair: TlsPair
  #server: Server | undefined
  #lookedMs: number
  /** What was last complained about, so that it is said once. */
  #complaint = ''
  readonly #counts = { reloads: 0, reloadFailures: 0, handshakeFailures: 0 }

  /** @throws ConfigError when the files cannot be used; a certificate that has expired can, and is warned about. */
  constructor(files: TlsFiles, log: Log, clock: Clock) {
    this.#files = files
    this.#log = log
    this.#clock = clock
    const { cert, key } = readBoth(files)
    this.#pair = checkPair(files, cert, key)
    this.#lookedMs = clock.monotonicMs()
    if (this.#isExpired(this.#pair)) {
      const facts = { file: files.certFile, expired: formatTime(this.#pair.expiresS * 1e6) }
      log.warn(
        facts,
        'tls: the certificate has expired; no client will connect until it is renewed',
      )
    }
  }

  get options(): SecureContextOptions {
    return secureContextOptions(this.#pair)
  }

  get expiresS(): number {
    return this.#pair.expiresS
  }

  get counts(): {
    readonly reloads: number
    readonly reloadFailures: number
    readonly handshakeFailures: number
  } {
    return this.#counts
  }

  /** From now on this server, which it returns, shows what the files hold, and its failed handshakes are counted. */
  serve(server: Server): Server {
    this.#server = server
    server.on('tlsClientError', () => {
      this.#counts.handshakeFailures += 1
    })
    return server
  }

  /** Looks at the files when it is time to; connections that are open keep what they have agreed on. Never throws. */
  poll(): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#lookedMs < reloadMs) return
    this.#lookedMs = nowMs
    try {
      this.#reload()
      this.#complaint = ''
    } catch (error) {
      this.#counts.reloadFailures += 1
      const { message } = error as Error
      if (message === this.#complaint) return
      this.#complaint = message
      this.#log.warn({}, `tls: ${message}; the certificate from before stays in use`)
    }
  }

  #isExpired({ expiresS }: TlsPair): boolean {
    return expiresS * 1e6 <= this.#clock.nowUs()
  }

  /** @throws ConfigError when there is something new that cannot be used, or nothing to be read. */
  #reload(): void {
    const { cert, key } = readBoth(this.#files)
    if (cert === this.#pair.cert && key === this.#pair.key) return
    const pair = checkPair(this.#files, cert, key)
    if (this.#isExpired(pair) && !this.#isExpired(this.#pair))
      throw fault('--tls-cert', this.#files.certFile, 'has expired')
    this.#server?.setSecureContext(secureContextOptions(pair))
    this.#pair = pair
    this.#counts.reloads += 1
    const expires = formatTime(pair.expiresS * 1e6)
    this.#log.info({ file: this.#files.certFile, expires }, 'tls: a new certificate is in use')
  }
}
