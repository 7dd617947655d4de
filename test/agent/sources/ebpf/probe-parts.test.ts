/** The table of parts against the sources of the probe. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { probeObjectPath } from '#agent/sources/ebpf/open.ts'
import { hookKinds, linkNames, mapNames, parts } from '#agent/sources/ebpf/probe-parts.ts'
import { recordKinds } from '#agent/sources/ebpf/record-layout.ts'

const folder = dirname(probeObjectPath)
const source = readdirSync(folder)
  .filter((name) => /\.bpf\.[ch]$/.test(name))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n')

/** Section by program. */
const sections = new Map(
  [...source.matchAll(/SEC\("\??([^"]+)"\)\nint (?:BPF_PROG\()?(\w+)/g)].map(
    ([, section = '', program = '']) => [program, section],
  ),
)

t.test('every part has its program, attached as its section says', async (t) => {
  for (const name of linkNames) {
    const { program, to, map } = parts[name]
    const section = sections.get(program) ?? 'none'
    t.equal(section.startsWith('cgroup'), to === 'cgroup', `${name}: ${section}`)
    t.equal(section === 'iter/bpf_map_elem', to === 'map', `${name}: ${section}`)
    t.not(section, 'none', `${program} is in the source`)
    t.equal(map !== undefined, to === 'map')
    if (map !== undefined) t.match(source, new RegExp(`\\} ${map} SEC\\("\\.maps"\\)`))
  }
})

t.test('every program is a part; of the two for exits one', async (t) => {
  const used = new Set(linkNames.map((name) => parts[name].program))
  const unused = [...sections.keys()].filter((program) => !used.has(program))
  t.strictSame(unused, ['on_exit_first_wins'])
})

t.test('maps and hooks are what the probe has', async (t) => {
  for (const map of mapNames) t.match(source, new RegExp(`\\} ${map} SEC\\("\\.maps"\\)`))
  for (const [name, kind] of hookKinds) {
    t.match(sections.get(parts[name].program), /^tp_btf\//, name)
    t.ok((recordKinds as readonly string[]).includes(kind))
  }
})

t.test('what needs more rights is a group of its own', async (t) => {
  for (const name of linkNames)
    if (parts[name].to === 'cgroup') t.equal(parts[name].group, 'packets', name)
})
