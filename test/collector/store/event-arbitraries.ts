/** fast-check arbitraries of everything an agent may send, hostile strings and extreme numbers included. */
import fc from 'fast-check'
import {
  connectOutcomes,
  containerTypes,
  type Event,
  entryKinds,
  eventKinds,
  fileOrigins,
  gapReasons,
  nameSources,
  type ProcessKey,
  transports,
} from '#proto/event.ts'

/** Any UTF-16: control characters, quotes, NUL, lone surrogates, SQL. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    "'; DROP TABLE events; --",
    "\\') OR 1=1 --",
    '\n\nDROP TABLE events\n\n',
    '\t\\N\t',
    '\\N',
    ';\n',
    '\ufdd0',
    '\ufdd00000',
    '\0',
    '\ud800',
    "['",
    '{}',
    '/* ',
    'ünïcödé 🦋',
  ),
)

const u32 = fc.integer({ min: 0, max: 4_294_967_295 })
const u16 = fc.integer({ min: 0, max: 65_535 })
const safe = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })
const orNull = (value: fc.Arbitrary<number>) => fc.option(value, { nil: null })
const timeUs = fc.integer({ min: 1_600_000_000_000_000, max: 2_000_000_000_000_000 })
/** Boot times past 2^53 are rounded by the sender and must survive as they are. */
const bootNs = fc.oneof(
  safe,
  fc.integer({ min: 1, max: 2 ** 50 }).map((value) => value * 16),
)
const key: fc.Arbitrary<ProcessKey> = fc.record({
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  startNs: bootNs,
})
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

/** An object's type with its possibly undefined fields absent instead. */
type Present<Shape> = {
  [Name in keyof Shape as undefined extends Shape[Name] ? never : Name]: Shape[Name]
} & {
  [Name in keyof Shape as undefined extends Shape[Name] ? Name : never]?: Exclude<
    Shape[Name],
    undefined
  >
}
const present = <Shape extends object>(shape: Shape): Present<Shape> =>
  Object.fromEntries(
    Object.entries(shape).filter(([, value]) => value !== undefined),
  ) as Present<Shape>

const base = {
  timeUs,
  bootNs,
  source: fc.constantFrom('ebpf' as const, 'procfs' as const),
  containerId: fc.oneof(
    fc.constantFrom('', 'host', 'a'.repeat(64), `b${'0'.repeat(63)}`),
    hostileText,
  ),
  podUid: hostileText,
}
const file = fc.record({
  device: u32,
  inode: fc.integer({ min: 1, max: 2 ** 52 }),
  ctimeUs: timeUs,
})
const endpoint = fc.record({ address: hostileText, port: u16 })
const strings = fc.array(hostileText, { maxLength: 4 })
const kinds = fc.uniqueArray(fc.constantFrom(...eventKinds), { maxLength: 4 })
const nonEmptyText = hostileText.filter((text) => text !== '')

const exec = fc
  .record({
    kind: fc.constant('exec' as const),
    ...base,
    process: key,
    parent: optional(key),
    creator: optional(key),
    ancestor: optional(key),
    snapshot: fc.constant(false),
    entry: fc.constantFrom(...entryKinds),
    runtime: fc.boolean(),
    nsPid: u32,
    uid: u32,
    gid: u32,
    euid: u32,
    loginUid: optional(fc.integer({ min: 0, max: 4_294_967_294 })),
    capabilities: fc.integer({ min: 0, max: 2 ** 41 }),
    namespaces: fc.record({
      mnt: u32,
      pid: u32,
      net: u32,
      user: u32,
      uts: u32,
      ipc: u32,
      cgroup: u32,
    }),
    exe: hostileText,
    file: optional(file),
    fileMode: u32,
    fileOrigin: fc.constantFrom(...fileOrigins),
    argv: strings,
    argvBytes: u32,
    argvTruncated: fc.boolean(),
    argvEscaped: fc.boolean(),
    argvRedacted: u16,
    script: optional(nonEmptyText),
    interpreter: optional(nonEmptyText),
    cwd: hostileText,
    tty: hostileText,
    stdioSockets: fc.integer({ min: 0, max: 7 }),
  })
  .map(present)

