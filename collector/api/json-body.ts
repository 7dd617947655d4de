/** The JSON body of a request that changes something: bounded, and of the declared type. */
import type { IncomingMessage } from 'node:http'
import { ApiError } from './errors.ts'

/** Longer bodies are refused; a hold with every field at its maximum fits, as Kubernetes writes names in ASCII. */
export const maxBodyBytes = 4_096

/** Resolves when the whole body is here. What goes beyond the limit is read away, so that the answer can be sent. */
const readBytes = (request: IncomingMessage, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let sizeBytes = 0
    request.on('data', (part: Buffer) => {
      sizeBytes += part.length
      if (sizeBytes <= maxBytes) parts.push(part)
      else reject(new ApiError('body_too_large', `write at most ${maxBytes} bytes`))
    })
    request.on('end', () => resolve(Buffer.concat(parts)))
    request.on('error', () => reject(new ApiError('bad_body', 'the body broke off')))
  })

/**
 * Reads the body as JSON, whatever that holds.
 * @throws ApiError `unsupported_media_type`, `body_too_large`, `bad_body`
 */
export const readJson = async (
  request: IncomingMessage,
  maxBytes = maxBodyBytes,
): Promise<unknown> => {
  const type = request.headers['content-type'] ?? ''
  // A form of a foreign page can send text/plain without asking first, but not this type.
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new ApiError('unsupported_media_type', 'send "Content-Type: application/json"')
  }
  const bytes = await readBytes(request, maxBytes)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new ApiError('bad_body', 'the body is not JSON in UTF-8')
  }
}
