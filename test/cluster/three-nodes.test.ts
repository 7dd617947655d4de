/**
 * The whole system from its two images, over three network namespaces as three nodes, with the security contexts of the chart:
 * pods come and go, tokens, certificate and authority rotate, a node is cut off, the API server hangs, the collector is killed and
 * ended, an agent is rolled. Nothing may be missing, and everybody sees what they may.
 *
 * What differs from a cluster: the nodes share one kernel, so each agent sees the containers of all three. Only its own kubelet names
 * them, so a pod has its names on its own node; and every exec of the play must be there three times, once by each agent.
 */
import { execFileSync } from 'node:child_process'
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type {
  AuditAnswer,
  StatusAnswer,
  TimelineAnswer,
  TimelineConnection,
  TimelineEvent,
} from '#proto/api.ts'
import { find, needsHelm, render, repository } from '#test/deploy/chart.ts'
import type { Pod } from '#test/deploy/manifest.ts'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { agentSeccomp, chartPod } from '#test/fixtures/chart-pod.ts'
import { connections, counted } from '#test/fixtures/connections.ts'
import { type ImageContainer, startImage } from '#test/fixtures/image-bundle.ts'
import { compileProgram, sleep, until } from '#test/fixtures/mayfly.ts'
import { type Host, portIsServed, runIn, startIn } from '#test/fixtures/network.ts'
import {
  makeBundle,
  randomContainerId,
  runContainer,
  startContainer,
} from '#test/fixtures/oci-bundle.ts'
import { makeAuthority } from '#test/stand-ins/certificates.ts'
import { Recipe } from '../../deploy/images/recipe.ts'
import { ApiServer, Kubelet, makeClusterNetwork, type NodeName, nodeNames } from './nodes.ts'

const recipe = new Recipe()
const images = { agent: recipe.built('agent'), collector: recipe.built('collector') }
const needsImages =
  process.env.MAYFLY_TEST_IMAGES === 'required' || (images.agent && images.collector)
    ? false
    : 'the images of this tree are not built: run node deploy/images/build.ts'
const skip = needsImages || needsHelm.skip || needsBpf.skip

const service = 'mayfly-collector.mayfly.svc'
const nobody = 65_532
const uidOf = (index: number): string => `0a1b2c3d-0000-0000-0000-00000000000${index}`

/** Written beside and put in place, as the kubelet does with projected volumes. */
const put = (file: string, content: string, gid = 0): void => {
  writeFileSync(`${file}.new`, content, { mode: 0o440 })
  chownSync(`${file}.new`, 0, gid)
  renameSync(`${file}.new`, file)
}

