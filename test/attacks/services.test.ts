/** Servers at work are left alone: web servers and databases, in real containers, with the rules that ship. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { databases } from './services/databases.ts'
import { judge } from './services/judge.ts'
import { web } from './services/web.ts'

t.test('servers at work', { ...needsBpf, timeout: 200_000 }, (t) =>
  judge(t, [...web, ...databases]),
)
