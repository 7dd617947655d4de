/** Applications, jobs and builds at work are left alone, in real containers, with the rules that ship. */
import t from 'tap'
import { needsBpf } from '#test/fixtures/bpf.ts'
import { applications } from './applications.ts'
import { jobs } from './jobs.ts'
import { judge } from './judge.ts'

t.test('applications at work', { ...needsBpf, timeout: 200_000 }, (t) =>
  judge(t, [...applications, ...jobs]),
)
