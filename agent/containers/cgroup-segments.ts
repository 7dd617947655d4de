/**
 * The segments of a cgroup's path, and what in them could be a container's id. Pure. Used by the parser of paths, and wherever an id
 * becomes part of a file name.
 */

/** Longest path looked at; PATH_MAX of the kernel. What is longer can only have been invented. */
const pathCharsMax = 4096

/** A plain container id as crun, runc and containerd allow it; never one that could leave a directory. */
const plainId = /^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,254}$/

/** True for an id that is safe as the name of one directory. */
export const isContainerId = (text: string): boolean => plainId.test(text)

/** True for the ids that Docker, containerd's CRI, CRI-O and podman make. */
export const isHexContainerId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/** systemd's own names for what is no container, and those of processes beside one. */
const unitSuffix = /\.(?:slice|service|mount|socket|swap|device|automount|timer|path|target)$/

/**
 * The names in a path that could be plain container ids, innermost first: `/web/child` → `child`, `web`. A scope
 * `crun-web.scope` stands for `crun-web` and for `web`.
 */
export const candidateIds = (path: string): readonly string[] => {
  const names: string[] = []
  for (const segment of splitPath(path).reverse()) {
    if (unitSuffix.test(segment) || segment === 'init.scope') continue
    const name = segment.endsWith('.scope') ? segment.slice(0, -'.scope'.length) : segment
    if (!plainId.test(name)) continue
    names.push(name)
    const dash = name.indexOf('-')
    const rest = name.slice(dash + 1)
    if (name !== segment && dash > 0 && plainId.test(rest)) names.push(rest)
  }
  return names
}

/** The segments of a path, without empty ones, a trailing ` (deleted)` and what sysbox adds; none of what is too long. */
export const splitPath = (path: string): string[] => {
  const text = path.endsWith(' (deleted)') ? path.slice(0, -' (deleted)'.length) : path
  if (text.length > pathCharsMax) return []
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.')
  // sysbox runs whole systems inside a container; what they start belongs to the container the user made.
  const inner = segments.indexOf('syscont-cgroup-root')
  return inner === -1 ? segments : segments.slice(0, inner)
}
