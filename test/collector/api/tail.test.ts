import { get, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { maxTails } from '#collector/api/tail.ts'
import { startApi } from '#test/fixtures/api-server.ts'
import { chunkOf, wireExec } from '#test/fixtures/timeline-events.ts'

const site = async (t: Test, tailBacklogBytes?: number) => {
  const api = await startApi(t, tailBacklogBytes === undefined ? {} : { tailBacklogBytes })
  const follow = (query = '') =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get(`${api.url}/api/v1/tail${query}`, resolve).on('error', reject)
    })
  return { ...api, follow }
}

const until = async (what: () => boolean): Promise<void> => {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5))
}

t.test('a follower gets what passes its filters, as server-sent events', async (t) => {
  const { live, follow } = await site(t)
  const answer = await follow('?kind=exec&q=wanted')
  t.match(answer.headers['content-type'], /text\/event-stream/)
  let text = ''
  answer.setEncoding('utf8').on('data', (data) => {
    text += data
  })
  await until(() => live.subscribers === 1)
  live.publish(chunkOf(wireExec({ argv: ['other'] }), wireExec({ argv: ['wanted', 'a\nb\u2028'] })))
  await until(() => text.includes('wanted'))
  const data = text.split('\n').filter((line) => line.startsWith('data: '))
  t.equal(data.length, 1, 'a newline in argv makes no second line')
  t.strictSame(JSON.parse(data[0]?.slice(6) ?? '').process.argv, ['wanted', 'a\nb\u2028'])
  answer.destroy()
  await until(() => live.subscribers === 0)
})

t.test(
  'a follower that does not read loses events, is told how many, and costs bounded memory',
  async (t) => {
    const { live, follow, dropped } = await site(t, 65_536)
    const answer = await follow()
    answer.pause()
    await until(() => live.subscribers === 1)
    const sent = 4_000
    for (let at = 0; at < sent; at += 1) {
      live.publish(chunkOf(wireExec({ argv: [`${at}`, 'x'.repeat(4_000)] })))
      if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    let text = ''
    answer.setEncoding('utf8').on('data', (data) => {
      text += data
    })
    answer.resume()
    await until(() => /event: dropped\ndata: .*\n\n/.test(text))
    // One more event proves that the stream goes on afterwards.
    await until(() => {
      live.publish(chunkOf(wireExec({ argv: ['after'] })))
      return text.includes('"argv":["after"]')
    })
    const items = text
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)))
    const missed = items.reduce((sum, item) => sum + (item.dropped ?? 0), 0)
    const shown = items.filter((item) => item.process?.argv.length === 2).length
    t.ok(missed > 0, 'something was missed')
    t.equal(missed, dropped(), 'the metric says the same')
    t.ok(shown + missed >= sent, 'shown and missed are everything')
    answer.destroy()
  },
)

t.test('there is room for so many followers and no more', async (t) => {
  const { live, follow } = await site(t)
  const answers = await Promise.all(Array.from({ length: maxTails }, () => follow()))
  await until(() => live.subscribers === maxTails)
  const refused = await follow()
  t.equal(refused.statusCode, 503)
  refused.resume()
  for (const answer of answers) answer.destroy()
  await until(() => live.subscribers === 0)
})

t.test('times and pages have no meaning for what happens now', async (t) => {
  const { follow } = await site(t)
  const answer = await follow('?since=5m')
  t.equal(answer.statusCode, 400)
  answer.resume()
})
