/**
 * Which container is meant: an id alone does not tell. It is unique as runtimes make it, but `host` is on every node, and an
 * agent that is not to be trusted may report the id of another node's container: names go with the node that the collector
 * knows the agent by.
 */

/** The key of a container in maps. */
export const containerKey = (node: string, containerId: string): string => `${node}\0${containerId}`

/**
 * SQL: rows of containers that a subquery of (node, container_id) lists. The list of ids alone is what the index of `events`
 * knows; the pairs decide.
 */
export const isListed = (pairs: string): string =>
  `(container_id IN (SELECT container_id FROM (${pairs})) AND (node, container_id) IN (SELECT node, container_id FROM (${pairs})))`
