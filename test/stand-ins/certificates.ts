/** Certificates for stand-in servers, made with the openssl command when a test needs them. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

/** A certificate and its key, PEM. */
export interface IssuedPair {
  readonly cert: string
  readonly key: string
}

/** An authority that can sign again and again, for tests of rotation. */
export interface Authority {
  readonly caFile: string
  /** What is in that file. */
  readonly ca: string
  /** `names` are subjectAltName entries such as `DNS:node-1`. */
  issue(kind: CertificateKind, names: readonly string[]): IssuedPair
  /** Removes the files. */
  remove(): void
}

const openssl = (directory: string, args: readonly string[]): void => {
  execFileSync('openssl', args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

const selfSigned = (directory: string, file: string, subject: string, extension?: string): void =>
  openssl(directory, [
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${subject}`],
    ...(extension === undefined ? [] : ['-addext', extension]),
    ...['-keyout', `${file}.key`, '-out', `${file}.crt`],
  ])

/** Leaves kubelet.crt and kubelet.key in the directory of a CA. */
const issueInto = (directory: string, kind: CertificateKind, names: readonly string[]): void => {
  const alternatives = kind === 'wrong-name' ? 'DNS:another-node' : names.join(',')
  const extension = `subjectAltName=${alternatives}`
  if (kind === 'self-signed') {
    selfSigned(directory, 'kubelet', 'node', extension)
    return
  }
  writeFileSync(join(directory, 'names.cnf'), `${extension}\n`)
  openssl(directory, [
    ...['req', ...newKey, '-subj', '/CN=node', '-keyout', 'kubelet.key', '-out', 'kubelet.csr'],
  ])
  openssl(directory, [
    ...['x509', '-req', '-in', 'kubelet.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key'],
    ...['-CAcreateserial', '-days', kind === 'expired' ? '-1' : '2'],
    ...['-extfile', 'names.cnf', '-out', 'kubelet.crt'],
  ])
}

const makeDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-certificates-'))
  selfSigned(directory, 'ca', 'cluster-ca')
  return directory
}

const remover = (directory: string) => () => rmSync(directory, { recursive: true, force: true })

/** Makes a CA; its name is the same each time, its key is not. */
export const makeAuthority = (): Authority => {
  const directory = makeDirectory()
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8')
  return {
    caFile: join(directory, 'ca.crt'),
    ca: read('ca.crt'),
    issue: (kind, names) => {
      issueInto(directory, kind, names)
      return { cert: read('kubelet.crt'), key: read('kubelet.key') }
    },
    remove: remover(directory),
  }
}

/** Makes a CA and a server certificate in a temporary directory. `names` are subjectAltName entries such as `DNS:node-1`. */
export const makeCertificates = (kind: CertificateKind, names: readonly string[]): Certificates => {
  const directory = makeDirectory()
  issueInto(directory, kind, names)
  return {
    caFile: join(directory, 'ca.crt'),
    certificateFile: join(directory, 'kubelet.crt'),
    keyFile: join(directory, 'kubelet.key'),
    remove: remover(directory),
  }
}
