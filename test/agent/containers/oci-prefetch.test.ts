import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { OciConfigReader } from '#agent/containers/oci-config.ts'
import { OciPrefetch } from '#agent/containers/oci-prefetch.ts'
import { runtimeDirectories } from '#agent/containers/runtime-directories.ts'
import { manualTime } from '#test/fixtures/manual-time.ts'

const scene = (t: { testdir(): string }) => {
  const root = t.testdir()
  const directories = runtimeDirectories({ hostRoot: root })
  const time = manualTime()
  const prefetch = new OciPrefetch(new OciConfigReader(directories), time.schedule)
  const crun = directories.fixed.find((one) => one.layout === 'crun')
  if (crun === undefined) throw new Error('crun has a place')
  const directory = join(crun.directory, 'web')
  mkdirSync(directory, { recursive: true })
  const write = (): void => writeFileSync(join(directory, 'config.json'), '{"ociVersion":"1.0.2"}')
  return { time, prefetch, crun, directory, write }
}

t.test('a configuration is read when its directory is seen, and outlives it', (t) => {
  const { prefetch, crun, directory, write } = scene(t)
  write()
  prefetch.observe(crun, 'web')
  rmSync(directory, { recursive: true })
  prefetch.observe(crun, 'web')
  t.match(prefetch.get('web'), { names: { runtime: 'crun' }, kubernetes: false })
  t.match(prefetch.counts, { read: 1, missed: 0, used: 1 })
  t.end()
})

t.test('a configuration that follows its directory is waited for', async (t) => {
  const { prefetch, crun, time, write } = scene(t)
  prefetch.observe(crun, 'web')
  await time.advance(20)
  t.equal(prefetch.get('web'), undefined)
  write()
  await time.advance(20)
  t.match(prefetch.get('web'), { names: { runtime: 'crun' } })
  t.same(time.pendingMs, [])
})

t.test('a directory that never has one is given up, and counted', async (t) => {
  const { prefetch, crun, time } = scene(t)
  prefetch.observe(crun, 'web')
  await time.advance(10_000)
  t.same(time.pendingMs, [])
  t.equal(prefetch.counts.missed, 1)
})

t.test('a directory that is gone is not waited for', (t) => {
  const { prefetch, crun, directory, time } = scene(t)
  rmSync(directory, { recursive: true })
  prefetch.observe(crun, 'web')
  t.same(time.pendingMs, [])
  t.equal(prefetch.counts.missed, 1)
  t.end()
})

t.test(
  'ten thousand directories at once wait for no more than the limit, and close ends it',
  (t) => {
    const { prefetch, crun, time } = scene(t)
    for (let index = 0; index < 10_000; index += 1) {
      mkdirSync(join(crun.directory, `c${index}`))
      prefetch.observe(crun, `c${index}`)
    }
    t.equal(time.pendingMs.length, 2048)
    prefetch.close()
    t.same(time.pendingMs, [])
    t.end()
  },
)
