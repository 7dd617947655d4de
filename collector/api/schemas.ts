/** JSON Schemas (2020-12) of the answers declared in proto/api.ts, for the OpenAPI document. A test holds real answers against them. */

import {
  baselineActions,
  baselineCoverages,
  baselineStates,
  itemKinds,
  itemScopes,
} from '#proto/baseline.ts'
import {
  connectOutcomes,
  containerTypes,
  entryKinds,
  eventKinds,
  fileOrigins,
  gapReasons,
  podEventSeverities,
} from '#proto/event.ts'
import { findingActions, findingStates, maturities, severities } from '#proto/finding.ts'
import { watchStates } from '../cluster/watch-state.ts'
import { peerKinds } from '../store/peer-kind.ts'
import { baselineDecisions } from './baseline-request.ts'
import { apiErrorCodes } from './errors.ts'
import { findingDecisions } from './finding-request.ts'
import { maxReasonLength, selectionFields } from './hold-request.ts'
import { parameters } from './query.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

const string = { type: 'string' }
const time = { type: 'string', format: 'date-time' }
const day = { type: 'string', format: 'date' }
const integer = { type: 'integer' }
const count = { type: 'integer', minimum: 0 }
const boolean = { type: 'boolean' }
const oneOf = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: values })
const nullable = (schema: { readonly type: string }): JsonSchema => ({
  ...schema,
  type: [schema.type, 'null'],
})
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
const map = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values })
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

/** An object whose properties are required unless they are listed as optional. */
const object = (
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
})

const processInfo = object(
  {
    id: string,
    parentId: nullable(string),
    pid: integer,
    parentPid: nullable(integer),
    uid: nullable(integer),
    exe: string,
  },
  {
    creatorId: string,
    ancestorId: string,
    nsPid: integer,
    gid: integer,
    euid: integer,
    loginUid: integer,
    argv: list(string),
    argvBytes: count,
    argvTruncated: boolean,
    argvEscaped: boolean,
    argvRedacted: count,
    script: string,
    interpreter: string,
    cwd: string,
    tty: string,
    entry: oneOf(entryKinds),
    runtime: boolean,
    snapshot: boolean,
    fileOrigin: oneOf(fileOrigins),
    fileMode: integer,
    sha256: nullable(string),
    capabilities: string,
    namespaces: map(integer),
    stdioSockets: list(oneOf(['stdin', 'stdout', 'stderr'])),
  },
)

const address = { address: string, port: integer }
const process = { anyOf: [ref('ProcessInfo'), { type: 'null' }] }

const eventBase = {
  time,
  source: oneOf(['ebpf', 'procfs', 'kubernetes']),
  node: string,
  namespace: string,
  workload: string,
  workloadType: string,
  pod: string,
  podUid: string,
  container: string,
  containerId: string,
  agent: string,
  epoch: integer,
  seq: integer,
}

