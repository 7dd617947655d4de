/** The collector's pod: at the Pod Security level "restricted", whatever the values are. */
import t from 'tap'
import { find, needsHelm, render } from './chart.ts'
import { restrictedViolations } from './pod-security.ts'
import { valueSets } from './value-sets.ts'

for (const [name, values] of Object.entries(valueSets)) {
  t.test(`with the values "${name}" it keeps to "restricted"`, needsHelm, async (t) => {
    const { spec } = find(await render(values), 'StatefulSet', '-collector')
    const pod = spec.template.spec
    t.strictSame(restrictedViolations(pod), [])
    const [container] = pod.containers
    t.equal(container.securityContext.readOnlyRootFilesystem, true)
    t.ok(container.resources.limits.memory)
    t.equal(spec.replicas, 1)
    t.equal(spec.persistentVolumeClaimRetentionPolicy.whenDeleted, 'Retain')
  })
}

t.test('the URL of a store, which holds a password, comes from a Secret', needsHelm, async (t) => {
  const { spec } = find(await render(valueSets.everything), 'StatefulSet', '-collector')
  t.strictSame(spec.template.spec.containers[0].env, [
    { name: 'MAYFLY_STORE_URL', valueFrom: { secretKeyRef: { name: 'clickhouse', key: 'url' } } },
  ])
})
