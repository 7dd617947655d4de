/**
 * What is kept of each object of the cluster that is followed: a few fields, taken out before anything else sees the object, so
 * that ten thousand ReplicaSets cost what their names cost. Pure; called by watched.ts through resources.ts.
 */
import { parseAddress } from '../store/addresses.ts'
import { asList, asObject, asText, asTimeUs, type Json } from './json.ts'

/** What the client's cache tells objects apart by. */
export interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly resourceVersion: string
}

export interface Kept {
  readonly metadata: Meta
}

export const metaOf = (raw: unknown): Meta => {
  const metadata = asObject(asObject(raw).metadata)
  const namespace = asText(metadata.namespace)
  return {
    name: asText(metadata.name),
    ...(namespace !== '' && { namespace }),
    resourceVersion: asText(metadata.resourceVersion),
  }
}

/** A controller of pods: itself, and who controls it. */
export interface Owner extends Kept {
  /** Undefined for one that nobody controls. */
  readonly controller: { readonly kind: string; readonly name: string } | undefined
}

export const keepOwner = (raw: unknown): Owner => {
  const references = asList(asObject(asObject(raw).metadata).ownerReferences).map(asObject)
  const controller = references.find((one) => one.controller === true)
  const [kind, name] = [asText(controller?.kind, 63), asText(controller?.name)]
  return {
    metadata: metaOf(raw),
    controller: kind === '' || name === '' ? undefined : { kind, name },
  }
}

/** Something that has addresses: a Service or a Node. */
export interface Addressed extends Kept {
  /** As events spell them. */
  readonly addresses: readonly string[]
  /** Unix microseconds; since when it has been there. */
  readonly sinceUs: number
}

/** Addresses of one object: two families, external ones and those of load balancers. */
const maxAddresses = 64

const addressesOf = (texts: readonly unknown[]): readonly string[] => {
  const found = texts.flatMap((text) => parseAddress(asText(text, 45))?.text ?? [])
  return [...new Set(found)].slice(0, maxAddresses)
}

const createdUs = (raw: Json): number => asTimeUs(asObject(raw.metadata).creationTimestamp) ?? 0

export const keepService = (raw: unknown): Addressed => {
  const object = asObject(raw)
  const { spec, status } = object
  const { clusterIP, clusterIPs, externalIPs } = asObject(spec)
  const ingress = asList(asObject(asObject(status).loadBalancer).ingress).map(
    (one) => asObject(one).ip,
  )
  return {
    metadata: metaOf(raw),
    // A headless Service says `None`, which is no address.
    addresses: addressesOf([clusterIP, ...asList(clusterIPs), ...asList(externalIPs), ...ingress]),
    sinceUs: createdUs(object),
  }
}

export const keepNode = (raw: unknown): Addressed => {
  const object = asObject(raw)
  const addresses = asList(asObject(object.status).addresses).map(asObject)
  return {
    metadata: metaOf(raw),
    addresses: addressesOf(addresses.map(({ address }) => address)),
    sinceUs: createdUs(object),
  }
}

/** What a NetworkPolicy means, without its peers. */
export interface Policy extends Kept {
  /** Labels of the pods that it is for, as `matchLabels`; expressions as text. Empty for all pods of the namespace. */
  readonly podSelector: string
  /** The directions in which only what is allowed goes. */
  readonly restricts: readonly ('ingress' | 'egress')[]
  readonly ingressRules: number
  readonly egressRules: number
}

const selectorText = (value: unknown): string => {
  const { matchLabels, matchExpressions } = asObject(value)
  const labels = Object.entries(asObject(matchLabels)).map(
    ([key, text]) => `${key}=${asText(text)}`,
  )
  const expressions = asList(matchExpressions)
    .map(asObject)
    .map(({ key, operator, values }) => {
      const listed = asList(values)
        .map((one) => asText(one))
        .join(',')
      return `${asText(key)} ${asText(operator)}${listed === '' ? '' : ` (${listed})`}`
    })
  return [...labels, ...expressions].join(', ').slice(0, 1_024)
}

export const keepPolicy = (raw: unknown): Policy => {
  const spec = asObject(asObject(raw).spec)
  const [ingress, egress] = [asList(spec.ingress), asList(spec.egress)]
  const types = asList(spec.policyTypes)
  // Left out, they mean ingress, and egress where there is a rule for it.
  const isEgress = types.length > 0 ? types.includes('Egress') : egress.length > 0
  const isIngress = types.length === 0 || types.includes('Ingress')
  return {
    metadata: metaOf(raw),
    podSelector: selectorText(spec.podSelector),
    restricts: [
      ...(isIngress ? (['ingress'] as const) : []),
      ...(isEgress ? (['egress'] as const) : []),
    ],
    ingressRules: ingress.length,
    egressRules: egress.length,
  }
}
