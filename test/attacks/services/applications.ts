/** Services that run other programs as a part of their work, in three languages. */
import { askByShell, type Recording } from './recording.ts'

const ask = (path: string, requests: number) =>
  ['curl', '-fsS', '-o', '/dev/null', `http://127.0.0.1:8080/${path}?[1-${requests}]`] as const

const health = ['wget', '-qO-', 'http://127.0.0.1:8080/healthz'] as const

export const applications: readonly Recording[] = [
  {
    name: 'python',
    needs: ['python3', 'curl', 'wget'],
    server: ['python3', '/srv/python/server.py'],
    probe: health,
    execs: [['python3', '-c', 'import socket; socket.create_connection(("127.0.0.1", 8080))']],
    jobs: [ask('shell', 10), ask('program', 10), ask('pool', 2)],
    expected: ['/usr/bin/python3.11', '/usr/bin/dash', '/usr/bin/date'],
  },
  {
    name: 'node',
    needs: ['curl', 'wget'],
    server: ['node', '/srv/node/server.mjs'],
    probe: health,
    execs: [
      [
        'node',
        '-e',
        'fetch("http://127.0.0.1:8080/healthz").then(({ ok }) => process.exit(ok ? 0 : 1))',
      ],
    ],
    jobs: [ask('shell', 10), ask('program', 10), ask('fork', 3)],
    expected: ['/usr/local/bin/node', '/usr/bin/dash', '/usr/bin/date'],
  },
  {
    name: 'java',
    needs: ['java', 'curl', 'wget'],
    server: ['java', '-Xmx128m', '/srv/java/Server.java'],
    probe: health,
    execs: [askByShell('grep -q 200')],
    jobs: [ask('shell', 10), ask('program', 10)],
    expected: ['/usr/bin/dash', '/usr/bin/date'],
  },
]
