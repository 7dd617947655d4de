/** The decoder's numbers against the header the probe is compiled from, and the committed object against its source. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import t from 'tap'
import { probeObjectPath } from '#agent/sources/ebpf/open.ts'
import * as layout from '#agent/sources/ebpf/record-layout.ts'

const folder = dirname(probeObjectPath)
const header = readFileSync(`${folder}/record.bpf.h`, 'utf8')

const defined = (name: string): number => {
  const value = new RegExp(`#define ${name} +([^/\n]+)`).exec(header)?.[1]?.trim() ?? ''
  const shift = /^\(1u << (\d+)\)$/.exec(value)
  return shift === null ? Number(value) : 2 ** Number(shift[1])
}

const sizes: Readonly<Record<string, number>> = {
  __u8: 1,
  __u16: 2,
  __u32: 4,
  __u64: 8,
  char: 1,
}

/** Offsets of one struct's fields, by the rules of C for types that need no padding but at the end. */
const offsetsOf = (name: string): Record<string, number> => {
  const body = new RegExp(`struct ${name} \\{([\\s\\S]*?)\\n\\};`).exec(header)?.[1] ?? ''
  const offsets: Record<string, number> = {}
  let at = 0
  for (const [, type = '', field = '', count] of body.matchAll(
    /^\t(struct record_header|\w+) (\w+)(?:\[(\w+)\])?;/gm,
  )) {
    const size = type === 'struct record_header' ? layout.headerBytes : (sizes[type] ?? Number.NaN)
    at += at % Math.min(size, 8) === 0 ? 0 : Number.NaN
    offsets[field] = at
    at += size * (count === undefined ? 1 : (sizes[count] ?? (Number(count) || 0)))
  }
  return offsets
}

const structs: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  ['record_header', layout.headerOffsets],
  ['fork_record', layout.forkOffsets],
  ['exit_record', layout.exitOffsets],
  ['cgroup_record', layout.cgroupOffsets],
  ['program_record', layout.programOffsets],
  ['socket_record', layout.socketOffsets],
  ['dns_record', layout.dnsOffsets],
]

for (const [name, offsets] of structs)
  t.test(`struct ${name} lies as the decoder reads it`, async (t) => {
    const { h: _h, padding: _padding, ...real } = offsetsOf(name)
    t.strictSame(offsets, real)
  })

t.test('flags, kinds, origins and limits are the same on both sides', async (t) => {
  t.equal(layout.layoutVersion, defined('LAYOUT_VERSION'))
  for (const [index, kind] of layout.recordKinds.entries())
    t.equal(defined(`KIND_${kind.toUpperCase()}`), index)
  t.equal(layout.recordKinds.length, defined('KIND_COUNT'))
  t.equal(layout.kindAlive, defined('KIND_ALIVE'))
  for (const [index, origin] of layout.recordOrigins.entries())
    t.equal(defined(`ORIGIN_${origin.toUpperCase().replace('-', '_')}`), index)
  for (const [name, mask] of Object.entries(layout.recordFlags))
    t.equal(defined(`FLAG_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`), mask, name)
  t.equal(layout.argvBytesMax, defined('ARGV_MAX'))
  for (const [prefix, names] of [
    ['TRANSPORT', layout.recordTransports],
    ['DIRECTION', layout.recordDirections],
    ['OUTCOME', layout.recordOutcomes],
    ['CLOSED_BY', layout.recordClosedBy],
    ['UNTRACKED', layout.untrackedNames],
  ] as const)
    for (const [index, name] of names.entries())
      t.equal(defined(`${prefix}_${name.toUpperCase()}`), index, `${prefix} ${name}`)
  t.equal(layout.untrackedNames.length, defined('UNTRACKED_COUNT'))
})

const clang = (): string | false => {
  try {
    const version = execFileSync('clang', ['--version'], { encoding: 'utf8' })
    // Another clang makes other code of the same source.
    return /version 14\./.test(version)
      ? false
      : 'the object is compiled with clang 14, as in Debian 12'
  } catch {
    return 'clang is not installed'
  }
}

t.test('the committed object is what its source compiles to', { skip: clang() }, async (t) => {
  t.doesNotThrow(() => execFileSync('make', ['-s', '-C', folder, 'check'], { stdio: 'pipe' }))
})
