/**
 * Events of the API server as records of the timeline. Both forms are read: counted ones (`count`, `lastTimestamp`) and series
 * (`eventTime`, `series`). Pure; called by watched.ts through resources.ts.
 */
import type { PodEventRecord } from '../store/store.ts'
import { asObject, asText, asTimeUs } from './json.ts'
import { type Kept, metaOf } from './objects.ts'

/** Of a message, characters; the API server itself cuts at 1,024 bytes. */
const maxMessageLength = 1_024

/**
 * Of type Normal, those that end or move a pod. The others (Scheduled, Pulled, Created, Started…) say what the timeline shows
 * anyway; every Warning is kept.
 */
export const keptNormals: readonly string[] = ['Killing', 'Preempted', 'TaintManagerEviction']

export interface KeptEvent extends Kept {
  /** Undefined for what the timeline has no use for. */
  readonly record: Omit<PodEventRecord, 'workload' | 'workloadType'> | undefined
}

/** `spec.containers{web}`, `spec.initContainers{set-up}`: what the kubelet writes for a container of the pod. */
const containerOf = (fieldPath: string): string =>
  /^spec\.(?:initContainers|containers|ephemeralContainers)\{([^{}]+)\}$/.exec(fieldPath)?.[1] ?? ''

const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 1

export const keepEvent = (raw: unknown): KeptEvent => {
  const object = asObject(raw)
  const metadata = metaOf(raw)
  const { involvedObject, type, reason, message, source, series, reportingComponent } = object
  const about = asObject(involvedObject)
  const text = asText(reason, 128)
  const isKept = type === 'Warning' || (type === 'Normal' && keptNormals.includes(text))
  const uid = asText(asObject(object.metadata).uid, 64)
  const repeated = asObject(series)
  const created = asTimeUs(asObject(object.metadata).creationTimestamp)
  const firstUs = asTimeUs(object.firstTimestamp) ?? asTimeUs(object.eventTime) ?? created
  const timeUs = asTimeUs(repeated.lastObservedTime) ?? asTimeUs(object.lastTimestamp) ?? firstUs
  const pod = asText(about.name)
  if (!isKept || uid === '' || pod === '' || firstUs === undefined || timeUs === undefined)
    return { metadata, record: undefined }
  const { component, host } = asObject(source)
  return {
    metadata,
    record: {
      uid,
      timeUs,
      firstUs: Math.min(firstUs, timeUs),
      count: countOf(repeated.count ?? object.count),
      severity: type === 'Warning' ? 'warning' : 'normal',
      reason: text,
      message: asText(message, maxMessageLength),
      namespace: asText(about.namespace),
      pod,
      podUid: asText(about.uid, 64),
      container: containerOf(asText(about.fieldPath)),
      node: asText(host),
      reporter: asText(component) || asText(reportingComponent),
    },
  }
}
