/** A service of two workers that let other programs work for them: through a shell, directly, and by a script of their own. */
import { exec, execFile, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { createServer } from 'node:http'

const script = new URL('./task.mjs', import.meta.url)

const work = {
  '/healthz': (done) => done(null, 'ok'),
  '/shell': (done) => exec('date -u +%F | tr - /', done),
  '/program': (done) => execFile('uname', ['-a'], done),
  '/fork': (done) => fork(script).once('message', (answer) => done(null, answer)),
}

if (cluster.isPrimary) for (let worker = 0; worker < 2; worker += 1) cluster.fork()
else
  createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    work[pathname]((error, answer) => {
      response.statusCode = error === null ? 200 : 500
      response.end(answer)
    })
  }).listen(8080)
