/** The collector's pod: at the Pod Security level "restricted", whatever the values are. */
import t from 'tap'
import { parseRules, readRuleFiles, shippedRules } from '#collector/detection/rules/load.ts'
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

t.test('rules that are given are files that the collector understands', needsHelm, async (t) => {
  const rendered = await render(valueSets.everything)
  const { data } = find(rendered, 'ConfigMap', '-collector-rules')
  const files = Object.entries(data).map(([name, text]) => ({ name, text: String(text) }))
  const shipped = readRuleFiles([shippedRules])
  const { faults, builders, rules, parameters } = parseRules({
    files: [...shipped.files, ...files],
    faults: [],
  })
  t.strictSame(faults, [])
  t.match(builders, [{ namespace: 'ci' }])
  t.ok(rules.some(({ exceptions }) => exceptions.some(({ name }) => name === 'the installer')))
  t.equal(parameters['scan.addresses'], 50)
  const [container] = find(rendered, 'StatefulSet', '-collector').spec.template.spec.containers
  t.ok(container.args.includes('--rules=/etc/mayfly/rules'))
  t.ok(container.args.includes('--trusted-registry=registry.example/team,registry.k8s.io'))
  const [plain] = find(await render({}), 'StatefulSet', '-collector').spec.template.spec.containers
  t.notOk(plain.args.some((one: string) => /--rules|--trusted-registry/.test(one)))
})
