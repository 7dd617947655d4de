/** RBAC: exactly these rules, none with a wildcard; and the roles for people hold exactly the rights that the API asks for. */
import t from 'tap'
import { changes } from '#collector/api/changes.ts'
import { routes, tailRight } from '#collector/api/routes.ts'
import { resources } from '#collector/cluster/resources.ts'
import { accessGroup, type Right } from '#collector/identity/access.ts'
import { find, needsHelm, type Rendered, render } from './chart.ts'
import type { KubernetesObject } from './manifest.ts'
import { valueSets } from './value-sets.ts'

const isRole = ({ kind }: KubernetesObject): boolean => kind === 'Role' || kind === 'ClusterRole'

/** `group/resource verb`, one line for each right. */
const rightsOf = (role: KubernetesObject): string[] =>
  role.rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    )
    .toSorted()

const byRole = ({ objects }: Rendered): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    objects.filter(isRole).map((role) => [`${role.kind} ${role.metadata.name}`, rightsOf(role)]),
  )

const delegated = [
  'authentication.k8s.io/tokenreviews create',
  'authorization.k8s.io/subjectaccessreviews create',
]
const viewer = [
  ...['mayfly.dev/agents get', 'mayfly.dev/audits get', 'mayfly.dev/baselines get'],
  'mayfly.dev/findings get',
  'mayfly.dev/holds list',
  ...['mayfly.dev/timelines get', 'mayfly.dev/timelines watch'],
]
const responder = [
  ...['create', 'get', 'update'].map((verb) => `mayfly.dev/baselines ${verb}`),
  ...['mayfly.dev/findings get', 'mayfly.dev/findings update'],
]
const holder = ['mayfly.dev/holds create', 'mayfly.dev/holds delete', 'mayfly.dev/holds list']
/** Exactly what the collector asks for: `/api/v1/nodes` is `/nodes`, `/apis/apps/v1/replicasets` is `apps/replicasets`. */
const watched = Object.values(resources)
  .map(({ path }) => path.replace(/^\/api\/v1/, '').replace(/^\/apis\/(.+)\/v1/, '$1'))
  .flatMap((resource) => [`${resource} list`, `${resource} watch`])

t.test('as it comes', needsHelm, async (t) => {
  t.strictSame(byRole(await render({})), {
    'ClusterRole mayfly-agent': ['/nodes/pods get'],
    'ClusterRole mayfly-collector': [...delegated, ...watched].toSorted(),
    'ClusterRole mayfly-viewer': viewer,
    'ClusterRole mayfly-holder': holder,
    'ClusterRole mayfly-responder': responder,
    'Role mayfly-collector': ['/pods get'],
  })
})

t.test('with everything on', needsHelm, async (t) => {
  const rendered = await render(valueSets.everything)
  t.strictSame(byRole(rendered), {
    'ClusterRole mayfly-agent': ['/nodes/pods get', '/nodes/proxy get'],
    'ClusterRole mayfly-collector': [...delegated, ...watched].toSorted(),
    'ClusterRole mayfly-viewer': viewer,
    'ClusterRole mayfly-holder': holder,
    'ClusterRole mayfly-responder': responder,
    'Role mayfly-collector': ['/pods get'],
  })
})

t.test('without following the cluster, nothing of it may be read', needsHelm, async (t) => {
  const rendered = await render({ collector: { context: { enabled: false } } })
  t.strictSame(byRole(rendered)['ClusterRole mayfly-collector'], delegated)
})

t.test(
  'no rule has a wildcard, and no role is bound to others than our accounts',
  needsHelm,
  async (t) => {
    for (const values of Object.values(valueSets)) {
      const { objects } = await render(values)
      for (const role of objects.filter(isRole)) t.notMatch(rightsOf(role).join(), '*')
      for (const { metadata, roleRef, subjects } of objects) {
        if (roleRef === undefined) continue
        t.equal(roleRef.name, metadata.name)
        t.strictSame(subjects, [
          { kind: 'ServiceAccount', name: metadata.name, namespace: 'mayfly' },
        ])
      }
    }
  },
)

t.test('the viewer is part of "view" only where somebody says so', needsHelm, async (t) => {
  const label = 'rbac.authorization.k8s.io/aggregate-to-view'
  const labelsOf = async (values: object) =>
    find(await render({ ...values }), 'ClusterRole', '-viewer').metadata.labels ?? {}
  t.equal((await labelsOf({}))[label], undefined)
  t.equal((await labelsOf(valueSets.everything))[label], 'true')
})

t.test(
  'people can be given each right that the API asks for, and no other',
  needsHelm,
  async (t) => {
    const asked: readonly Right[] = [...routes, ...changes]
      .map(({ right }) => right)
      .concat(tailRight)
    const roles = byRole(await render({}))
    const given = ['viewer', 'holder', 'responder'].flatMap(
      (name) => roles[`ClusterRole mayfly-${name}`] ?? [],
    )
    const wanted = asked.map(({ resource, verb }) => `${accessGroup}/${resource} ${verb}`)
    t.strictSame([...new Set(given)].toSorted(), [...new Set(wanted)].toSorted())
  },
)
