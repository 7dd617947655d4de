/** What Prometheus scrapes of a site, with the labels that a cluster's service discovery attaches by the chart's monitors. */
import type { Site } from '#test/fixtures/mayfly.ts'
import type { ScrapeTarget } from '#test/fixtures/prometheus.ts'

export const scrapeTargets = (site: Site): readonly ScrapeTarget[] => [
  {
    job: 'mayfly-collector',
    url: site.collectorMetricsUrl,
    honorLabels: true,
    labels: {
      namespace: 'mayfly',
      pod: 'mayfly-collector-0',
      service: 'mayfly-collector',
      container: 'collector',
    },
  },
  {
    job: 'mayfly/mayfly-agent',
    url: site.agentMetricsUrl,
    honorLabels: false,
    labels: {
      namespace: 'mayfly',
      pod: 'mayfly-agent-x2x7k',
      container: 'agent',
      node: 'node-1',
    },
  },
]
