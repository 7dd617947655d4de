/** Addresses as sixteen bytes to the text people read. Pure; shared by the sources, called through a cache where they repeat. */

/** True for ::ffff:0:0/96, which holds IPv4 (RFC 4291, 2.5.5.2). */
const isMapped = (bytes: Buffer): boolean => {
  for (let index = 0; index < 10; index += 1) if (bytes[index] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}

/** Where the longest run of at least two zero groups begins and ends; the first of equals (RFC 5952, 4.2). */
const longestZeros = (groups: readonly number[]): readonly [number, number] => {
  let best: readonly [number, number] = [0, 0]
  for (let start = 0; start < groups.length; start += 1) {
    let end = start
    while (end < groups.length && groups[end] === 0) end += 1
    if (end - start >= 2 && end - start > best[1] - best[0]) best = [start, end]
  }
  return best
}

/** IPv4 dotted, also where it is mapped into IPv6; IPv6 per RFC 5952. */
export const parseAddress = (bytes: Buffer): string => {
  if (isMapped(bytes)) return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2))
  const [start, end] = longestZeros(groups)
  const text = (some: readonly number[]): string =>
    some.map((group) => group.toString(16)).join(':')
  return start === end
    ? text(groups)
    : `${text(groups.slice(0, start))}::${text(groups.slice(end))}`
}
