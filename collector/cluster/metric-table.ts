/** What the collector counts about following the cluster; registered by main with `--cluster-context`. */
import {
  type MetricReaders,
  type MetricRegistry,
  type MetricTable,
  registerMetrics,
} from '#base/metric-table.ts'
import type { Cluster } from './cluster.ts'
import { resourceNames } from './resources.ts'
import { restartReasons } from './watch-state.ts'

const resource = { help: 'what is followed', values: resourceNames } as const

export const clusterMetricTable = {
  objects: {
    type: 'gauge',
    name: 'mayfly_collector_cluster_objects',
    help: 'Objects of the cluster that are known.',
    labels: { resource },
  },
  following: {
    type: 'gauge',
    name: 'mayfly_collector_cluster_following',
    help: '1 while a resource is followed; 0 while what is known of it may be out of date.',
    labels: { resource },
  },
  age: {
    type: 'gauge',
    name: 'mayfly_collector_cluster_age_seconds',
    help: 'Seconds since the API server was last heard about a resource, bookmarks included; absent before the first time.',
    labels: { resource },
  },
  restarts: {
    type: 'counter',
    name: 'mayfly_collector_cluster_watch_restarts_total',
    help: 'Watches that had to be begun again, by why; those that the API server ended in time are none.',
    labels: { resource, reason: { help: 'why', values: restartReasons } },
  },
  unreadable: {
    type: 'counter',
    name: 'mayfly_collector_cluster_unreadable_total',
    help: 'Objects and lines of watches that could not be read.',
    labels: { resource },
  },
  leftOut: {
    type: 'counter',
    name: 'mayfly_collector_cluster_objects_left_out_total',
    help: 'Objects beyond the most that are remembered.',
    labels: { resource },
  },
  nodesWithoutAgent: {
    type: 'gauge',
    name: 'mayfly_collector_cluster_nodes_without_agent',
    help: 'Nodes of the cluster on which no agent is connected.',
  },
  corrected: {
    type: 'counter',
    name: 'mayfly_collector_cluster_workloads_corrected_total',
    help: 'Containers whose workload the cluster knows better than the agent’s guess.',
  },
  forgotten: {
    type: 'counter',
    name: 'mayfly_collector_cluster_workloads_forgotten_total',
    help: 'Containers that kept the agent’s guess, because their controller stayed unknown or the store failed for too long.',
  },
  podEventsStored: {
    type: 'counter',
    name: 'mayfly_collector_cluster_pod_events_stored_total',
    help: 'Events about pods that were brought to the timeline.',
  },
  podEventsLeftOut: {
    type: 'counter',
    name: 'mayfly_collector_cluster_pod_events_left_out_total',
    help: 'Events about pods that say what the timeline shows anyway (docs/cluster.md), or could not be read.',
  },
  podEventsGivenUp: {
    type: 'counter',
    name: 'mayfly_collector_cluster_pod_events_given_up_total',
    help: 'Events about pods that were lost because the store did not answer for too long.',
  },
  addressesGivenUp: {
    type: 'counter',
    name: 'mayfly_collector_cluster_addresses_given_up_total',
    help: 'Changes of Services’ and nodes’ addresses that were lost because the store did not answer for too long.',
  },
} as const satisfies MetricTable

/** `watchedNodes`: nodes with a connected agent. */
export const registerClusterMetrics = (
  registry: MetricRegistry,
  cluster: Cluster,
  watchedNodes: () => ReadonlySet<string>,
): void => {
  const each = <T>(read: (name: (typeof resourceNames)[number]) => T) =>
    resourceNames.map((name) => ({ labels: { resource: name }, value: read(name) }))
  const readers = {
    objects: () => each((name) => cluster.watched(name).size),
    following: () => each((name) => (cluster.watched(name).state === 'following' ? 1 : 0)),
    age: () =>
      resourceNames.flatMap((name) => {
        const { ageSeconds } = cluster.watched(name)
        return ageSeconds === undefined ? [] : [{ labels: { resource: name }, value: ageSeconds }]
      }),
    restarts: () =>
      resourceNames.flatMap((name) =>
        restartReasons.map((reason) => ({
          labels: { resource: name, reason },
          value: cluster.watched(name).restarts[reason],
        })),
      ),
    unreadable: () => each((name) => cluster.watched(name).counts.unreadable),
    leftOut: () => each((name) => cluster.watched(name).counts.leftOut),
    nodesWithoutAgent: () => cluster.status(watchedNodes()).nodesWithoutAgentCount,
    corrected: () => cluster.counts.corrected,
    forgotten: () => cluster.counts.forgotten,
    podEventsStored: () => cluster.counts.podEventsStored,
    podEventsLeftOut: () => cluster.counts.podEventsLeftOut,
    podEventsGivenUp: () => cluster.counts.podEventsGivenUp,
    addressesGivenUp: () => cluster.counts.addressesGivenUp,
  } satisfies MetricReaders<typeof clusterMetricTable>
  registerMetrics(clusterMetricTable, registry, readers)
}
