/**
 * Where techniques are played: a host with containers that join its network, and another that stands for the rest of the world: the
 * Internet, the API server, a node and the cloud's metadata service. Called by play.ts.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startDnsServer } from '#test/fixtures/dns-server.ts'
import { makeNetwork, portIsServed, startIn } from '#test/fixtures/network.ts'
import {
  hostPrograms,
  makeBundle,
  ociConfig,
  randomContainerId,
  runContainer,
  type Teardown,
} from '#test/fixtures/oci-bundle.ts'
import type { Programs, Variant } from './technique.ts'

/** Where somebody listens on the victim's loopback. */
const port = 4444
/** An address of TEST-NET-3 (RFC 5737) for the Internet, the API server's, and the metadata service's. */
const internet = '203.0.113.9'
export const apiServer = '10.96.0.1:443'
const addresses = [internet, '10.96.0.1', '169.254.169.254'] as const

/** Answers nothing and hangs up soon, on every address of the rest of the world and on the victim's loopback. */
const listener = (ports: readonly number[], address: string): string => `
for (const port of ${JSON.stringify(ports)})
  require('net').createServer((socket) => {
    socket.on('error', () => {})
    setTimeout(() => socket.destroy(), 200)
  }).listen(port, '${address}')`

/** A variant that takes longer hangs, on standard input for one: it is open and empty. */
const longestRunMs = 20_000

/** Gives a program for /busybox, and a script for everything else. */
const fileServer = `
require('http').createServer((request, response) => {
  request.resume()
  request.on('end', () => response.end(
    request.url === '/busybox' ? require('fs').readFileSync('/bin/busybox') : 'true\\n'))
}).listen(8000, '${internet}')`

export interface Victim {
  /** Runs a variant to its end; gives the id of its container. */
  play(variant: Variant): Promise<string>
}

/** Writes what a variant has beside busybox into a layer of its image. */
const writeLayer = (layer: string, programs: Programs, intruder: string): void => {
  mkdirSync(layer)
  for (const [path, content] of Object.entries(programs)) {
    const target = join(layer, path)
    mkdirSync(dirname(target), { recursive: true })
    if (typeof content === 'object') writeFileSync(target, content.text)
    else copyFileSync(content === 'busybox' ? '/bin/busybox' : intruder, target)
    chmodSync(target, content === 'setuid' ? 0o4755 : 0o755)
  }
}

/** A root file system as runtimes make them: layers of an image below, what the container writes above. Removed by `remove`. */
const overlay = (directory: string, image: readonly string[]): { readonly remove: () => void } => {
  const [upper, work, rootfs] = ['upper', 'work', 'rootfs'].map((name) => {
    const path = join(directory, name)
    mkdirSync(path)
    return path
  }) as [string, string, string]
  const layers = `lowerdir=${image.join(':')},upperdir=${upper},workdir=${work}`
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, rootfs])
  const remove = () => {
    execFileSync('umount', [rootfs])
    rmSync(directory, { recursive: true, force: true })
  }
  return { remove }
}

/** Makes the victim and its surroundings; they are gone when the test ends. `intruder` is the compiled program's path. */
export const makeVictim = async (t: Teardown, intruder: string): Promise<Victim> => {
  const network = makeNetwork(t, { hosts: ['victim', 'world'], cidr: '10.81.0.0/24' })
  const { victim, world } = network.hosts
  for (const address of addresses) {
    execFileSync('ip', ['-n', world.namespace, 'address', 'add', `${address}/32`, 'dev', 'lo'])
    const route = ['route', 'add', address, 'via', world.ipv4]
    execFileSync('ip', ['-n', network.bridge.namespace, ...route])
  }
  const local = startIn(t, victim, process.execPath, ['-e', listener([port], '127.0.0.1')])
  const ports = [80, 443, port, 2379, 3333, 10250]
  const remote = startIn(t, world, process.execPath, ['-e', listener(ports, '0.0.0.0')])
  const files = startIn(t, world, process.execPath, ['-e', fileServer])
  await portIsServed(victim, 'tcp', port, local)
  for (const one of ports) await portIsServed(world, 'tcp', one, remote)
  await portIsServed(world, 'tcp', 8000, files)
  await startDnsServer(t, world, { records: {}, addresses: [internet] })

  const base = await makeBundle(t, { args: [] })
  const play = async (variant: Variant): Promise<string> => {
    const { args, programs = {}, debian, uid, capabilities, hostPid } = variant
    const id = randomContainerId()
    const directory = mkdtempSync(join(tmpdir(), 'mayfly-attack-'))
    const layer = join(directory, 'layer')
    writeLayer(layer, programs, intruder)
    const { remove } = overlay(directory, [layer, base.rootfs])
    const config = ociConfig({
      args: args.map((arg) =>
        arg.replaceAll('NODEPID', String(process.pid)).replaceAll('PORT', String(port)),
      ),
      networkNamespacePath: victim.namespacePath,
      ...(debian && { hostDirectories: hostPrograms }),
      ...(uid !== undefined && { uid }),
      ...(hostPid && { namespaces: ['mount', 'ipc', 'uts', 'network'] }),
      ...(capabilities && { processCaps: capabilities, noNewPrivileges: false }),
    })
    writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
    try {
      await runContainer({
        runtime: 'crun',
        id,
        bundle: { directory, rootfs: join(directory, 'rootfs') },
        timeoutMs: longestRunMs,
      })
    } finally {
      remove()
    }
    return id
  }
  return { play }
}
