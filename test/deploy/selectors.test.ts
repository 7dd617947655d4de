/** That selectors meet the pods they mean, policies and Services name ports that are served, and probes too. */
import t from 'tap'
import { find, needsHelm, type Rendered, render } from './chart.ts'
import type { KubernetesObject, PodTemplate, Texts } from './manifest.ts'
import { valueSets } from './value-sets.ts'

const podsOf = (rendered: Rendered): readonly PodTemplate[] =>
  (['DaemonSet', 'StatefulSet'] as const).map((kind) => find(rendered, kind, '').spec.template)

const fits = (selector: Texts, labels: Texts): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value)

/** Which pods an object is about; undefined for what selects none. */
const selectorOf = ({ kind, spec }: KubernetesObject): Texts | undefined => {
  if (kind === 'Service') return spec.selector as Texts
  const selector = spec?.podSelector ?? spec?.selector
  return selector === undefined ? undefined : (selector as { matchLabels: Texts }).matchLabels
}

for (const [name, values] of Object.entries(valueSets)) {
  t.test(`with the values "${name}"`, needsHelm, async (t) => {
    const rendered = await render(values)
    const pods = podsOf(rendered)
    for (const object of rendered.objects) {
      const { kind, metadata, spec } = object
      const selector = selectorOf(object)
      if (selector === undefined || kind === 'ServiceMonitor') continue
      const [pod, ...more] = pods.filter((one) => fits(selector, one.metadata.labels))
      t.ok(more.length === 0, `${kind} ${metadata.name} selects one part`)
      const ports = pod?.spec.containers[0].ports ?? []
      t.ok(ports.length > 0)
      for (const { port, targetPort } of kind === 'Service' ? spec.ports : [])
        t.ok(ports.some((one) => one.name === targetPort && one.containerPort === port))
      for (const { port } of kind === 'NetworkPolicy'
        ? spec.ingress.flatMap((rule) => rule.ports)
        : [])
        t.ok(ports.some(({ containerPort }) => containerPort === port))
    }
    for (const { spec } of pods) {
      const [{ ports, startupProbe, livenessProbe, readinessProbe }] = spec.containers
      for (const probe of [startupProbe, livenessProbe, readinessProbe])
        if (probe) t.ok(ports.some((port) => port.name === probe.httpGet.port))
      t.ok(livenessProbe && readinessProbe)
    }
  })
}

t.test('Prometheus finds the metrics of the collector once', needsHelm, async (t) => {
  const rendered = await render(valueSets.everything)
  const monitor = find(rendered, 'ServiceMonitor', '-collector')
  const services = rendered.objects.filter(
    ({ kind, metadata }) =>
      kind === 'Service' && fits(selectorOf(monitor) ?? {}, metadata.labels ?? {}),
  )
  t.equal(services.length, 1)
  t.match(services[0]?.spec.ports, [{ name: 'api' }, { name: 'metrics', port: 7071 }])
})

t.test('metrics are kept from everybody where nobody is named', needsHelm, async (t) => {
  const rendered = await render({ networkPolicy: { metricsFrom: [] } })
  t.strictSame(find(rendered, 'NetworkPolicy', '-agent').spec.ingress, [])
  t.equal(find(rendered, 'NetworkPolicy', '-collector').spec.ingress.length, 1)
})
