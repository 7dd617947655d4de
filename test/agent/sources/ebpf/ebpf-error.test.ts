import t from 'tap'
import { EbpfError } from '#agent/sources/ebpf/ebpf-error.ts'

t.test('one line says what and what to do, and keeps the cause', async (t) => {
  const cause = new Error('deep')
  const error = new EbpfError('no_btf', 'no type information', cause)
  t.match(error.message, /^no type information: .*CONFIG_DEBUG_INFO_BTF.*procfs$/)
  t.notMatch(error.message, /\n/)
  t.match(error, { code: 'no_btf', cause })
})

t.test('what to do stands before what libbpf printed, of which the end is shown', async (t) => {
  const few = new EbpfError('no_permission', 'load failed with EPERM', undefined, 'libbpf: no')
  t.match(few.message, /^load failed with EPERM: run as root, .* \(libbpf: no\)$/)
  t.equal(few.problem, 'load failed with EPERM (libbpf: no)')
  const printed = `${'verifier; '.repeat(500)}R1 unbounded memory access`
  const many = new EbpfError('load_failed', 'load failed with EACCES', undefined, printed)
  t.match(many.message, /^load failed with EACCES: report .* \(….*R1 unbounded memory access\)$/)
  t.ok(many.message.length < 400, 'a line that can be read')
  t.equal(many.printed, printed, 'all of it is kept')
})
