/**
 * The domain that somebody registered, of a name: `www.example.co.uk` is `example.co.uk`'s. Pure and total; called by dns-tunnel.ts
 * and new-destination.ts.
 *
 * A heuristic, not the Public Suffix List, which has ten thousand entries and changes weekly: second levels that registries of
 * countries commonly keep for themselves, and some hosters whose customers are strangers to each other. Where it is
 * wrong, names of several owners are taken for one's (an unknown hoster), or one's for several.
 */
import { isIP } from 'node:net'

/** Under a country's two letters. */
const secondLevels = new Set(
  'ac ad co com ed edu gen go gob gov govt gv id info ltd me mil muni net ne nom or org plc res sch school tm web'.split(
    ' ',
  ),
)

/** Below these each name is another customer's. */
const hosters: readonly string[] =
  'amazonaws.com appspot.com azureedge.net azurewebsites.net blob.core.windows.net cloudapp.azure.com cloudapp.net cloudfront.net duckdns.org fly.dev github.io gitlab.io herokuapp.com netlify.app ngrok-free.app ngrok.app ngrok.io no-ip.org onrender.com pages.dev r2.dev run.app s3.amazonaws.com servehttp.com trycloudflare.com vercel.app web.app workers.dev'.split(
    ' ',
  )
const hosterNames = new Set(hosters)
const maxSuffixLabels = 4

/** Not on the Internet (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`), by custom, or by address. */
const ownTops = new Set(
  'alt arpa cluster corp home internal intranet invalid lan local localdomain localhost mail onion private svc'.split(
    ' ',
  ),
)

const maxNameLength = 255

/** Lower case, without the final dot. */
export const plainName = (name: string): string =>
  name.slice(0, maxNameLength).toLowerCase().replace(/\.$/, '')

/** How many labels at the end belong to nobody who registers there. */
const suffixLabels = (labels: readonly string[]): number => {
  for (let length = Math.min(maxSuffixLabels, labels.length); length >= 2; length -= 1)
    if (hosterNames.has(labels.slice(-length).join('.'))) return length
  const [second = '', top = ''] = labels.slice(-2)
  return top.length === 2 && secondLevels.has(second) ? 2 : 1
}

/** Undefined for a suffix itself, a single label, an address, and names that no public resolver answers. */
export const registrableOf = (name: string): string | undefined => {
  const plain = plainName(name)
  const labels = plain.split('.')
  const top = labels.at(-1) ?? ''
  if (labels.length < 2 || ownTops.has(top) || isIP(plain) !== 0) return undefined
  if (labels.some((label) => label === '')) return undefined
  const length = suffixLabels(labels) + 1
  return labels.length < length ? undefined : labels.slice(-length).join('.')
}
