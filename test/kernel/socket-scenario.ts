/** What one process does with sockets, and the records that must come of it: called by check-probe.ts in the guest. */
import { spawnSync } from 'node:child_process'
import type { SourceRecord } from '#agent/sources/record.ts'
import type { Tally } from './tally.ts'
import type { Watch } from './watch.ts'

/** Commands of test/fixtures/programs/sockets.c. */
const script = `listen l 127.0.0.1 7000
connect c 127.0.0.1 7000
accept s l
send c 1000
receive s 1000
send s 5
receive c 5
close c
receive s 1
close s
connect r 127.0.0.1 7001
listen m :: 7002
connect d 127.0.0.1 7002
accept e m
connect f ::1 7002
accept g m
bind u 127.0.0.1 53
datagram q 127.0.0.1 53
send q 20
to o 127.0.0.1 7003 9
`

const v4 = (port: number) => ({ address: '127.0.0.1', port })
const v6 = (port: number) => ({ address: '::1', port })

/** One line per record, of what does not differ between runs. */
const describe = (record: SourceRecord): string | undefined => {
  switch (record.kind) {
    case 'connect':
      return `connect ${record.transport} ${record.peer.address} ${record.peer.port} ${record.outcome}`
    case 'accept':
      return `accept ${record.transport} ${record.local.address} ${record.local.port}`
    case 'close': {
      const end = record.direction === 'outbound' ? record.peer : record.local
      return `close ${record.transport} ${record.direction} ${end.address} ${end.port} ${record.sentBytes}/${record.receivedBytes} ${record.sentPackets}/${record.receivedPackets} ${record.closedBy}`
    }
    case 'listen':
      return `listen ${record.local.address} ${record.local.port} ${record.phase}`
    case 'dns':
      return `dns ${record.direction} ${record.peer.port} ${record.messageBytes}`
    default:
      return undefined
  }
}

const connected = (outbound: ReturnType<typeof v4>, sent: number, received: number): string[] => {
  const end = `${outbound.address} ${outbound.port}`
  return [
    `connect tcp ${end} established`,
    `accept tcp ${end}`,
    `close tcp outbound ${end} ${sent}/${received} null/null local`,
    `close tcp inbound ${end} ${received}/${sent} null/null peer`,
  ]
}

/** The connections that the process's end closes are closed by whichever end comes first. */
const endless = (line: string): string =>
  line.replace(/^(close tcp \w+ \S+ 7002 .*) (local|peer)$/, '$1 either')

const expected = [
  'listen 127.0.0.1 7000 started',
  ...connected(v4(7000), 1000, 5),
  'connect tcp 127.0.0.1 7001 refused',
  'listen :: 7002 started',
  ...connected(v4(7002), 0, 0),
  ...connected(v6(7002), 0, 0),
  'listen 127.0.0.1 7000 stopped',
  'listen :: 7002 stopped',
  'accept udp 127.0.0.1 53',
  'dns query 53 20',
  'connect udp 127.0.0.1 7003 unknown',
  'close udp outbound 127.0.0.1 53 20/0 1/0 local',
  'close udp inbound 127.0.0.1 53 0/20 0/1 local',
  'close udp outbound 127.0.0.1 7003 9/0 1/0 local',
]

export const checkSockets = (watch: Watch, tally: Tally): void => {
  tally.equal('packets are captured', watch.source.packets, { state: 'on', detail: '' })
  const { pid, stdout } = spawnSync('sockets', [], { input: script, encoding: 'utf8' })
  tally.equal('commands that were answered', stdout.split('\n').length - 1, 20)
  watch.source.readFlows()
  watch.collect()
  const seen = watch.sockets.filter((record) => 'process' in record && record.process?.pid === pid)
  tally.equal(
    'socket records',
    seen.map((record) => endless(describe(record) ?? '')).toSorted(),
    expected.map(endless).toSorted(),
  )
  tally.equal('untracked', Object.values(watch.source.untracked()), [0, 0, 0, 0, 0, 0])
}
