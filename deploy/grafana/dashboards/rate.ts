/** A counter's growth per second, over an interval that Grafana fits to scrapes and screen. */
export const rate = (counter: string): string => `rate(${counter}[$__rate_interval])`

/** Below what this share of a histogram's observations is; `by` holds `le`, `matchers` is empty or in braces. */
export const quantile = (share: number, metric: string, by: string, matchers = ''): string =>
  `histogram_quantile(${share}, sum by (${by}) (${rate(`${metric}_bucket${matchers}`)}))`
