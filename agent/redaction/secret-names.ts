/**
 * Tells from the name of a flag, variable, header or field whether its value is a secret. The last words decide: `db-password` is
 * one, `password-file` and `token-ttl` are not.
 */

/** `secret`: always. `unless-path`: names that as often hold the path of a file, which is no secret. */
export type NameKind = 'plain' | 'secret' | 'unless-path'

/** Whole last words. */
const secretWords = new Set([
  'pass',
  'passin',
  'passout',
  'pwd',
  'pw',
  'psk',
  'bearer',
  'requirepass',
  'masterauth',
])

/** Endings of the last word, for names that are written together: `PGPASSWORD`, `authtoken`, `storepass`. */
const secretEndings = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'apikey',
  'secretkey',
  'accesskey',
  'authkey',
  'storepass',
  'keypass',
] as const

const pathEndings = ['credential', 'credentials', 'privatekey'] as const

/** `…-key` is a secret after one of these; a public key, a sort key or a TLS key file is none. */
const keyKinds = new Set([
  'api',
  'access',
  'secret',
  'encryption',
  'signing',
  'master',
  'account',
  'auth',
  'shared',
  'storage',
  'subscription',
])

/** A first word that makes the whole a switch. */
const switches = new Set([
  'no',
  'with',
  'without',
  'show',
  'enable',
  'disable',
  'use',
  'skip',
  'allow',
  'require',
  'is',
  'has',
  'ask',
  'prompt',
  'print',
])

/** Tokens of text and pages of lists. */
const harmlessTokens = new Set([
  'page',
  'next',
  'starting',
  'continuation',
  'pagination',
  'continue',
  'max',
  'min',
  'num',
  'stop',
  'start',
  'eos',
  'bos',
  'pad',
  'unk',
  'sep',
  'cls',
  'mask',
  'special',
])

/** Names that the rules would not find: redis-cli's variable, npm's setting (also `//registry.example/:_auth`). */
const secretNames = /(?:^REDISCLI_AUTH|(?:^|:)_auth)$/

/** What every secret name contains: most names are cleared by it without being taken apart. */
const nameTrace = /pass|pwd?|psk|secret|token|key|cred|auth|bearer/i

/** Longest name looked at. */
const nameCharsMax = 256

/** Lower case, words separated by single dashes: `AWS_SecretKey` → `aws-secret-key`. */
export const normalizeName = (name: string): string =>
  name
    .replace(/^[-/]+/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[-_./:@\s]+/g, '-')
    .replace(/^-|-$/g, '')

const endsWithAny = (word: string, endings: readonly string[]): boolean =>
  endings.some((ending) => word.endsWith(ending))

/** The kind of a name as written, with or without leading dashes. Pure and total. */
export const nameKind = (name: string): NameKind => {
  if (name.length > nameCharsMax || !nameTrace.test(name)) return 'plain'
  if (secretNames.test(name)) return 'secret'
  const words = normalizeName(name).split('-')
  const last = (words.at(-1) ?? '').replace(/\d+$/, '')
  const before = words.at(-2) ?? ''
  if (words.length > 1 && switches.has(words[0] ?? '')) return 'plain'
  if (last === 'token' && harmlessTokens.has(before)) return 'plain'
  if (last === 'key') {
    if (before === 'private') return 'unless-path'
    return keyKinds.has(before) ? 'secret' : 'plain'
  }
  // The variable PWD is the working directory.
  if (words.length === 1 && (last === 'pwd' || last === 'secret')) return 'unless-path'
  if (endsWithAny(last, pathEndings)) return 'unless-path'
  if (secretWords.has(last) || endsWithAny(last, secretEndings)) return 'secret'
  return 'plain'
}

const pathText = /^(?:\/|\.{1,2}\/|~\/|file:|[A-Za-z]:\\)[\w./@+~ \\:-]*$/

const plainValues = new Set(['true', 'false', 'yes', 'no', 'on', 'off', 'null', 'none', 'nil', '-'])

/** What stands for a replaced secret. */
export const marker = '[redacted]'

/** True for values that betray nothing, whatever their name: empty, switches, what is masked already, placeholders. */
export const isHarmlessValue = (kind: NameKind, value: string): boolean =>
  value === '' ||
  value.startsWith(marker.slice(0, -1)) ||
  (value.length <= 5 && plainValues.has(value.toLowerCase())) ||
  /^(?:\d|\*+|x{3,}|<[^<>]{1,64}>)$/i.test(value) ||
  (kind === 'unless-path' && pathText.test(value))
