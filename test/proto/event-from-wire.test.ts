import t from 'tap'
import { ChunkReader } from '#proto/chunk-reader.ts'
import type { Wire } from '#proto/codec.ts'
import { eventFromWire } from '#proto/event-from-wire.ts'

const tables = {
  strings: ['a'],
  processes: [{ pidDelta: 1, startDeltaNs: 1, startNs: null }],
  namespaces: [],
  credentials: [],
  programs: [],
} as unknown as Wire['Chunk']

const common = {
  bootDeltaNs: 5,
  bootNs: null,
  timeSkewUs: 9,
  timeUs: null,
  source: 0,
  containerId: 0,
  podUid: 0,
}

const decode = (message: object) =>
  eventFromWire(new ChunkReader(tables), { ...common, ...message } as Wire['Event'], {
    bootNs: 0,
    wallOffsetUs: 0,
  })

const gap = { reason: 0, lost: null, fromUs: 1, toUs: 2, affects: [], replaces: 0 }

const container = {
  phase: 0,
  cgroupPath: 0,
  namespace: 0,
  pod: 0,
  container: 0,
  workload: 0,
  workloadType: 0,
  image: 0,
  imageId: 0,
  type: 0,
  runtime: 0,
  labels: [],
  podIps: [],
  nameSource: 0,
  hostIps: [],
  hostNetwork: false,
  serviceAccountToken: false,
}

const refused: readonly [string, object, string][] = [
  ['of an unknown source', { source: 7, gap }, 'unknown_kind'],
  ['before boot', { bootDeltaNs: -1, gap }, 'range'],
  ['before 1970', { timeUs: -1, gap }, 'range'],
  ['that accepts without a connection', { accept: {} }, 'malformed'],
  ['about no file', { file: { path: 1, sizeBytes: 1, sha256: 0, state: 0 } }, 'malformed'],
  ['whose label has no value', { container: { ...container, labels: [1] } }, 'malformed'],
  ['that executes nothing', { exec: { process: 1, argv: [], credentials: 1 } }, 'reference'],
  ['of no process', { exit: { process: 0 } }, 'reference'],
]
for (const [name, message, code] of refused) {
  t.test(`an event ${name} is refused`, async (t) => {
    t.throws(() => decode(message), { code })
  })
}

const notUnderstood: readonly [string, object][] = [
  ['without a kind', {}],
  ['with an unknown reason', { gap: { ...gap, reason: 99 } }],
]
for (const [name, message] of notUnderstood) {
  t.test(`an event ${name} comes from a newer sender and becomes a gap`, async (t) => {
    const unknown = { kind: 'gap', reason: 'decode_failed', lost: null, replaces: 1, bootNs: 5 }
    t.match(decode(message), unknown)
  })
}

t.test('a label is a name and a value', async (t) => {
  t.match(decode({ container: { ...container, labels: [1, 0] } }), { labels: { a: '' } })
})

t.test('times are added up', async (t) => {
  t.match(decode({ gap }), { kind: 'gap', bootNs: 5, timeUs: 9, source: 'ebpf', lost: null })
})
