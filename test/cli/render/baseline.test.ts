import t from 'tap'
import { baselineLines, diffLines } from '#cli/render/baseline.ts'
import { plain } from '#cli/render/paint.ts'
import { baselineSite, writtenBaseline } from '#test/fixtures/baselines.ts'

const style = { paint: plain, width: 100 }
const all = async () => {
  const { baselines } = baselineSite()
  await baselines.replace(writtenBaseline(), 'ada', 'from git')
  return baselines.list({ limit: 10 })
}

t.test('a line each, or with everything', async (t) => {
  const few = [...baselineLines(await all(), { isTruncated: false, isWhole: false }, style)]
  t.match(few[1], /locked +0 +2 +0 +payments\/api\/web/)
  t.match(few[2], /imported by ada: from git/)
  t.equal(few.length, 3)
  const lines = [...baselineLines(await all(), { isTruncated: true, isWhole: true }, style)]
  t.match(lines.join('\n'), /executables\n +\/usr\/sbin\/nginx -g "daemon off;" +not seen yet/)
  t.match(lines.at(-1), /There are more/)
})

t.test('nothing of a container is obeyed by a terminal, and lines fit', async (t) => {
  const [one] = await all()
  if (one === undefined) return
  const [item] = one.items
  if (item === undefined) return
  const bad = { ...item, value: `a\u001b[31m${'b'.repeat(300)}`, pods: 1 }
  const hostile = { ...one, workload: 'a\u001b[2J', items: [bad], outside: [bad] }
  const lines = [...baselineLines([hostile], { isTruncated: false, isWhole: true }, style)]
  lines.push(...diffLines('n', [bad], [bad], style))
  t.notMatch(lines.join('\n'), /\u001b/)
  t.ok(lines.slice(2).every((line) => line.length <= 100))
})

t.test('a difference is written as in a patch, none is nothing', async (t) => {
  const [item] = writtenBaseline().items
  if (item === undefined) return
  t.strictSame([...diffLines('a/b/c', [], [], style)], [])
  t.match(
    [...diffLines('a/b/c', [item], [item], style)],
    [/a\/b\/c/, /^ {2}\+ exec/, /^ {2}- exec/],
  )
})

t.test('without any, it says so', async (t) => {
  t.match(
    [...baselineLines([], { isTruncated: false, isWhole: false }, style)],
    [/No baseline yet/],
  )
})
