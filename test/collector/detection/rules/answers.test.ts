import t from 'tap'
import { exampleActivity } from '#collector/detection/example-activity.ts'
import { Answers } from '#collector/detection/rules/answers.ts'
import type { Scalar, ValueNeed, ValueTest } from '#collector/detection/rules/needs.ts'

const need = (path: string, how: ValueTest, ...values: readonly Scalar[]): ValueNeed => ({
  ...{ kind: 'value', path, how, values },
})

const isNc = need('process.name', 'equals', 'nc', 'ncat')
const isRoot = need('process.uid', 'equals', 0n)
const runsShell = need('process.args[]', 'ends', '/sh')
const exampleOf = (exe: string, args: readonly string[], uid = 0) =>
  exampleActivity({ process: { exe, args, uid } })

t.test('questions are about the activity whose turn it is', async (t) => {
  const answers = new Answers([isNc, isRoot, runsShell])
  const told = () => [isNc, isRoot, runsShell].map((one) => answers.asked(one).isMet())
  answers.turnTo(exampleOf('/bin/nc', ['nc', '-e', '/bin/sh'], 7))
  t.strictSame(told(), [true, false, true])
  t.strictSame(told(), [true, false, true], 'whoever asks again')
  answers.turnTo(exampleOf('/bin/ls', ['ls']))
  t.strictSame(told(), [false, true, false])
})

t.test('the same question is one, and a value is read once', async (t) => {
  let reads = 0
  const activity = Object.create(exampleOf('/bin/nc', ['nc']), {
    process: {
      get: () => {
        reads += 1
        return exampleOf('/bin/nc', ['nc']).process
      },
    },
  })
  const answers = new Answers([isNc, need('process.name', 'equals', 'nc', 'ncat'), isRoot])
  t.equal(answers.size, 2)
  answers.turnTo(activity)
  const asked = answers.asked(isNc)
  asked.read()
  asked.read()
  t.equal(asked.isMet(), true)
  t.equal(reads, 1)
  t.strictSame([...answers.met.slice(0, answers.metCount)], [asked.number])
  answers.turnTo(activity)
  t.equal(answers.metCount, 0)
  t.equal(asked.isMet(), true)
  t.equal(reads, 2)
})

t.test('a text and a number that look alike are two', async (t) => {
  const [text, number] = [need('process.uid', 'equals', '7'), need('process.uid', 'equals', 7n)]
  const answers = new Answers([text, number])
  answers.turnTo(exampleOf('/bin/nc', ['nc'], 7))
  t.strictSame([answers.asked(text).isMet(), answers.asked(number).isMet()], [false, true])
})

t.test('what nobody asks for has no answer', async (t) => {
  t.throws(() => new Answers([isNc]).asked(isRoot), /nobody asks for process\.uid/)
})
