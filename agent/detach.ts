/** `mayfly agent --detach`: removes the probe that outlives its agent. */
import type { AgentConfig } from './config.ts'
import { detachEbpf } from './sources/ebpf/open.ts'

/**
 * Removes every pin below the configured bpf file system; returns one line that says what was done.
 * @throws EbpfError when an agent still uses them, or libbpf is missing.
 */
export const detachAgent = (config: Pick<AgentConfig, 'bpffs'>): string => {
  const count = detachEbpf({ bpffsPath: config.bpffs })
  return count === 0
    ? `no probe is pinned below ${config.bpffs}`
    : `removed ${count} pins below ${config.bpffs}: nothing of Mayfly is left in the kernel`
}
