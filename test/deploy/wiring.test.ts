/** That the chart fits the programs: every argument is one of theirs, and whatever objects refer to is there. */
import { join } from 'node:path'
import t from 'tap'
import { agentFields, checkAgentConfig } from '#agent/config.ts'
import { readRedactionConfig } from '#agent/redaction.ts'
import { environmentName, type Fields, flagKey, readConfig } from '#base/config.ts'
import { checkCollectorConfig, collectorFields } from '#collector/config.ts'
import { find, needsHelm, type Rendered, render, type Values } from './chart.ts'
import type { Pod, PodTemplate, Texts, VolumeSource } from './manifest.ts'
import { valueSets } from './value-sets.ts'

const sets = Object.entries(valueSets)

/** What Kubernetes puts in the place of `$(NAME)`. */
const ofNode = (values: Values): Texts => ({
  NODE_NAME: 'node-1',
  NODE_IP: values.ipFamily === 'IPv6' ? 'fd00::7' : '10.0.0.7',
})

const podOf = (rendered: Rendered, kind: 'DaemonSet' | 'StatefulSet'): PodTemplate =>
  find(rendered, kind, '').spec.template

/** The arguments after the command, by flagKey, as the command line gives them to readConfig. */
const flagsOf = (
  args: readonly string[],
  variables: Texts,
): Readonly<Record<string, string | boolean>> =>
  Object.fromEntries(
    args.slice(1).map((arg) => {
      const [flag = '', ...value] = arg.split('=')
      const text = value.join('=').replace(/\$\((\w+)\)/g, (_, name: string) => {
        const known = variables[name]
        if (known === undefined) throw new Error(`nothing gives ${name}`)
        return known
      })
      return [flagKey(flag), value.length === 0 ? true : text]
    }),
  )

const knows = (fields: Fields, key: string): boolean =>
  Object.values(fields).some(({ flag }) => flagKey(flag) === key)

/** `Kind name` of everything that a pod refers to. */
const podReferences = (pod: Pod): readonly string[] => [
  `ServiceAccount ${pod.serviceAccountName}`,
  ...(pod.priorityClassName ? [`PriorityClass ${pod.priorityClassName}`] : []),
  ...(pod.imagePullSecrets ?? []).map(({ name }) => `Secret ${name}`),
  ...pod.volumes.flatMap(({ secret, configMap, projected }) => [
    ...(secret ? [`Secret ${secret.secretName}`] : []),
    ...[...(configMap ? [{ configMap }] : []), ...(projected?.sources ?? [])].flatMap(
      (source: VolumeSource) => [
        ...(source.secret ? [`Secret ${source.secret.name}`] : []),
        ...(source.configMap ? [`ConfigMap ${source.configMap.name}`] : []),
      ],
    ),
  ]),
  ...(pod.containers[0].env ?? []).flatMap(({ valueFrom: { secretKeyRef } }) =>
    secretKeyRef ? [`Secret ${secretKeyRef.name}`] : [],
  ),
]

/** The same of everything rendered. */
const referencesOf = ({ objects }: Rendered): readonly string[] =>
  objects.flatMap(({ kind, spec, roleRef, subjects = [] }) => [
    ...(spec?.template ? podReferences(spec.template.spec) : []),
    ...(spec?.serviceName ? [`Service ${spec.serviceName}`] : []),
    ...(kind === 'Certificate' ? [`Issuer ${spec.issuerRef.name}`] : []),
    ...[...(roleRef ? [roleRef] : []), ...subjects].map((to) => `${to.kind} ${to.name}`),
  ])

for (const [name, values] of sets) {
  t.test(`with the values "${name}" the programs take every argument`, needsHelm, async (t) => {
    const rendered = await render(values)
    const [agent] = podOf(rendered, 'DaemonSet').spec.containers
    const [collector] = podOf(rendered, 'StatefulSet').spec.containers
    t.equal(agent.args[0], 'agent')
    t.equal(collector.args[0], 'collector')
    const [agentFlags, collectorFlags] = [
      flagsOf(agent.args, ofNode(values)),
      flagsOf(collector.args, {}),
    ]
    for (const key of Object.keys(agentFlags)) t.ok(knows(agentFields, key), `agent: ${key}`)
    for (const key of Object.keys(collectorFlags))
      t.ok(knows(collectorFields, key), `collector: ${key}`)
    checkAgentConfig(readConfig(agentFields, agentFlags, {}))
    checkCollectorConfig(readConfig(collectorFields, collectorFlags, {}))
    const names = (agent.env ?? []).map((variable) => variable.name)
    t.strictSame(names.toSorted(), Object.keys(ofNode(values)).toSorted())
    const known = Object.values<Fields[string]>(collectorFields).map(({ flag }) =>
      environmentName(flag),
    )
    for (const variable of collector.env ?? []) t.ok(known.includes(variable.name), variable.name)
  })

  t.test(`with the values "${name}" whatever is referred to is there`, needsHelm, async (t) => {
    const rendered = await render(values)
    const kinds = [
      'Secret',
      'ConfigMap',
      'ServiceAccount',
      'PriorityClass',
      'Role',
      'ClusterRole',
      'Issuer',
      'Service',
    ]
    const there = new Set(
      rendered.objects
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    )
    // What cert-manager makes, what Kubernetes gives, and what the values say somebody else makes.
    for (const { kind, spec } of rendered.objects)
      if (kind === 'Certificate') there.add(`Secret ${spec.secretName}`)
    for (const given of [
      'ConfigMap kube-root-ca.crt',
      'PriorityClass system-node-critical',
      'PriorityClass high',
    ])
      there.add(given)
    if (name === 'least')
      there.add('Secret mayfly-collector-tls').add('ConfigMap mayfly-collector-ca')
    if (name === 'everything') there.add('Secret registry').add('Secret clickhouse')
    const missing = referencesOf(rendered).filter((reference) => !there.has(reference))
    t.strictSame(missing, [])
  })
}

t.test('the agent understands the rules of redaction that values add', needsHelm, async (t) => {
  const rules = find(await render(valueSets.everything), 'ConfigMap', '-redaction').data
  const file = join(
    t.testdir({ 'redaction.yaml': rules['redaction.yaml'] ?? '' }),
    'redaction.yaml',
  )
  t.match(readRedactionConfig(file), { extraFlags: ['--pin'], extraPatterns: [{ name: 'badge' }] })
})

t.test('without a PriorityClass of its own or another, agents have none', needsHelm, async (t) => {
  const rendered = await render({ agent: { priorityClass: { create: false } } })
  t.equal(podOf(rendered, 'DaemonSet').spec.priorityClassName, undefined)
  t.notOk(rendered.objects.some(({ kind }) => kind === 'PriorityClass'))
})

t.test(
  'a second release, in another namespace, shares no name with the first',
  needsHelm,
  async (t) => {
    const namesOf = ({ objects }: Rendered) =>
      new Set(
        objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`),
      )
    const first = namesOf(await render({}))
    const second = namesOf(await render({}, { release: 'try', namespace: 'try' }))
    t.strictSame([...first.intersection(second)], [])
  },
)
