/** docs/security.md is held to what it claims: each row names a test that is there, or says that nothing stops it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '../..')
const text = readFileSync(join(root, 'docs/security.md'), 'utf8')

/** Rows of the tables with three columns: what they try, what stops it, shown by. */
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .map((line) => line.slice(2, -1).split(' | '))
  .filter(([first = '']) => !/^they (try|do)$/.test(first.trim()))

t.test('every claim has its test, or says that nothing stops it', async (t) => {
  t.ok(rows.length > 50)
  for (const [what = '', stops = '', shown = ''] of rows) {
    const link = /^\[[\w-]+\]\(\.\.\/(test\/[\w/.-]+)\): "(.+)"$/.exec(shown.trim())
    if (link === null) {
      t.match(stops, /not stopped/i, what)
      t.equal(shown.trim(), '', what)
      continue
    }
    const [, file = '', name = ''] = link
    t.ok(existsSync(join(root, file)), `${what}: ${file}`)
    if (!existsSync(join(root, file))) continue
    // A name that is put together may stand in the source in parts.
    const parts =
      name.split(': ').length > 1 && !readFileSync(join(root, file), 'utf8').includes(name)
        ? name.split(': ')
        : [name]
    for (const part of parts)
      t.ok(readFileSync(join(root, file), 'utf8').includes(part), `${what}: "${part}" in ${file}`)
  }
})

t.test('pages that it refers to are there', async (t) => {
  for (const [, page = ''] of text.matchAll(/\]\(((?:\.\.\/)?[\w/.-]+\.md)\)/g))
    t.ok(existsSync(join(root, 'docs', page)), page)
})
