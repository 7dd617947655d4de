/**
 * The shape of an argument list: what stays the same when a program is started again with another file, number or id. Pure and
 * total; called by item.ts. docs/detection.md has the rules, which are a contract: baselines are kept in git.
 *
 * In order: dates and times, UUIDs, addresses, names of pods and of temporary files, long hexadecimal digits, words that look random, numbers of two
 * or more digits. The text of a script (`sh -c …`) is treated alike, so that what it does stays part of the shape; what is
 * too long is cut and told apart by a hash. A run of arguments of one shape is written once, with `…`.
 */
import { createHash } from 'node:crypto'

/** Arguments looked at, and characters of each. */
const maxArguments = 32
const maxLength = 160
/** Characters of a cut argument that stay readable. */
const keptLength = 96

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
const time = /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?\b/g
const address = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g
/** Eight or more hexadecimal digits, of which one is a digit. */
const hex = /\b(?=[a-f]{0,64}\d)[0-9a-f]{8,128}\b/gi
/** What a Deployment's pod is called after the workload's name: two words of Kubernetes' alphabet, which has no vowels. */
const podName = /-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g
/** What `mktemp` (`tmp.` and more) and Python's tempfile (`tmp` and eight) call a file; neither must have a digit. */
const temporary = /\btmp(?:(\.)[0-9A-Za-z]{6,64}|[0-9a-z_]{8})\b/g
/** What Python's tempfile calls one when a program gives a prefix of its own: eight letters, digits and `_` of one case. */
const prefixed = /(\/tmp\/[^\s/'"]{0,64}[-_.])[0-9a-z_]{8}(?![0-9A-Za-z_])/g
/** Other templates of mktemp and its like: letters of both cases and digits, mixed. */
const random = /\b(?=[a-z]{0,32}[A-Z])(?=[A-Z]{0,32}[a-z])(?=[A-Za-z]{0,32}\d)[0-9A-Za-z]{6,64}\b/g
const number = /\d{2,}/g

/** A word with all that varies replaced. */
export const shapeOfText = (text: string): string =>
  text
    .replace(time, '<time>')
    .replace(uuid, '<uuid>')
    .replace(address, '<ip>')
    .replace(podName, '-<pod>')
    .replace(temporary, 'tmp$1<id>')
    .replace(prefixed, '$1<id>')
    .replace(hex, '<hex>')
    .replace(random, '<id>')
    .replace(number, '<n>')

const shapeOfArgument = (argument: string): string => {
  const shape = shapeOfText(argument.length > 4_096 ? argument.slice(0, 4_096) : argument)
  if (shape.length <= maxLength) return shape
  const hash = createHash('sha256').update(shape).digest('hex').slice(0, 12)
  return `${shape.slice(0, keptLength)}…#${hash}`
}

/** Written so that lists of arguments that differ have texts that differ. */
const quoted = (argument: string): string =>
  /^[\w<>@%+=:,./…#*?-]+$/.test(argument) ? argument : JSON.stringify(argument)

/** The exact arguments, as a text. */
export const exactArguments = (argv: readonly string[]): string =>
  argv.map((one) => quoted(one)).join(' ')

/** The shape of the arguments after the first, which names the program. */
export const shapeOf = (argv: readonly string[]): string => {
  const shapes: string[] = []
  for (const argument of argv.slice(1, 1 + maxArguments)) {
    const shape = quoted(shapeOfArgument(argument))
    const last = shapes.at(-1)
    if (last === shape) shapes[shapes.length - 1] = `${shape}…`
    else if (last !== `${shape}…`) shapes.push(shape)
  }
  // Of the rest it matters that it is there, and what it is.
  const rest = argv.slice(1 + maxArguments)
  if (rest.length > 0) {
    const hash = createHash('sha256').update(rest.map(shapeOfText).join('\0')).digest('hex')
    shapes.push(`…#${hash.slice(0, 12)}`)
  }
  return shapes.join(' ')
}
