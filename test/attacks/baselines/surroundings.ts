/**
 * What workloads live in: a real agent and collector, a kubelet that tells their names, and networks; one of them is the Internet. Made by
 * baselines.test.ts.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import type { Baseline, BaselinesAnswer } from '#proto/baseline.ts'
import type { Finding, FindingsAnswer } from '#proto/finding.ts'
import { makeKubeletSite } from '#test/fixtures/kubelet-site.ts'
import { runMayfly, type Site } from '#test/fixtures/mayfly.ts'
import { makeNetwork, portIsServed, startIn } from '#test/fixtures/network.ts'
import type { Teardown } from '#test/fixtures/oci-bundle.ts'
import { Image } from '../services/image.ts'
import { Cluster } from './cluster.ts'
import { supplier } from './workloads.ts'

/** Somebody on the Internet whom no workload knows (TEST-NET-2 of RFC 5737). */
export const stranger = '198.51.100.66'

const server = `
for (const port of [80, 443, 4444])
  require('http').createServer((_, response) => response.end('12')).listen(port, '0.0.0.0')`

/** All of them; nothing runs yet. `collector`: more flags of its command line. */
export const makeSurroundings = async (t: Teardown, collector: readonly string[] = []) => {
  const { kubelet, site } = await makeKubeletSite(t, collector)
  const image = Image.make(t)
  const { bridge, hosts } = makeNetwork(t, {
    hosts: ['web', 'app', 'cache', 'shop', 'second', 'world'],
    cidr: '10.84.0.0/24',
  })
  for (const address of [supplier, stranger]) {
    const { namespace, ipv4 } = hosts.world
    execFileSync('ip', ['-n', namespace, 'address', 'add', `${address}/32`, 'dev', 'lo'])
    execFileSync('ip', ['-n', bridge.namespace, 'route', 'add', address, 'via', ipv4])
  }
  const world = startIn(t, hosts.world, process.execPath, ['-e', server])
  await portIsServed(hosts.world, 'tcp', 4444, world)
  const namespace = `shop-${randomBytes(4).toString('hex')}`
  return { kubelet, site, hosts, namespace, cluster: new Cluster(t, { image, kubelet, namespace }) }
}

const ofSite = async <T>({ url }: Site, path: string): Promise<T> => {
  const response = await fetch(`${url}/api/v1/${path}`)
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as T
}

export const baselinesOf = async (site: Site, namespace: string): Promise<readonly Baseline[]> =>
  (await ofSite<BaselinesAnswer>(site, `baselines?namespace=${namespace}`)).baselines

export const findingsOf = async (site: Site, namespace: string): Promise<readonly Finding[]> =>
  (await ofSite<FindingsAnswer>(site, `findings?limit=1000&namespace=${namespace}`)).findings

export const linesOf = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ rule, severity, reason }) => `${rule} ${severity} ${reason}`)

/** One line for each rule that found something. */
export const ratesOf = (findings: readonly Finding[], podHours: number): readonly string[] =>
  Object.entries(Object.groupBy(findings, ({ rule, severity }) => `${rule} ${severity}`))
    .sort()
    .map(([rule, some = []]) => {
      const rate = Math.round((1_000 * some.length) / podHours)
      return `${rule}: ${some.length}, ${rate} per 1,000 pod-hours`
    })

/** `mayfly baseline …`, of a site. */
export const baseline = ({ url }: Site, verb: string, ...flags: readonly string[]) =>
  runMayfly(['baseline', verb, ...flags, '--collector', url, '--wide'])
