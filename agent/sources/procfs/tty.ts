/**
 * Names of terminals, from the device number in /proc/PID/stat: Documentation/admin-guide/devices.txt of the kernel.
 */

/**
 * `pts/3`, `tty1`, `ttyS0`, or `major:minor` for a driver without a fixed name; empty for 0, no terminal. The number is in
 * new_encode_dev()'s form: minor in bits 0–7 and 20–31, major in bits 8–19.
 */
export const ttyName = (ttyNumber: number): string => {
  if (ttyNumber === 0 || !Number.isSafeInteger(ttyNumber)) return ''
  const bits = ttyNumber >>> 0
  const major = (bits >>> 8) & 0xfff
  const minor = (bits & 0xff) | ((bits >>> 12) & 0xfff00)
  // Unix 98 pseudo-terminals own eight majors of 256 each, and with large minors one.
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`
  if (major === 4) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`
  if (major === 5 && minor === 1) return 'console'
  if (major === 229) return `hvc${minor}`
  return `${major}:${minor}`
}
