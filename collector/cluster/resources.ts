/**
 * What of the cluster is followed, in one table: the chart's rights are exactly these paths (test/deploy/rights.test.ts). Not
 * pods: agents tell what runs on their nodes, and a collector need not be able to read every pod of a cluster.
 */
import {
  type Addressed,
  keepNode,
  keepOwner,
  keepPolicy,
  keepService,
  type Owner,
  type Policy,
} from './objects.ts'
import { type KeptEvent, keepEvent } from './pod-events.ts'

export interface Resource<T> {
  readonly path: string
  /** Only their metadata is asked for. */
  readonly metadataOnly: boolean
  readonly fieldSelector?: string
  /** What happened rather than what is: told as it comes, and not remembered. */
  readonly isPassing?: boolean
  /** The most that are remembered, or told of one list; what is beyond it is counted. */
  readonly max: number
  readonly keep: (raw: unknown) => T
}

const owners = (path: string, max: number): Resource<Owner> => ({
  path,
  metadataOnly: true,
  max,
  keep: keepOwner,
})

export const resources = {
  nodes: {
    path: '/api/v1/nodes',
    metadataOnly: false,
    max: 10_000,
    keep: keepNode,
  } satisfies Resource<Addressed>,
  services: {
    path: '/api/v1/services',
    metadataOnly: false,
    max: 20_000,
    keep: keepService,
  } satisfies Resource<Addressed>,
  events: {
    path: '/api/v1/events',
    metadataOnly: false,
    fieldSelector: 'involvedObject.kind=Pod',
    // Kept by the API server for an hour.
    isPassing: true,
    max: 100_000,
    keep: keepEvent,
  } satisfies Resource<KeptEvent>,
  networkpolicies: {
    path: '/apis/networking.k8s.io/v1/networkpolicies',
    metadataOnly: false,
    max: 20_000,
    keep: keepPolicy,
  } satisfies Resource<Policy>,
  // Ten old ones per Deployment are kept by default.
  replicasets: owners('/apis/apps/v1/replicasets', 100_000),
  statefulsets: owners('/apis/apps/v1/statefulsets', 20_000),
  daemonsets: owners('/apis/apps/v1/daemonsets', 20_000),
  jobs: owners('/apis/batch/v1/jobs', 50_000),
} as const

export type ResourceName = keyof typeof resources

export const resourceNames = Object.keys(resources) as readonly ResourceName[]
