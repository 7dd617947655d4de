/** A counter's growth per second, over an interval that Grafana fits to scrapes and screen. For counters of the pipeline. */
export const rate = (counter: string): string => `rate(${counter}[$__rate_interval])`