t.test('three nodes', { skip, timeout: 220_000 }, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'mayfly-cluster-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  const make = (name: string): string => {
    const path = join(dir, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const { hosts, bridge } = makeClusterNetwork(t)
  const control = hosts.control
  const api = await ApiServer.start(t, control, 6443)
  const kubelets = new Map<NodeName, Kubelet>()
  for (const name of nodeNames) kubelets.set(name, await Kubelet.start(t, hosts[name]))
  for (const name of [...nodeNames, 'node-4'])
    api.set('/api/v1/nodes', { metadata: { name }, status: { addresses: [] } })

  // The chart, as it comes; no runtime keeps crun's states where Kubernetes' do.
  const rendered = await render({ agent: { source: 'ebpf', runtimes: [] } })
  const agentPod = find(rendered, 'DaemonSet', '-agent').spec.template.spec
  const collectorPod = find(rendered, 'StatefulSet', '-collector').spec.template.spec

  // Secrets and volumes.
  let authority = makeAuthority()
  t.teardown(() => authority.remove())
  const issue = () => authority.issue('ca', [`DNS:${service}`, `IP:${control.ipv4}`])
  const tls = make('tls')
  const serve = ({ cert, key }: { readonly cert: string; readonly key: string }): void => {
    put(join(tls, 'tls.crt'), cert, nobody)
    put(join(tls, 'tls.key'), key, nobody)
  }
  serve(issue())
  const ca = make('ca')
  put(join(ca, 'ca.crt'), authority.ca)
  const account = make('account')
  const shareAccount = () => {
    put(join(account, 'token'), readFileSync(api.tokenFile, 'utf8'), nobody)
    put(join(account, 'ca.crt'), readFileSync(api.caFile, 'utf8'), nobody)
  }
  shareAccount()
  const data = make('data')
  chownSync(data, nobody, nobody)

  const agentToken = async (node: string, lifetimeSeconds: number) => {
    const pod = {
      namespace: 'mayfly',
      name: `mayfly-agent-${node}`,
      uid: `pod-${node}`,
      nodeName: node,
    }
    api.pod(pod)
    const own = { namespace: 'mayfly', name: 'mayfly-agent', audiences: ['mayfly'] }
    return api.token({ ...own, lifetimeSeconds, pod })
  }

  const startCollector = (): ImageContainer => {
    if (images.collector === undefined) throw new Error('the collector’s image is not built')
    const pod = chartPod({
      pod: collectorPod,
      place: (name) => ({ data, tls })[name],
    })
    const kubernetes = [`KUBERNETES_SERVICE_HOST=${control.ipv4}`, 'KUBERNETES_SERVICE_PORT=6443']
    return startImage(t, images.collector, {
      ...pod,
      id: randomContainerId(),
      env: kubernetes,
      timeoutMs: 210_000,
      networkNamespacePath: control.namespacePath,
      mounts: [
        { destination: '/tmp', source: 'tmpfs', type: 'tmpfs' },
        {
          destination: '/var/run/secrets/kubernetes.io/serviceaccount',
          source: account,
          type: 'bind',
          options: ['rbind', 'ro'],
        },
        ...(pod.mounts ?? []),
      ],
    })
  }

  const bpffs = (node: string): string => {
    const path = make(`bpf-${node}`)
    execFileSync('mount', ['-t', 'bpf', 'none', path])
    t.teardown(() => execFileSync('umount', [path]))
    return path
  }
  const places = Object.fromEntries(
    nodeNames.map((node) => [
      node,
      {
        ...{
          bpffs: bpffs(node),
          spool: make(`spool-${node}`),
          proc: '/proc',
          cgroup: '/sys/fs/cgroup',
        },
        ...{ 'collector-token': make(`token-${node}`), 'kubelet-token': make(`kubelet-${node}`) },
        'collector-ca': ca,
      },
    ]),
  ) as unknown as Record<NodeName, Readonly<Record<string, string>>>
  const startAgent = (node: NodeName): ImageContainer => {
    if (images.agent === undefined) throw new Error('the agent’s image is not built')
    const host = hosts[node]
    const pod = chartPod({
      pod: agentPod as Pod,
      variables: { NODE_NAME: node, NODE_IP: host.ipv4 },
      place: (name) => places[node][name],
    })
    return startImage(t, images.agent, {
      ...pod,
      id: randomContainerId(),
      seccomp: agentSeccomp(),
      hosts: [`${control.ipv4} ${service}`],
      timeoutMs: 210_000,
      networkNamespacePath: host.namespacePath,
    })
  }
  const giveToken = async (node: NodeName, lifetimeSeconds: number): Promise<void> =>
    put(
      join(places[node]['collector-token'] ?? '', 'token'),
      await agentToken(node, lifetimeSeconds),
    )
  for (const node of nodeNames) {
    const kubelet = kubelets.get(node)
    const files = places[node]['kubelet-token'] ?? ''
    put(join(files, 'token'), readFileSync(kubelet?.tokenFile ?? '', 'utf8'))
    put(join(files, 'ca.crt'), readFileSync(kubelet?.caFile ?? '', 'utf8'))
    await giveToken(node, 15)
  }

  // People.
  const person = async (name: string): Promise<string> => {
    const file = join(dir, `token-${name}`)
    const token = await api.token({ namespace: 'people', name, audiences: ['mayfly-api'] })
    writeFileSync(file, token)
    return file
  }
  const [admin, team] = [await person('admin'), await person('team')]
  const right = { user: 'system:serviceaccount:people:admin', group: 'mayfly.dev' }
  for (const resource of ['timelines', 'agents', 'audits'])
    api.grant({ ...right, resource, verb: 'get' })
  api.grant({
    ...{ user: 'system:serviceaccount:people:team', group: 'mayfly.dev' },
    ...{ resource: 'timelines', verb: 'get', namespace: 'shop' },
  })
  const url = `https://${control.ipv4}:7070`
  const caAll = join(dir, 'ca-people.crt')
  writeFileSync(caAll, authority.ca)
  const ask = (token: string, ...args: readonly string[]) =>
    runIn(control, process.execPath, [
      join(repository, 'cli/mayfly.mjs'),
      ...args,
      ...['--collector', url, '--collector-ca', caAll, '--token-file', token],
    ])
  const read = async <T>(...args: readonly string[]): Promise<T> => {
    const { exitCode, stdout, stderr } = await ask(admin, ...args, '--output', 'json')
    if (exitCode !== 0 && stdout === '') throw new Error(stderr)
    return JSON.parse(stdout) as T
  }

  /** Every exec of the play: container, node, name. */
  const played: { readonly id: string; readonly node: NodeName; readonly argument: string }[] = []
  let podIndex = 0
  /** A pod of some short processes on a node; listed by its kubelet before, after or never. */
  const play = async (node: NodeName, namespace: string, listed: 'before' | 'after' | 'never') => {
    podIndex += 1
    const id = randomContainerId()
    const uid = uidOf(podIndex)
    const pod = {
      ...{ name: `web-${podIndex}`, namespace, uid, nodeName: node },
      containers: [{ name: 'web', id }],
    }
    if (listed === 'before') kubelets.get(node)?.add(pod)
    const names = [1, 2, 3, 4, 5].map((number) => `/none-${podIndex}-${number}`)
    const script = names.map((name) => `/bin/ls ${name}`).join('; ')
    const bundle = await makeBundle(t, {
      args: ['/bin/sh', '-c', script],
      cgroupsPath: `/kubepods/burstable/pod${uid}/${id}`,
    })
    await runContainer({ runtime: 'crun', id, bundle })
    if (listed === 'after') kubelets.get(node)?.add(pod)
    for (const argument of names) played.push({ id, node, argument })
    return { id, pod }
  }

  const isReady = async (host: string, port: number): Promise<boolean> =>
    (await runIn(control, 'curl', ['-sfo', '/dev/null', `http://${host}:${port}/readyz`]))
      .exitCode === 0
  const ready = (what: string, container: ImageContainer, host: string, port: number) =>
    until(`${what} to be ready`, () => isReady(host, port), 40_000).catch(async (error: Error) => {
      const { stderr } = await container.kill()
      throw new Error(`${error.message}\n${stderr}`)
    })

  let collector = startCollector()
  await ready('the collector', collector, control.ipv4, 7071)
  const agents = new Map(nodeNames.map((node) => [node, startAgent(node)]))
  for (const [node, agent] of agents) await ready(node, agent, hosts[node].ipv4, 7072)
  const connected = async () => {
    const { agents: all } = await read<{ agents: { node: string; connected: boolean }[] }>('status')
    return all.filter((one) => one.connected).length
  }
  await until('all agents to be connected', async () => (await connected()) === 3, 30_000)

  // Pods that come and go: two that are listed, one that is gone before anybody lists it.
  const [, afterwards, never] = await Promise.all([
    play('node-1', 'shop', 'before'),
    play('node-2', 'payments', 'after'),
    play('node-3', 'shop', 'never'),
  ])

  await t.test('who is not the agent of its node is refused, and told why', async (t) => {
    const own = { namespace: 'mayfly', name: 'mayfly-agent', audiences: ['mayfly'] }
    const pod = { namespace: 'mayfly', name: 'x', uid: 'x', nodeName: 'node-3' }
    api.pod(pod)
    const cases = [
      ['another node’s token', await api.token({ ...own, pod }), /node-3/],
      ['another ServiceAccount', await api.token({ ...own, name: 'default', pod }), /mayfly-agent/],
      [
        'a token for the API server',
        await api.token({ ...own, audiences: ['https://kubernetes.default.svc'] }),
        /audience/,
      ],
      ['an expired token', await api.token({ ...own, pod, lifetimeSeconds: -600 }), /expired/],
    ] as const
    await Promise.all(
      cases.map(async ([what, token, reason], index) => {
        const place = make(`refused-${index}`)
        writeFileSync(join(place, 'token'), token)
        const agent = startIn(t, control, process.execPath, [
          join(repository, 'cli/mayfly.mjs'),
          ...['agent', '--node', 'node-1', '--agent-id', `liar-${index}`, '--source', 'procfs'],
          ...['--data-dir', place, '--metrics-listen', 'off', '--bpffs', place],
          ...['--collector', url, '--collector-ca', caAll, '--token-file', join(place, 'token')],
        ])
        await until(what, async () => reason.test(agent.output()), 20_000).catch(() => {})
        t.match(await agent.stop(), reason, what)
      }),
    )
    t.equal(await connected(), 3)
  })

  await t.test('everything rotates, and connections live on or come again', async (t) => {
    for (const node of nodeNames) await giveToken(node, 3_600)
    // A new authority: both are trusted before the new certificate is served.
    const before = authority
    t.teardown(() => before.remove())
    authority = makeAuthority()
    put(join(ca, 'ca.crt'), `${before.ca}${authority.ca}`)
    writeFileSync(caAll, `${before.ca}${authority.ca}`)
    serve(issue())
    await until(
      'the new certificate to be served',
      async () => {
        const { stdout } = await runIn(control, 'sh', [
          '-c',
          `openssl s_client -connect ${control.ipv4}:7070 -CAfile ${ca}/ca.crt </dev/null 2>/dev/null | openssl x509 -noout -fingerprint`,
        ])
        const { stdout: wanted } = await runIn(control, 'openssl', [
          ...['x509', '-noout', '-fingerprint', '-in', join(tls, 'tls.crt')],
        ])
        return stdout !== '' && stdout === wanted
      },
      45_000,
    )
    await play('node-1', 'shop', 'before')
  })

  await t.test('a node is cut off, the API server hangs, the collector is killed', async (t) => {
    execFileSync('ip', ['-n', bridge.namespace, 'link', 'set', 'port1', 'down'])
    await play('node-2', 'payments', 'before')
    api.mode('hang')
    await play('node-1', 'shop', 'before')
    const killed = await collector.kill()
    t.not(killed.exitCode, 0)
    await play('node-3', 'shop', 'before')
    api.mode('normal')
    shareAccount()
    collector = startCollector()
    await ready('the collector', collector, control.ipv4, 7071)
    await until('two agents to be back', async () => (await connected()) === 2, 60_000)
    execFileSync('ip', ['-n', bridge.namespace, 'link', 'set', 'port1', 'up'])
    await until('the third to be back', async () => (await connected()) === 3, 60_000)
  })

  await t.test('an agent is rolled, and the kernel keeps what happens meanwhile', async (t) => {
    const ended = await agents.get('node-1')?.end()
    t.equal(ended?.exitCode, 0)
    await play('node-1', 'shop', 'before')
    const next = startAgent('node-1')
    agents.set('node-1', next)
    await ready('node-1', next, hosts['node-1'].ipv4, 7072)
  })

  await t.test('the collector ends in order, and comes back', async (t) => {
    const ended = await collector.end()
    t.equal(ended.exitCode, 0)
    t.notMatch(ended.stderr, /"level":[56]\d/)
    collector = startCollector()
    await ready('the collector', collector, control.ipv4, 7071)
    await until('all agents to be back', async () => (await connected()) === 3, 60_000)
    await play('node-2', 'shop', 'before')
  })

  await t.test('of two pods that talk across nodes each has the other’s name', async (t) => {
    const [client, server] = [hosts['pod-client'], hosts['pod-server']]
    const listed = (node: NodeName, number: number, host: Host) => {
      const [id, uid] = [randomContainerId(), `0a1b2c3d-0000-0000-0000-0000000000a${number}`]
      const [namespace, name] = node === 'node-1' ? ['shop', 'cart'] : ['payments', 'ledger']
      kubelets.get(node)?.add({
        ...{ name: `${name}-0`, namespace, uid, nodeName: node, podIps: [host.ipv4] },
        owner: { kind: 'StatefulSet', name },
        containers: [{ name, id }],
      })
      return {
        id,
        cgroupsPath: `/kubepods/burstable/pod${uid}/${id}`,
        networkNamespacePath: host.namespacePath,
      }
    }
    const { id: serverId, ...serverPlace } = listed('node-2', 2, server)
    const { id: clientId, ...clientPlace } = listed('node-1', 1, client)
    const serving = await makeBundle(t, {
      ...serverPlace,
      args: ['/answer', server.ipv4, '9000'],
      files: { '/answer': compileProgram('answer', dir) },
    })
    await startContainer(t, { runtime: 'crun', id: serverId, bundle: serving })
    await portIsServed(server, 'tcp', 9000)
    const dialling = await makeBundle(t, {
      ...clientPlace,
      args: ['/dial', '-s', '7', server.ipv4, '9000', '3'],
      files: { '/dial': compileProgram('dial', dir) },
    })
    const dialled = await runContainer({ runtime: 'crun', id: clientId, bundle: dialling })
    t.match(dialled.stdout, '"connected":3')

    /** What the agent of its node tells of a pod, once both have their names. */
    const told = async (id: string, node: NodeName, kind: 'connect' | 'accept', peer: string) => {
      const args = ['--container', id, '--node', node, '--kind', kind]
      let seen: readonly TimelineConnection[] = []
      await until(
        `${node} to name ${peer}`,
        async () => {
          seen = connections((await read<TimelineAnswer>('timeline', ...args)).events, kind)
          return (
            counted(seen) === 3 &&
            seen.every((event) => event.pod !== '' && event.peer?.workload === peer)
          )
        },
        40_000,
      ).catch(() => {})
      return seen
    }
    const connects = await told(clientId, 'node-1', 'connect', 'ledger')
    t.equal(counted(connects), 3)
    for (const event of connects)
      t.match(event, {
        ...{ namespace: 'shop', workload: 'cart', pod: 'cart-0', outcome: 'established' },
        peer: {
          ...{ address: server.ipv4, port: 9000 },
          ...{ kind: 'pod', workload: 'ledger', namespace: 'payments' },
        },
      })
    const accepts = await told(serverId, 'node-2', 'accept', 'cart')
    t.equal(counted(accepts), 3)
    for (const event of accepts)
      t.match(event, {
        ...{ namespace: 'payments', workload: 'ledger', pod: 'ledger-0' },
        peer: { address: client.ipv4, kind: 'pod', workload: 'cart', namespace: 'shop' },
      })
  })

  /** What a container executed, as one agent tells. */
  const execsOf = async (id: string, node: string): Promise<readonly TimelineEvent[]> =>
    (
      await read<TimelineAnswer>(
        'timeline',
        ...['--container', id, '--node', node, '--kind', 'exec'],
      )
    ).events

  await t.test('every exec of the play is there, once by each agent', async (t) => {
    const containers = [...new Set(played.map(({ id }) => id))]
    const wanted = (id: string) =>
      played.filter((one) => one.id === id).map(({ argument }) => `/bin/ls ${argument}`)
    const found = async (id: string, node: string) =>
      (await execsOf(id, node)).flatMap((event) => {
        const line = event.kind === 'exec' ? (event.process.argv ?? []).join(' ') : ''
        return line.startsWith('/bin/ls ') ? [line] : []
      })
    const last = containers.at(-1) ?? ''
    for (const node of nodeNames)
      await until(
        `${node} to tell the last`,
        async () => (await found(last, node)).length >= 5,
        40_000,
      )
    for (const id of containers)
      for (const node of nodeNames) t.strictSame(await found(id, node), wanted(id), `${id} ${node}`)
  })

  await t.test('names are those that the node’s own kubelet tells', async (t) => {
    const { pod } = afterwards
    const [first] = await execsOf(afterwards.id, 'node-2')
    t.match(first, { namespace: 'payments', pod: pod.name, container: 'web', podUid: pod.uid })
    const [elsewhere] = await execsOf(afterwards.id, 'node-1')
    t.match(elsewhere, { namespace: '', pod: '', podUid: pod.uid })
    const [unlisted] = await execsOf(never.id, 'node-3')
    t.match(unlisted, { namespace: '', pod: '', podUid: never.pod.uid })
  })

  await t.test('a team sees its own', async (t) => {
    const mine = await ask(team, 'timeline', '--namespace', 'shop', '--output', 'json')
    t.equal(mine.exitCode, 0, mine.stderr)
    const { events: seen } = JSON.parse(mine.stdout) as TimelineAnswer
    t.ok(seen.length >= 5)
    t.ok(seen.every((event) => event.namespace === 'shop' || event.kind === 'gap'))
    for (const args of [['timeline'], ['timeline', '--namespace', 'payments'], ['audit']]) {
      const refused = await ask(team, ...args)
      t.not(refused.exitCode, 0)
      t.match(refused.stderr, /system:serviceaccount:people:team/)
    }
  })

  await t.test('what Kubernetes tells of a pod stands on its timeline', async (t) => {
    const at = new Date().toISOString()
    api.set('/api/v1/events', {
      metadata: { name: 'web-2.1', namespace: 'payments' },
      involvedObject: {
        kind: 'Pod',
        namespace: 'payments',
        name: 'web-2',
        uid: afterwards.pod.uid,
      },
      ...{ type: 'Warning', reason: 'Evicted', message: 'The node was low on memory.' },
      ...{
        source: { component: 'kubelet', host: 'node-2' },
        firstTimestamp: at,
        lastTimestamp: at,
      },
    })
    await until('the eviction', async () => {
      const { events } = await read<TimelineAnswer>('timeline', '--pod', 'web-2', '--kind', 'pod')
      return events.some((event) => event.kind === 'pod' && event.reason === 'Evicted')
    })
    const { stdout } = await ask(admin, 'timeline', '--pod', 'web-2')
    t.match(stdout, /Evicted: The node was low on memory/)
  })

  await t.test('a node without an agent is named', async (t) => {
    const { collector: status } = await read<{ collector: StatusAnswer }>('status')
    t.match(status.cluster, { nodes: 4, nodesWithoutAgent: ['node-4'] })
    t.ok(status.cluster?.watches.every(({ state }) => state === 'following'))
  })

  await t.test('the audit is clean', async (t) => {
    let rows: AuditAnswer['rows'] = []
    // The agents’ last word comes every few seconds, and this machine is never quiet.
    await until(
      'nothing to be unaccounted for',
      async () => {
        rows = await read<AuditAnswer['rows']>('audit', '--deep')
        return rows.every(({ unaccounted, missingSeqs }) => unaccounted === 0 && missingSeqs === 0)
      },
      30_000,
    )
    t.ok(new Set(rows.map(({ node }) => node)).size === 3)
    for (const { node, epoch, captured, stored, gaps, unaccounted, deep } of rows) {
      t.equal(unaccounted, 0, `${node} ${epoch}: ${stored} of ${captured} stored, ${gaps} in gaps`)
      t.equal(deep?.duplicates, 0)
    }
  })

  for (const agent of agents.values()) t.equal((await agent.end()).exitCode, 0)
  await sleep(100)
})
