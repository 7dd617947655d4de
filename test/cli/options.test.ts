import { Command } from 'commander'
import t from 'tap'
import { readConfig } from '#base/config.ts'
import {
  addFields,
  clientFields,
  filterFields,
  filterParameters,
  rangeFields,
} from '#cli/options.ts'

const parse = (args: readonly string[], env: Record<string, string> = {}) => {
  const fields = { ...clientFields, ...filterFields, ...rangeFields }
  const command = addFields(
    new Command().exitOverride().configureOutput({ writeErr: () => undefined }),
    fields,
  )
  command.parse([...args], { from: 'user' })
  return readConfig(fields, command.opts(), env)
}

t.test('short and second names mean the same', async (t) => {
  t.match(parse(['-n', 'a', '-o', 'jsonl', '--q', 'x']), {
    namespace: 'a',
    output: 'jsonl',
    text: 'x',
  })
  t.match(parse(['--namespace=a', '--output=json', '--text', 'x', '--wide']), {
    namespace: 'a',
    output: 'json',
    text: 'x',
    wide: true,
  })
})

t.test('where to ask may come from the environment, what to ask may not', async (t) => {
  const config = parse([], { MAYFLY_COLLECTOR: 'http://h:1', MAYFLY_NODE: 'n', MAYFLY_SINCE: '5m' })
  t.equal(config.collector, 'http://h:1')
  t.equal(config.node, undefined)
  t.equal(config.since, undefined)
})

t.test('wrong values name the flag and the fix', async (t) => {
  t.throws(
    () => parse(['--kind', 'exec,frok']),
    /--kind "exec,frok": write kinds separated by commas/,
  )
  t.throws(() => parse(['--kind', ',']), /--kind/)
  t.throws(() => parse(['--since', 'noon']), /--since "noon": write RFC 3339/)
  t.throws(() => parse(['--limit', '0']), /--limit "0": write a whole number/)
  t.throws(() => parse(['-o', 'xml']), /--output "xml": write one of table, json, jsonl/)
  t.throws(() => parse(['--pod']), { code: 'commander.optionMissingArgument' })
})

t.test('filters become the parameters of the API', async (t) => {
  const config = parse(['--kind', 'exec,exit', '--text', 'x', '--pod', 'p'])
  t.strictSame(filterParameters(config), {
    namespace: undefined,
    workload: undefined,
    pod: 'p',
    container: undefined,
    node: undefined,
    kind: 'exec,exit',
    q: 'x',
  })
})
