/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way out: the ring, and the books that are kept about it. The rule that must hold: each hook first counts its
 * attempt, then either its record is in the ring or its drop is counted.
 */
#ifndef MAYFLY_RING_BPF_H
#define MAYFLY_RING_BPF_H

#include "kernel.bpf.h"
#include "record.bpf.h"

/* The loader sets the size. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 << 20);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, KIND_COUNT);
	__type(key, __u32);
	__type(value, struct kind_total);
} totals SEC(".maps");

/* Only cgroups that lost something have an entry. Full: overflow. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct loss_key);
	__type(value, struct loss_value);
} losses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct loss_value);
} overflow SEC(".maps");

/* Always zero: the first value of a new entry, too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct loss_value);
} no_losses SEC(".maps");

/* Userspace's own notes, pinned with the rest: identity of the ring, and what losses were reported. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[8]);
} meta SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096 + 8);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct loss_key);
	__type(value, __u64[KIND_COUNT]);
} reported SEC(".maps");

/* One scratch record per hook: a hook cannot interrupt itself, but one may interrupt another. */
#define SCRATCH(name, type_name)                             \
	struct {                                             \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);     \
		__uint(max_entries, 1);                      \
		__type(key, __u32);                          \
		__type(value, struct type_name);             \
	} name SEC(".maps")

static __always_inline void *scratch_of(void *map)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero);
}

static __always_inline void count_attempt(__u32 kind)
{
	struct kind_total *total = bpf_map_lookup_elem(&totals, &kind);

	if (total)
		__sync_fetch_and_add(&total->attempts, 1);
}

static __always_inline void count_drop(__u32 kind, const struct record_header *h)
{
	struct kind_total *total = bpf_map_lookup_elem(&totals, &kind);
	struct loss_key key = {
		.cgroup_id = h->cgroup_id,
		.v1_cgroup_id = h->v1_cgroup_id,
		.v1_hierarchy = h->v1_hierarchy,
	};
	struct loss_value *value = bpf_map_lookup_elem(&losses, &key);
	__u64 now_ns = bpf_ktime_get_boot_ns();

	if (total)
		__sync_fetch_and_add(&total->drops, 1);
	if (!value) {
		struct loss_value *none = scratch_of(&no_losses);

		if (none)
			bpf_map_update_elem(&losses, &key, none, BPF_NOEXIST);
		value = bpf_map_lookup_elem(&losses, &key);
	}
	if (!value)
		value = scratch_of(&overflow);
	if (!value || kind >= KIND_COUNT)
		return;
	if (value->drops[kind] == 0)
		value->first_ns[kind] = now_ns;
	value->last_ns[kind] = now_ns;
	__sync_fetch_and_add(&value->drops[kind], 1);
}

/* Half of the ring is for processes alone: a flood from the network, which anybody can make, must not blind us to them. */
static __always_inline int has_room(__u32 kind)
{
	return kind < KIND_CONNECT || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
					      bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 2;
}

static __always_inline void submit(__u32 kind, struct record_header *h, __u64 size)
{
	if (!has_room(kind) || bpf_ringbuf_output(&ring, h, size, BPF_RB_NO_WAKEUP))
		count_drop(kind, h);
}

#endif
