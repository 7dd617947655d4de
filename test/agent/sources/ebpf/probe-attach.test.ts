import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Libbpf } from '#agent/sources/ebpf/libbpf.ts'
import { probeObjectPath } from '#agent/sources/ebpf/open.ts'
import { attachProbe } from '#agent/sources/ebpf/probe-attach.ts'
import { readMeta } from '#agent/sources/ebpf/probe-maps.ts'
import { removeFolder } from '#agent/sources/ebpf/probe-pins.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { mountBpffs } from '#test/fixtures/ebpf-watch.ts'

t.test('a probe is attached whole or not at all', needsBpf, async (t) => {
  const libbpf = new Libbpf('libbpf.so.1')
  const bpffsPath = mountBpffs(t)
  const options = {
    objectPath: probeObjectPath,
    objectHash: 77,
    ringSizeBytes: 65_536,
    packets: undefined,
    isReplacement: true,
  }

  t.test('its notes say what it is, and are written last', async (t) => {
    const folder = join(bpffsPath, 'whole')
    const probe = attachProbe(libbpf, { ...options, folder })
    t.teardown(() => removeFolder(folder))
    t.teardown(() => probe.release())
    t.strictSame(readMeta(libbpf, probe.maps.meta), probe.meta)
    t.match(probe.meta, { objectHash: 77, ringSizeBytes: 65_536, packets: 'off' })
    t.equal(probe.meta.isReplacement, true)
    t.equal(probe.meta.reportedToNs, probe.meta.attachedNs)
    t.ok(readdirSync(folder).includes('link_exec'))
  })

  t.test('without a folder it is attached all the same', async (t) => {
    const probe = attachProbe(libbpf, { ...options, folder: undefined })
    t.ok(probe.links.get('exec'))
    probe.release()
  })

  t.test('a folder that cannot be made is named', async (t) => {
    const folder = join(bpffsPath, 'no/such')
    t.throws(() => attachProbe(libbpf, { ...options, folder }), { code: 'pin_failed' })
  })

  t.test('where the cgroup of packets is none, it goes without them, and says so', async (t) => {
    const folder = join(bpffsPath, 'packets')
    const packets = { cgroupPath: '/proc' }
    const probe = attachProbe(libbpf, { ...options, folder, packets })
    t.teardown(() => removeFolder(folder))
    t.teardown(() => probe.release())
    t.equal(probe.packets.state, 'refused')
    t.ok(probe.packets.detail.length > 0)
  })

  t.test('an object that is none leaves nothing', async (t) => {
    const folder = join(bpffsPath, 'bad')
    const objectPath = join(t.testdir(), 'bad.o')
    writeFileSync(objectPath, 'no ELF')
    t.throws(() => attachProbe(libbpf, { ...options, folder, objectPath }), { code: 'load_failed' })
    t.notOk(existsSync(folder))
  })
})
