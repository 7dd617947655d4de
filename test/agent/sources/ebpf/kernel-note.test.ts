import t from 'tap'
import { detachEbpf, openEbpfSource } from '#agent/sources/ebpf/open.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'

t.test('the kernel remembers the last number over agents and probes', needsBpf, async (t) => {
  const bpffsPath = mountBpffs(t)
  const open = (ringSizeBytes: number) => openEbpfSource({ bpffsPath, ringSizeBytes })
  const first = open(65_536)
  t.strictSame(first.given(), { epoch: 0, seq: 0 }, 'nothing yet')
  const given = { epoch: Number.MAX_SAFE_INTEGER, seq: 2 ** 52 + 1 }
  first.gave(given)
  first.close()
  const second = open(65_536)
  t.strictSame(second.given(), given)
  second.close()
  const other = open(131_072)
  t.strictSame(other.given(), given, 'another probe, the same note')
  other.close()
  detachEbpf({ bpffsPath })
  const fresh = open(65_536)
  t.strictSame(fresh.given(), { epoch: 0, seq: 0 }, 'detached, nothing is left')
  fresh.close()
  detachEbpf({ bpffsPath })
})
