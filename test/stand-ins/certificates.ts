/** Certificates for stand-in servers, made with the openssl command when a test needs them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * `ca`: signed by the test's CA. `self-signed`: by itself, as kubelets do. `expired`: signed by the CA, but of the past.
 * `wrong-name`: signed by the CA for another node.
 */
export type CertificateKind = 'ca' | 'self-signed' | 'expired' | 'wrong-name'

export interface Certificates {
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
  /** Removes the files. */
  remove(): void
}

const openssl = (directory: string, args: readonly string[]): void => {
  execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

/** Makes a CA and a server certificate in a temporary directory. `names` are subjectAltName entries such as `DNS:node-1`. */
export const makeCertificates = (kind: CertificateKind, names: readonly string[]): Certificates => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-certificates-'))
  const alternatives = kind === 'wrong-name' ? 'DNS:another-node' : names.join(',')
  openssl(directory, [
    'req',
    '-x509',
    ...newKey,
    '-days',
    '2',
    '-subj',
    '/CN=cluster-ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  ])
  if (kind === 'self-signed') {
    const extension = `subjectAltName=${alternatives}`
    openssl(directory, [
      'req',
      '-x509',
      ...newKey,
      '-days',
      '2',
      '-subj',
      '/CN=node',
      '-addext',
      extension,
      '-keyout',
      'kubelet.key',
      '-out',
      'kubelet.crt',
    ])
  } else {
    writeFileSync(join(directory, 'names.cnf'), `subjectAltName=${alternatives}\n`)
    openssl(directory, [
      'req',
      ...newKey,
      '-subj',
      '/CN=node',
      '-keyout',
      'kubelet.key',
      '-out',
      'kubelet.csr',
    ])
    const days = kind === 'expired' ? '-1' : '2'
    openssl(directory, [
      'x509',
      '-req',
      '-in',
      'kubelet.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      days,
      '-extfile',
      'names.cnf',
      '-out',
      'kubelet.crt',
    ])
  }
  return {
    caFile: join(directory, 'ca.crt'),
    certificateFile: join(directory, 'kubelet.crt'),
    keyFile: join(directory, 'kubelet.key'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}
