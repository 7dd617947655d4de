import fc from 'fast-check'
import t from 'tap'
import { parseBaselineImport, parseBaselineRequest } from '#collector/api/baseline-request.ts'
import { ApiError } from '#collector/api/errors.ts'
import { writtenBaseline } from '#test/fixtures/baselines.ts'

t.test('whatever is sent is read or refused', async () => {
  for (const parse of [parseBaselineImport, parseBaselineRequest])
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        try {
          return parse(body) !== undefined
        } catch (error) {
          return error instanceof ApiError
        }
      }),
    )
})

t.test('a decision', async (t) => {
  t.strictSame(parseBaselineRequest({ action: 'lock' }), { action: 'lock', comment: '' })
  for (const [body, message] of [
    [undefined, /write an object/],
    [{ action: 'delete' }, /action: write one of lock, unlock/],
    [{ action: 'lock', id: 'x' }, /unknown field/],
    [{ action: 'lock', comment: 'x'.repeat(1_001) }, /comment: write text/],
  ] as const)
    t.throws(() => parseBaselineRequest(body), { message }, JSON.stringify(body)?.slice(0, 60))
})

t.test('an import, and what is wrong of it by name', async (t) => {
  const written = writtenBaseline()
  t.strictSame(parseBaselineImport({ ...written, comment: 'c' }), {
    baseline: written,
    comment: 'c',
  })
  const [item] = written.items
  for (const [more, message] of [
    [{ namespace: '' }, /namespace: is missing/],
    [{ workload: 7 }, /workload: write text/],
    [{ coverage: 'guess' }, /coverage: write one of ebpf, procfs/],
    [{ items: {} }, /items: write a list/],
    [{ items: Array(2_501).fill(item) }, /items: write a list of at most 2500/],
    [{ items: [{ ...item, kind: 'file' }] }, /kind: write one of exec/],
    [{ items: [{ ...item, value: '' }] }, /value: is missing/],
    [{ items: [{ ...item, pods: 3 }] }, /unknown field/],
    [{ state: 'locked' }, /unknown field/],
  ] as const)
    t.throws(() => parseBaselineImport({ ...written, ...more }), { message }, String(message))
})
