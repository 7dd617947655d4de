/** The shared token between agents, command line and collector: read from a flag or a file, checked for form. */
import { readFileSync } from 'node:fs'
import { ConfigError } from './config.ts'

/** Enough for a JWT of a projected ServiceAccount token. */
const maxTokenLength = 8_192

/** The characters of RFC 6750's bearer token. */
const tokenForm = /^[A-Za-z0-9\-._~+/]+=*$/

export interface TokenSettings {
  readonly token?: string | undefined
  readonly tokenFile?: string | undefined
}

/** Says what is wrong with a token, never repeating it; undefined when it is fit for a header. */
export const checkToken = (token: string): string | undefined => {
  if (token.length > maxTokenLength) return `is longer than ${maxTokenLength} characters`
  if (!tokenForm.test(token)) return 'may hold only letters, digits and -._~+/ (then =)'
  return undefined
}

/**
 * The token of these settings; undefined when there is none. A file is read at each call, so that it may rotate.
 * @throws ConfigError when both are given, the file cannot be read or its content is no token.
 */
export const readToken = ({ token, tokenFile }: TokenSettings): string | undefined => {
  if (token !== undefined && tokenFile !== undefined) {
    throw new ConfigError(
      'conflict',
      '--token',
      undefined,
      'give --token or --token-file, not both',
    )
  }
  if (tokenFile === undefined) {
    const fault = token === undefined ? undefined : checkToken(token)
    if (fault) throw new ConfigError('invalid', '--token', undefined, `the token ${fault}`)
    return token
  }
  let content: string
  try {
    content = readFileSync(tokenFile, 'utf8').trim()
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new ConfigError(
      'invalid',
      '--token-file',
      tokenFile,
      `cannot be read (${reason}); name a readable file that holds the token`,
    )
  }
  const fault = content === '' ? 'is empty' : checkToken(content)
  if (fault) throw new ConfigError('invalid', '--token-file', tokenFile, `the token in it ${fault}`)
  return content
}
