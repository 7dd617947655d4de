import t from 'tap'
import {
  assumedHost,
  attributionOf,
  confirmedAttribution,
  unknownAttribution,
} from '#agent/containers/cgroup-attribution.ts'
import { parseCgroupPath } from '#agent/containers/cgroup-path.ts'

const id = '3f2a1b'.padEnd(64, '0')
const uid = '0a1b2c3d-1111-2222-3333-444455556666'
const pod = `/kubepods/burstable/pod${uid}`

const cases = [
  {
    what: 'a container’s own cgroup is its container’s, and ends with it',
    path: `${pod}/${id}`,
    is: { containerId: id, podUid: uid, own: true, known: true },
  },
  {
    what: 'a cgroup that the container made below belongs to it, but is not its end',
    path: `${pod}/${id}/init.scope`,
    is: { containerId: id, podUid: uid, own: false, known: true },
  },
  {
    what: 'a pod’s own cgroup is no container, yet keeps the pod',
    path: pod,
    is: { containerId: 'host', podUid: uid, own: false, known: true },
  },
  {
    what: 'a service of the host is the host’s, and that is known',
    path: '/system.slice/ssh.service',
    is: { containerId: 'host', podUid: '', own: false, known: true },
  },
  {
    what: 'a plain name proves nothing by itself',
    path: '/web',
    is: { containerId: 'host', podUid: '', own: false },
  },
  {
    what: 'the runtime is taken from the path that names it',
    path: `/system.slice/docker-${id}.scope`,
    is: { containerId: id, runtime: 'docker', own: true },
  },
] as const

for (const { what, path, is } of cases)
  t.test(what, async (t) => {
    const attribution = attributionOf(path, parseCgroupPath(path))
    t.match(attribution, { ...is, path })
    t.ok(Object.isFrozen(attribution), 'shared, so nobody may change it')
  })

t.test('what a runtime’s state proves of a plain name', async (t) => {
  const found = { containerId: 'web', runtime: 'crun' }
  t.match(confirmedAttribution('/web', { ...found, below: 0 }), {
    containerId: 'web',
    runtime: 'crun',
    podUid: '',
    path: '/web',
    own: true,
    known: true,
  })
  const below = confirmedAttribution('/web/child', { ...found, below: 1 })
  t.match(below, { containerId: 'web', own: false, known: true })
  t.ok(Object.isFrozen(below))
})

t.test('what nothing could name is nobody’s, and the host’s only without any cgroup', async (t) => {
  t.match(unknownAttribution, { containerId: 'unknown', known: false, own: false })
  t.match(assumedHost, { containerId: 'host', known: false, own: false })
  t.ok(Object.isFrozen(unknownAttribution))
})