const event = (
  kinds: readonly string[],
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema => object({ kind: oneOf(kinds), ...eventBase, ...required }, optional)

const containerNames = {
  namespace: string,
  pod: string,
  podUid: string,
  container: string,
  workload: string,
  workloadType: string,
}

const who = (
  kind: string,
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema =>
  object(
    {
      kind: oneOf([kind]),
      firstSeen: time,
      lastSeen: time,
      count,
      namespace: string,
      workload: string,
      workloadType: string,
      container: string,
      pods: count,
      containers: count,
      nodes: count,
      last: object({ node: string, pod: string, containerId: string }),
      exe: string,
      ...required,
    },
    optional,
  )

/** By the table of the parameters, so that a hold takes what a question takes. */
const holdSelection = object(
  {},
  Object.fromEntries(
    selectionFields.map((name): [string, JsonSchema] => [name, { ...parameters[name].schema }]),
  ),
)

export const schemas: Readonly<Record<string, JsonSchema>> = {
  ProcessInfo: processInfo,
  ExecEvent: event(['exec'], { process: ref('ProcessInfo') }),
  ExitEvent: event(['exit'], {
    process: ref('ProcessInfo'),
    exitCode: nullable(integer),
    signal: integer,
    signalName: nullable(string),
    coreDumped: boolean,
    lifetimeUs: nullable(integer),
    userUs: count,
    systemUs: count,
    maxRssBytes: count,
    maxRssInherited: boolean,
    forked: boolean,
    inferred: boolean,
  }),
  ConnectionEvent: event(
    ['connect', 'accept', 'close', 'listen'],
    {
      process,
      transport: string,
      socket: integer,
      local: object(address),
      count,
      snapshot: boolean,
    },
    {
      peer: object(
        { ...address, name: string, workload: string },
        { namespace: string, service: string, node: string, kind: oneOf(peerKinds) },
      ),
      outcome: oneOf(connectOutcomes),
      latencyUs: nullable(integer),
      maxLatencyUs: nullable(integer),
      direction: oneOf(['outbound', 'inbound']),
      ongoing: boolean,
      sentBytes: nullable(count),
      receivedBytes: nullable(count),
      sentPackets: nullable(count),
      receivedPackets: nullable(count),
      durationUs: nullable(integer),
      minDurationUs: nullable(integer),
      maxDurationUs: nullable(integer),
      closedBy: oneOf(['local', 'peer', 'unknown']),
      phase: string,
    },
  ),
  DnsEvent: event(['dns'], {
    process,
    peer: object(address),
    name: string,
    type: string,
    rcode: string,
    answers: list(string),
    latencyUs: nullable(integer),
    count,
  }),
  ContainerEvent: event(['container'], {
    phase: oneOf(['started', 'named', 'ended']),
    image: string,
    imageId: string,
    type: oneOf(containerTypes),
    runtime: string,
  }),
  PodEvent: event(['pod'], {
    reason: string,
    message: string,
    severity: oneOf(podEventSeverities),
    reporter: string,
    count,
    firstSeen: time,
    exitCode: nullable(integer),
  }),
  GapEvent: event(['gap'], {
    reason: oneOf([...gapReasons, 'not_covered']),
    lost: nullable(count),
    from: time,
    to: time,
    affects: list(oneOf(eventKinds)),
  }),
  Event: {
    oneOf: [
      ref('ExecEvent'),
      ref('ExitEvent'),
      ref('ConnectionEvent'),
      ref('DnsEvent'),
      ref('ContainerEvent'),
      ref('PodEvent'),
      ref('GapEvent'),
    ],
  },
  Coverage: object({
    node: string,
    source: oneOf(['ebpf', 'procfs', 'none']),
    mode: oneOf(['complete', 'sampled', 'none']),
    complete: list(oneOf(eventKinds)),
    from: time,
    to: time,
    lost: nullable(count),
    gaps: count,
  }),
  TimelineAnswer: object({
    coverage: list(ref('Coverage')),
    events: list(ref('Event')),
    next: nullable(string),
  }),
  WhoConnection: who('connection', {
    direction: oneOf(['outbound', 'inbound']),
    transport: string,
    port: integer,
    peer: object(
      { address: string, name: string, workload: string, kind: oneOf(peerKinds) },
      { namespace: string, service: string, node: string },
    ),
    outcomes: map(count),
    sentBytes: nullable(count),
    receivedBytes: nullable(count),
  }),
  WhoDns: who('dns', { name: string, outcomes: map(count) }),
  WhoExec: who('exec', {}, { sha256: nullable(string) }),
  WhoAnswer: object({
    coverage: list(ref('Coverage')),
    rows: list({ oneOf: [ref('WhoConnection'), ref('WhoDns'), ref('WhoExec')] }),
    truncated: boolean,
  }),
  ContainersAnswer: object({
    coverage: list(ref('Coverage')),
    containers: list(
      object({
        containerId: string,
        node: string,
        ...containerNames,
        image: string,
        imageId: string,
        type: oneOf(containerTypes),
        runtime: string,
        labels: map(string),
        podIps: list(string),
        hostIps: list(string),
        hostNetwork: boolean,
        serviceAccountToken: boolean,
        nameSource: string,
        firstSeen: time,
        lastSeen: time,
        ended: boolean,
      }),
    ),
    truncated: boolean,
  }),
  WorkloadsAnswer: object({
    coverage: list(ref('Coverage')),
    workloads: list(
      object({
        namespace: string,
        workload: string,
        workloadType: string,
        containers: count,
        firstSeen: time,
        lastSeen: time,
      }),
    ),
    truncated: boolean,
  }),
  AgentsAnswer: object({
    agents: list(
      object({
        agent: string,
        node: string,
        epoch: integer,
        version: string,
        kernel: string,
        sources: list(
          object({
            name: oneOf(['ebpf', 'procfs']),
            state: oneOf(['running', 'degraded', 'failed']),
            detail: string,
          }),
        ),
        connected: boolean,
        lastSeen: time,
        epochs: list(object({ epoch: integer, lastSeq: count, captured: count, filtered: count })),
        kernelUnaccounted: integer,
        captured: count,
        filtered: count,
        lost: count,
        lastSeq: count,
        ackedSeq: count,
      }),
    ),
  }),
  AuditAnswer: object({
    rows: list(
      object(
        {
          agent: string,
          node: string,
          epoch: integer,
          firstDay: day,
          lastDay: day,
          captured: count,
          stored: count,
          filtered: count,
          gaps: count,
          gapsByReason: map(count),
          lostUnknown: map(count),
          expired: count,
          inFlight: count,
          unaccounted: integer,
          elsewhere: count,
          firstSeq: count,
          lastSeq: count,
          missingSeqs: count,
          kernelUnaccounted: integer,
        },
        { deep: object({ duplicates: count, units: map(count) }) },
      ),
    ),
    query: string,
    deep: boolean,
  }),
  HoldSelection: holdSelection,
  NewHold: object({
    reason: { type: 'string', minLength: 1, maxLength: maxReasonLength },
    selection: ref('HoldSelection'),
  }),
  Hold: object({
    id: string,
    createdAt: time,
    reason: string,
    selection: ref('HoldSelection'),
    events: count,
    isLate: nullable(boolean),
  }),
  HoldsAnswer: object({ holds: list(ref('Hold')) }),
  StatusAnswer: object(
    {
      version: string,
      startedAt: time,
      store: object({
        state: oneOf(['starting', 'ready', 'failing', 'closed']),
        detail: string,
        engineRestarts: count,
        rowsInserted: count,
        insertsRetried: count,
        sizeBytes: count,
      }),
      quarantine: object({
        batches: count,
        events: count,
        files: count,
        bytes: count,
        directory: string,
        last: string,
      }),
      agents: object({ known: count, connected: count }),
      tails: count,
    },
    { cluster: ref('ClusterStatus') },
  ),
  ClusterStatus: object({
    nodes: count,
    nodesWithoutAgent: list(string),
    nodesWithoutAgentCount: count,
    watches: list(
      object({
        resource: string,
        state: oneOf(watchStates),
        detail: string,
        objects: count,
        ageSeconds: nullable({ type: 'number' }),
      }),
    ),
  }),
  Finding: object({
    id: string,
    rule: string,
    name: string,
    severity: oneOf(severities),
    maturity: oneOf(maturities),
    mitre: list(string),
    state: oneOf(findingStates),
    namespace: string,
    workload: string,
    workloadType: string,
    container: string,
    image: string,
    pods: list(string),
    nodes: list(string),
    key: map(string),
    reason: string,
    risk: object({
      score: count,
      terms: list(object({ name: string, points: count, because: string })),
    }),
    firstSeen: time,
    lastSeen: time,
    firstDetected: time,
    lastDetected: time,
    count,
    late: boolean,
    evidence: list(
      object({
        kind: oneOf(eventKinds),
        time,
        node: string,
        pod: string,
        containerId: string,
        agent: string,
        epoch: integer,
        seq: integer,
        text: string,
      }),
    ),
    ancestry: list(object({ id: string, pid: integer, exe: string, argv: list(string) })),
    changes: list(object({ time, author: string, action: oneOf(findingActions), comment: string })),
  }),
  FindingsAnswer: object({ findings: list(ref('Finding')), truncated: boolean }),
  FindingDecision: object({ action: oneOf(findingDecisions) }, { comment: string }),
  Baseline: object({
    id: string,
    namespace: string,
    workload: string,
    workloadType: string,
    container: string,
    coverage: oneOf(baselineCoverages),
    state: oneOf(baselineStates),
    because: string,
    unlearnable: list(oneOf(itemKinds)),
    images: list(string),
    provisionalImage: string,
    since: time,
    lockedAt: string,
    lives: count,
    refused: count,
    items: list(ref('BaselineItem')),
    outside: list(ref('BaselineItem')),
    changes: list(
      object({ time, author: string, action: oneOf(baselineActions), comment: string }),
    ),
  }),
  BaselineItem: object({
    kind: oneOf(itemKinds),
    scope: oneOf(itemScopes),
    value: string,
    args: string,
    firstSeen: time,
    lastSeen: time,
    pods: count,
    image: string,
    provisional: boolean,
  }),
  BaselinesAnswer: object({ baselines: list(ref('Baseline')), truncated: boolean }),
  BaselineDecision: object({ action: oneOf(baselineDecisions) }, { comment: string }),
  BaselineImport: object(
    {
      namespace: string,
      workload: string,
      workloadType: string,
      container: string,
      coverage: oneOf(baselineCoverages),
      items: list(
        object(
          { kind: oneOf(itemKinds), scope: oneOf(itemScopes), value: string },
          { args: string },
        ),
      ),
    },
    { image: string, comment: string },
  ),
  PoliciesAnswer: object({
    policies: list(
      object({
        namespace: string,
        name: string,
        podSelector: string,
        restricts: list(oneOf(['ingress', 'egress'])),
        ingressRules: count,
        egressRules: count,
      }),
    ),
  }),
  TailDropped: object({ dropped: count }),
  ErrorAnswer: object({
    error: object({ code: oneOf(apiErrorCodes), message: string }, { field: string }),
  }),
}
