/**
 * Decides whether the TLS server at the other end is this node's kubelet, before any token is sent to it.
 *
 * Trust order: 1. a certificate signed by the cluster's CA and valid for the node's name or the address dialled; 2. exactly the
 * certificate that lies on the node's own disk, mounted read-only: then neither its name nor its dates matter, as kubelets sign
 * their own for a year and never renew it (kubernetes/kubernetes#99418); 3. anything, but only when told so by flag.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { type ConnectionOptions, checkServerIdentity, connect, type TLSSocket } from 'node:tls'
import { certificateError, connectionError, KubeletError } from './kubelet-error.ts'

export interface KubeletTrust {
  /** The cluster's CA, PEM; without it the public authorities, which no kubelet uses. */
  readonly caFile?: string
  /** The node's own kubelet serving certificate, PEM; its first certificate is the one that counts. */
  readonly certificateFile?: string
  /** Accept any certificate: only by flag, and shown by a metric. */
  readonly insecure: boolean
}

/** How the kubelet at the other end proved itself. */
export type KubeletIdentity = 'ca' | 'pinned' | 'insecure' | 'plain'

export interface TlsTarget {
  readonly host: string
  readonly port: number
  /** The node's name, expected in the certificate when an address is dialled; empty when not known. */
  readonly nodeName: string
}

const readPem = (path: string, flag: string): Buffer => {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new KubeletError(
      'credentials',
      `${flag}: cannot read ${path} (${(error as Error).message})`,
      error,
    )
  }
}

const isPinned = (certificate: X509Certificate, trust: KubeletTrust): boolean => {
  if (trust.certificateFile === undefined) return false
  const pem = readPem(trust.certificateFile, '--kubelet-certificate')
  try {
    return new X509Certificate(pem).raw.equals(certificate.raw)
  } catch (error) {
    throw new KubeletError(
      'credentials',
      `--kubelet-certificate: ${trust.certificateFile} holds no PEM certificate`,
      error,
    )
  }
}

const expectedNames = (target: TlsTarget): readonly string[] =>
  target.nodeName === '' || target.nodeName === target.host
    ? [target.host]
    : [target.nodeName, target.host]

/** The name for SNI: the node's when an address is dialled; addresses are not allowed there. */
const serverName = (target: TlsTarget): string =>
  isIP(target.host) === 0 ? target.host : isIP(target.nodeName) === 0 ? target.nodeName : ''

const verify = (socket: TLSSocket, target: TlsTarget, trust: KubeletTrust): KubeletIdentity => {
  if (trust.insecure) return 'insecure'
  if (socket.authorized) return 'ca'
  const certificate = socket.getPeerX509Certificate()
  const where = `${target.host}:${target.port}`
  if (certificate === undefined)
    throw new KubeletError('tls', `the kubelet at ${where} shows no certificate`)
  if (isPinned(certificate, trust)) return 'pinned'
  // At run time this is a code, though typed as an Error.
  const reason: unknown = socket.authorizationError
  throw certificateError(typeof reason === 'string' ? reason : String(reason), {
    target: where,
    names: certificate.subjectAltName ?? '',
    expectedNames: expectedNames(target),
    validFrom: certificate.validFrom,
    validTo: certificate.validTo,
  })
}

/** Opens a TLS connection to the kubelet and proves who it is; rejects with KubeletError. `signal` ends the attempt. */
export const connectKubelet = (
  target: TlsTarget,
  trust: KubeletTrust,
  signal: AbortSignal,
): Promise<{ readonly socket: TLSSocket; readonly identity: KubeletIdentity }> =>
  new Promise((resolve, reject) => {
    const where = `${target.host}:${target.port}`
    const options: ConnectionOptions = {
      host: target.host,
      port: target.port,
      servername: serverName(target),
      ALPNProtocols: ['http/1.1'],
      // Refusing is ours to do, in verify(), as a pinned certificate counts where the chain does not.
      rejectUnauthorized: false,
      checkServerIdentity: (_host, certificate) => {
        const errors = expectedNames(target).map((name) => checkServerIdentity(name, certificate))
        return errors.includes(undefined) ? undefined : errors[0]
      },
    }
    if (trust.caFile !== undefined) options.ca = readPem(trust.caFile, '--kubelet-ca')
    const socket = connect(options)
    const abort = (): void => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', abort, { once: true })
    socket.once('error', (error) => reject(connectionError(error, where)))
    socket.once('close', () =>
      reject(connectionError(new Error('closed during the TLS handshake'), where)),
    )
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', abort)
      try {
        resolve({ socket, identity: verify(socket, target, trust) })
      } catch (error) {
        socket.destroy()
        reject(error)
      }
    })
  })
