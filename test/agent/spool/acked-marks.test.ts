import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { AckedMarks } from '#agent/spool/acked-marks.ts'
import { nodeDisk } from '#agent/spool/disk.ts'

t.test('marks of several epochs are remembered, each only forward', async (t) => {
  const dir = t.testdir()
  const marks = new AckedMarks(nodeDisk)
  t.ok(marks.acknowledge(7, 10))
  t.notOk(marks.acknowledge(7, 10), 'known')
  t.notOk(marks.acknowledge(7, 3), 'backwards')
  t.ok(marks.acknowledge(8, 1))
  marks.write(dir)
  t.strictSame(
    [...AckedMarks.read(nodeDisk, dir)],
    [
      [7, 10],
      [8, 1],
    ],
  )
  t.equal(marks.seqOf(9), 0)
})

t.test('epochs that are gone are forgotten', async (t) => {
  const dir = t.testdir()
  const marks = new AckedMarks(nodeDisk)
  marks.acknowledge(7, 10)
  marks.acknowledge(8, 1)
  marks.keep(new Set([8]))
  marks.write(dir)
  t.strictSame([...AckedMarks.read(nodeDisk, dir).keys()], [8])
})

t.test('a damaged line costs its epoch only, no file nothing', async (t) => {
  const dir = t.testdir()
  t.equal(AckedMarks.read(nodeDisk, dir).size, 0)
  const marks = new AckedMarks(nodeDisk)
  marks.write(dir)
  t.equal(AckedMarks.read(nodeDisk, dir).size, 0, 'nothing to remember, no file')
  marks.acknowledge(7, 10)
  marks.acknowledge(8, 1)
  marks.write(dir)
  const path = join(dir, 'acked')
  writeFileSync(path, readFileSync(path, 'utf8').replace('7 10', '7 99'))
  t.strictSame([...AckedMarks.read(nodeDisk, dir).keys()], [8])
})
