import fc from 'fast-check'
import t from 'tap'
import { diffBaseline, readBaselines, writeBaseline } from '#cli/baseline-file.ts'
import { WorkloadBaseline } from '#collector/detection/baselines/baseline.ts'
import { baselineLimits } from '#collector/detection/baselines/limits.ts'
import { type Baseline, itemKinds, type WrittenItem } from '#proto/baseline.ts'
import { writtenBaseline } from '#test/fixtures/baselines.ts'

const baselineOf = (items: readonly WrittenItem[], image = 'sha256:a'): Baseline => {
  const { items: _items, image: _image, ...owner } = writtenBaseline()
  const baseline = new WorkloadBaseline(owner, baselineLimits, 1e15)
  baseline.replace({ image, items }, 1e15, 'ada', '')
  return baseline.show(1e15)
}

const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((one) => one.trim() !== '')
const writtenItem: fc.Arbitrary<WrittenItem> = fc
  .record({ kind: fc.constantFrom(...itemKinds), value: text, args: text, isExec: fc.boolean() })
  .map(({ kind, value, args, isExec }) => ({
    kind,
    scope: isExec && (kind === 'exec' || kind === 'pair') ? 'exec' : 'main',
    value,
    args: kind === 'exec' ? args : '',
  }))
const keyOf = (one: WrittenItem): string =>
  JSON.stringify([one.kind, one.scope, one.value, one.args])

t.test('what is written is read as it was, whatever is in it', async () => {
  fc.assert(
    fc.property(fc.array(writtenItem, { maxLength: 20 }), (items) => {
      const unique = [...new Map(items.map((one) => [keyOf(one), one])).values()]
      const [read] = readBaselines('a.yaml', writeBaseline(baselineOf(unique)))
      const [given, got] = [unique, read?.items ?? []].map((all) => all.map(keyOf).sort())
      return JSON.stringify(given) === JSON.stringify(got)
    }),
  )
})

t.test('a file is the same whatever the order in which things were learnt', async (t) => {
  const { items } = writtenBaseline()
  t.equal(writeBaseline(baselineOf(items)), writeBaseline(baselineOf([...items].reverse())))
  t.match(
    writeBaseline(baselineOf(items)),
    /^apiVersion: mayfly\.dev\/v1alpha1\nkind: Baseline\nmetadata:\n {2}namespace: payments/,
  )
})

t.test('several documents in one file', async (t) => {
  const one = writeBaseline(baselineOf([]))
  t.equal(readBaselines('a', `${one}---\n${one}`).length, 2)
})

const good = writeBaseline(baselineOf(writtenBaseline().items))
const wrong = [
  ['no YAML', 'a: [', /^a\.yaml:\d+: /],
  ['nothing', '', /there is no document/],
  ['a list', '- a', /document: write a map/],
  ['something else of Kubernetes', 'apiVersion: v1\nkind: Pod', /write "apiVersion: mayfly/],
  ['an unknown field', good.replace('execs:', 'exec:'), /spec: unknown field "exec"/],
  ['a missing name', good.replace(/ {2}workload: .*\n/, ''), /workload: is missing/],
  [
    'a number',
    good.replace('namespace: payments', 'namespace: 7'),
    /write text, numbers in quotes/,
  ],
  ['a wrong coverage', good.replace('coverage: ebpf', 'coverage: all'), /coverage: write one of/],
  [
    'an executable without arguments',
    good.replace(/args:\n(?: +- .*\n)+/, 'args: []\n'),
    /give args/,
  ],
  ['aliases without end', `a: &a [x]\nb: [${'*a, '.repeat(5_000)}*a]`, /unknown field|alias/i],
] as const
for (const [name, content, message] of wrong)
  t.test(`${name} is refused with its line`, async (t) => {
    t.throws(() => readBaselines('a.yaml', content), { name: 'BaselineFileError', message })
  })

t.test('what was seen is held against what is written down', async (t) => {
  const items = writtenBaseline().items
  const written = writtenBaseline({
    items: [...items, { kind: 'exec', scope: 'main', value: '/bin/any', args: '*' }],
  })
  const seen = (value: string, args: string, pods = 1) => ({
    ...{ kind: 'exec', scope: 'main', value, args, pods, image: '', provisional: false },
    ...{ firstSeen: '', lastSeen: '' },
  })
  const live = {
    items: [seen('/usr/sbin/nginx', '-g "daemon off;"'), seen('/bin/any', 'x'), seen('/b', '', 0)],
    outside: [seen('/bin/new', '')],
  } as unknown as Baseline
  t.match(diffBaseline(written, live), {
    added: [{ value: '/bin/new' }],
    missing: [{ kind: 'peer' }],
  })
  t.strictSame(diffBaseline(written, live).added.length, 1)
})
