/** When a bench may ask the collector for what an agent saw. */
import { type Site, until } from '#test/fixtures/mayfly.ts'

/**
 * Resolves when everything that the agent has numbered until now is stored. What others do meanwhile is not waited for: the host is
 * recorded, and may never be quiet.
 */
export const delivered = async (site: Site): Promise<void> => {
  const figure = async (name: string): Promise<number> => {
    const metrics = await (await fetch(site.agentMetricsUrl)).text()
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
  }
  const last = await figure('mayfly_agent_last_seq')
  await until(
    'the events to be stored',
    async () => (await figure('mayfly_agent_acked_seq')) >= last,
  )
}
