import t from 'tap'
import { EbpfError } from '#agent/sources/ebpf/ebpf-error.ts'

t.test('one line says what and what to do, and keeps the cause', async (t) => {
  const cause = new Error('deep')
  const error = new EbpfError('no_btf', 'no type information', cause)
  t.match(error.message, /^no type information: .*CONFIG_DEBUG_INFO_BTF.*procfs$/)
  t.notMatch(error.message, /\n/)
  t.match(error, { code: 'no_btf', cause })
})
