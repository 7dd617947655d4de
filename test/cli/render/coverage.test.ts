import t from 'tap'
import { coverageLines } from '#cli/render/coverage.ts'
import { plain } from '#cli/render/paint.ts'
import type { Coverage, TimelineEvent } from '#proto/api.ts'
import { coverage, gap } from '#test/fixtures/timeline-events.ts'

const cases: readonly (readonly [string, Coverage, readonly TimelineEvent[], string])[] = [
  [
    'complete and without a gap',
    coverage(),
    [],
    'node-1  ebpf, complete for exec, exit · 15:02:11–15:09:33 · no gap',
  ],
  [
    'gaps with their sum and their reasons',
    coverage({ gaps: 3, lost: 1_200 }),
    [gap(), gap({ reason: 'agent_restart' }), gap({ node: 'other', reason: 'blind' })],
    'node-1  ebpf, complete for exec, exit · 15:02:11–15:09:33 · 3 gaps, 1,200 events lost (agent_restart, ring_full)',
  ],
  [
    'a gap of unknown size',
    coverage({ gaps: 1, lost: null }),
    [],
    'node-1  ebpf, complete for exec, exit · 15:02:11–15:09:33 · 1 gap, an unknown number of events lost',
  ],
  [
    'sampled is said to be that',
    coverage({ source: 'procfs', mode: 'sampled', complete: [] }),
    [],
    'node-1  procfs, sampled: what lived between two looks is not here · 15:02:11–15:09:33 · no gap',
  ],
  [
    'nobody watched',
    coverage({ source: 'none', mode: 'none', complete: [], lost: null }),
    [],
    'node-1  not covered · 15:02:11–15:09:33',
  ],
  [
    'over midnight, with a hostile node name',
    coverage({ node: 'n\x1b[2J', to: '2026-07-02T00:10:00.000000Z' }),
    [],
    'n\\x1b[2J  ebpf, complete for exec, exit · 2026-07-01 15:02:11–2026-07-02 00:10:00 · no gap',
  ],
]
for (const [name, entry, events, line] of cases) {
  t.test(name, async (t) => {
    t.strictSame(coverageLines([entry], events, plain), [line])
  })
}

t.test('no coverage at all is not silence', async (t) => {
  t.strictSame(coverageLines([], [], plain), ['not covered: no agent watched in this range'])
})
