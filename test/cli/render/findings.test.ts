import t from 'tap'
import { findingsLines } from '#cli/render/findings.ts'
import { plain } from '#cli/render/paint.ts'
import { openFinding } from '#collector/detection/findings/occurrence.ts'
import { occurrence } from '#test/fixtures/occurrences.ts'

const style = { paint: plain, width: 100 }

t.test('nothing of a container is obeyed by a terminal, and lines fit', async (t) => {
  const { finding } = openFinding(
    occurrence({ workload: 'a\u001b[2J' }, { reason: `x\u001b[31m${'y'.repeat(500)}` }),
  )
  const lines = [...findingsLines([finding], true, style)]
  t.notMatch(lines.join('\n'), /\u001b/)
  t.ok(lines.slice(2).every((line) => line.length <= 100))
  t.match(lines.at(-1), /There are more/)
})

t.test('what became of it, and the line that led to it', async (t) => {
  const ancestry = ['/bin/nc', '/bin/sh', '/usr/sbin/nginx'].map((exe, pid) => ({
    id: exe,
    pid,
    exe,
    argv: [],
  }))
  const { finding } = openFinding(occurrence({}, { ancestry }))
  const change = {
    time: '2026-07-01T00:00:00Z',
    author: 'ada',
    action: 'acknowledged',
    comment: 'known',
  } as const
  const text = [
    ...findingsLines([{ ...finding, state: 'acknowledged', changes: [change] }], false, style),
  ].join('\n')
  t.match(text, '/usr/sbin/nginx → /bin/sh → /bin/nc')
  t.match(text, 'acknowledged by ada: known')
})
