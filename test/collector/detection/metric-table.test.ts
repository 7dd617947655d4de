import t from 'tap'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createRegistry } from '#base/metric-table.ts'
import { Detection } from '#collector/detection/detection.ts'
import { registerDetectionMetrics } from '#collector/detection/metric-table.ts'
import { NameCache } from '#collector/names.ts'
import { ruleFileText } from '#test/fixtures/rules.ts'

t.test('what detection does, as a scrape shows it', async (t) => {
  const store = {
    findings: async () => [],
    baselines: async () => [],
    writeBaselines: async () => {},
    writeFindings: async () => {},
    evaluated: async () => [],
    writeEvaluated: async () => {},
    durableEpochs: async () => [],
    storedAfter: async () => [],
    recentExecs: async () => [],
  }
  const detection = new Detection({
    ...{ store, names: new NameCache(), apiServer: undefined, clock: systemClock, log: silentLog },
    rules: [t.testdir({ 'a.yaml': ruleFileText() })],
  })
  const registry = createRegistry()
  registerDetectionMetrics(registry, detection)
  await detection.start()
  t.teardown(() => detection.close())
  const text = await registry.metrics()
  t.match(text, 'mayfly_detection_rules 1')
  t.match(text, 'mayfly_detection_rules_switched_off 0')
  t.match(text, 'mayfly_detection_events_evaluated_total 0')
})