const exit = fc
  .record({
    kind: fc.constant('exit' as const),
    ...base,
    process: key,
    parent: optional(key),
    exe: hostileText,
    nsPid: u32,
    uid: u32,
    exitCode: orNull(fc.integer({ min: 0, max: 255 })),
    signal: fc.integer({ min: 0, max: 64 }),
    coreDumped: fc.boolean(),
    lifetimeUs: orNull(safe),
    userUs: safe,
    systemUs: safe,
    maxRssBytes: safe,
    maxRssInherited: fc.boolean(),
    forked: fc.boolean(),
    runtime: fc.boolean(),
    inferred: fc.boolean(),
  })
  .map(present)

const socketBase = {
  ...base,
  process: optional(key),
  transport: fc.constantFrom(...transports),
  local: endpoint,
  exe: hostileText,
  snapshot: fc.boolean(),
}
const connectionBase = {
  ...socketBase,
  socket: safe,
  peer: endpoint,
  peerName: hostileText,
  count: fc.integer({ min: 1, max: 4_294_967_295 }),
}
const connect = fc
  .record({
    kind: fc.constant('connect' as const),
    ...connectionBase,
    outcome: fc.constantFrom(...connectOutcomes),
    latencyUs: orNull(safe),
    maxLatencyUs: orNull(safe),
  })
  .map(present)
const accept = fc.record({ kind: fc.constant('accept' as const), ...connectionBase }).map(present)
const close = fc
  .record({
    kind: fc.constant('close' as const),
    ...connectionBase,
    ongoing: fc.boolean(),
    direction: fc.constantFrom('outbound' as const, 'inbound' as const),
    sentBytes: orNull(safe),
    receivedBytes: orNull(safe),
    sentPackets: orNull(safe),
    receivedPackets: orNull(safe),
    durationUs: orNull(safe),
    minDurationUs: orNull(safe),
    maxDurationUs: orNull(safe),
    closedBy: fc.constantFrom('local' as const, 'peer' as const, 'unknown' as const),
  })
  .map(present)
const listen = fc
  .record({
    kind: fc.constant('listen' as const),
    ...socketBase,
    phase: fc.constantFrom('started' as const, 'stopped' as const),
  })
  .map(present)
const dns = fc
  .record({
    kind: fc.constant('dns' as const),
    ...base,
    process: optional(key),
    exe: hostileText,
    peer: endpoint,
    name: hostileText,
    type: hostileText,
    rcode: hostileText,
    answers: strings,
    latencyUs: orNull(safe),
    count: u32,
  })
  .map(present)
const container = fc.record({
  kind: fc.constant('container' as const),
  ...base,
  phase: fc.constantFrom('started' as const, 'named' as const, 'ended' as const),
  cgroupPath: hostileText,
  namespace: hostileText,
  pod: hostileText,
  container: nonEmptyText,
  workload: hostileText,
  workloadType: hostileText,
  image: hostileText,
  imageId: hostileText,
  type: fc.constantFrom(...containerTypes),
  runtime: hostileText,
  labels: fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
  podIps: strings,
  hostIps: strings,
  hostNetwork: fc.boolean(),
  serviceAccountToken: fc.boolean(),
  nameSource: fc.constantFrom(...nameSources),
})
const gap = fc.record({
  kind: fc.constant('gap' as const),
  ...base,
  reason: fc.constantFrom(...gapReasons),
  lost: orNull(safe),
  replaces: safe.map((count) => Math.max(1, count)),
  fromUs: timeUs,
  toUs: timeUs,
  affects: kinds,
})
const fileFact = fc.record({
  kind: fc.constant('file' as const),
  ...base,
  path: hostileText,
  file,
  sizeBytes: safe,
  sha256: fc.constantFrom('', 'ab'.repeat(32)),
  state: fc.constantFrom('hashed' as const, 'missed' as const, 'skipped' as const),
})
const coverage = fc.record({
  kind: fc.constant('coverage' as const),
  ...base,
  fromUs: timeUs,
  toUs: timeUs,
  complete: kinds,
})

/** Any event or fact; execs are never snapshots, which are left out when repeated. */
export const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  exec,
  exit,
  connect,
  accept,
  close,
  listen,
  dns,
  container,
  gap,
  fileFact,
  coverage,
)
