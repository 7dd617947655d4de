/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is remembered of TCP sockets and of those that listen, and how a socket becomes a record. tcp.bpf.h says when.
 *
 * A socket is remembered by its address in the kernel from its first transition to its last, and so is whose it is:
 * most transitions happen in softirq, where the current process is a stranger.
 */
#ifndef MAYFLY_SOCKET_BPF_H
#define MAYFLY_SOCKET_BPF_H

#include "kernel.bpf.h"
#include "program.bpf.h"
#include "record.bpf.h"
#include "ring.bpf.h"

/* socket_state.flags */
#define SOCKET_OUTBOUND (1u << 0)
#define SOCKET_INBOUND (1u << 1)
#define SOCKET_ESTABLISHED (1u << 2)
#define SOCKET_CLOSED_BY_LOCAL (1u << 3)
#define SOCKET_CLOSED_BY_PEER (1u << 4)
/* The owner is who listens: the first process that closes it is a better one. */
#define SOCKET_OF_LISTENER (1u << 5)
/* It is counted in `listeners`. */
#define SOCKET_LISTED (1u << 6)
/* It listens and has no port yet: listen() without bind(). The next look at open files knows it. */
#define SOCKET_PORTLESS (1u << 7)

/* A connection is told of while it goes on when it is open for longer. */
#define ONGOING_NS 30000000000ull

/* Who made a socket. v2's cgroup is the socket's own. */
struct socket_owner {
	__u64 start_ns;
	__u64 v1_cgroup_id;
	__u32 v1_hierarchy;
	__u32 pid;
};

struct socket_state {
	struct socket_owner owner;
	__u64 id;
	__u64 began_ns;
	__u64 told_sent_bytes;
	__u64 told_received_bytes;
	__u32 flags;
	/* Both ports when it was established: another pair says that this is another socket by now. */
	__u16 peer_port_be;
	__u16 local_port;
};

/*
 * By address of the socket. Full: `untracked`; the records still come, without what only memory knows. These maps are
 * allocated at load: an allocation on the way fails now and then when several come at once, and nobody would know whose
 * a socket is.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct socket_state);
} sockets SEC(".maps");

struct listener_key {
	__u32 ns_net;
	__u16 port;
	__u16 family;
	__u8 address[16];
};

/* Sockets may share an address (SO_REUSEPORT): the first answers for all, and when it is gone the next that is met. */
struct listener_state {
	struct socket_owner owner;
	__u64 sockets;
	/* Whose owner that is; 0 when it is gone. */
	__u64 owner_socket;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct listener_key);
	__type(value, struct listener_state);
} listeners SEC(".maps");

/* Per CPU, so that nobody waits: the upper bits are the CPU's number, the lower begin at random. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} socket_ids SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, UNTRACKED_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} untracked SEC(".maps");

static __always_inline void count_untracked(__u32 what)
{
	__u64 *count = bpf_map_lookup_elem(&untracked, &what);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/* Below 2^53, which doubles carry exactly: 12 bits of CPU, 40 of number. */
static __always_inline __u64 next_socket_id(void)
{
	__u32 zero = 0;
	__u64 *next = bpf_map_lookup_elem(&socket_ids, &zero);

	if (!next)
		return 0;
	if (*next == 0)
		*next = (__u64)bpf_get_prandom_u32() << 7;
	/* Not one step, which needs 5.12: a softirq just between may get the same number. */
	__sync_fetch_and_add(next, 1);
	return ((__u64)(bpf_get_smp_processor_id() & 0xfff) << 40) | (*next & 0xffffffffffull);
}

static __always_inline void own_by_task(struct socket_owner *owner, struct task_struct *task)
{
	struct record_header h;

	owner->pid = BPF_CORE_READ(task, tgid);
	owner->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	read_v1_cgroups(BPF_CORE_READ(task, cgroups), &h);
	owner->v1_hierarchy = h.v1_hierarchy;
	owner->v1_cgroup_id = h.v1_cgroup_id;
}

static __always_inline void own_by_current(struct socket_owner *owner)
{
	own_by_task(owner, (struct task_struct *)bpf_get_current_task());
}

/*
 * A field of a socket. In the hook the verifier knows the pointer's type, and reading costs a load (`trusted`); one found in a
 * map or behind a file is copied through a helper.
 */
#define SOCK(trusted, sk, field) ((trusted) ? (sk)->field : BPF_CORE_READ(sk, field))

/* The socket's own cgroup on v2; 0 where sockets know none. */
static __always_inline __u64 socket_cgroup(struct sock *sk, int trusted)
{
	__u64 word;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return trusted ? sk->sk_cgrp_data.cgroup->kn->id :
				 BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
	if (!bpf_core_field_exists(((struct sock___v5 *)0)->sk_cgrp_data))
		return 0;
	word = BPF_CORE_READ((struct sock___v5 *)sk, sk_cgrp_data.val);
	if (word & 1)
		return 0;
	return BPF_CORE_READ((struct cgroup *)(word & ~3ull), kn, id);
}

/* IPv4 as ::ffff:a.b.c.d. */
static __always_inline void map_ipv4(__u8 *address, __u32 ipv4_be)
{
	__u32 *words = (__u32 *)address;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = ipv4_be;
}

static __always_inline void read_local_address(__u8 *address, struct sock *sk, __u16 family, int trusted)
{
	if (family == AF_INET6)
		BPF_CORE_READ_INTO((struct in6_addr *)address, sk, __sk_common.skc_v6_rcv_saddr);
	else
		map_ipv4(address, SOCK(trusted, sk, __sk_common.skc_rcv_saddr));
}

static __always_inline void read_peer_address(__u8 *address, struct sock *sk, __u16 family, int trusted)
{
	if (family == AF_INET6)
		BPF_CORE_READ_INTO((struct in6_addr *)address, sk, __sk_common.skc_v6_daddr);
	else
		map_ipv4(address, SOCK(trusted, sk, __sk_common.skc_daddr));
}

/* A socket that is being closed has lost skc_num, but not this. */
static __always_inline __u16 local_port_of(struct sock *sk, int trusted)
{
	__u16 port = SOCK(trusted, sk, __sk_common.skc_num);

	return port ? port : bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}

static __always_inline void fill_owner(struct record_header *h, const struct socket_owner *owner)
{
	h->pid = owner->pid;
	h->start_ns = owner->start_ns;
	h->v1_hierarchy = owner->v1_hierarchy;
	h->v1_cgroup_id = owner->v1_cgroup_id;
}

static __always_inline void fill_socket(struct socket_record *r, __u32 kind, struct sock *sk,
					const struct socket_state *state, int trusted)
{
	__u16 family = SOCK(trusted, sk, __sk_common.skc_family);

	__builtin_memset(r, 0, sizeof(*r));
	r->h.kind = kind;
	r->h.boot_ns = bpf_ktime_get_boot_ns();
	r->h.cgroup_id = socket_cgroup(sk, trusted);
	r->transport = TRANSPORT_TCP;
	r->local_port = local_port_of(sk, trusted);
	r->peer_port = bpf_ntohs(SOCK(trusted, sk, __sk_common.skc_dport));
	r->ns_net = trusted ? sk->__sk_common.skc_net.net->ns.inum :
			      BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	read_local_address(r->local, sk, family, trusted);
	read_peer_address(r->peer, sk, family, trusted);
	if (!state)
		return;
	fill_owner(&r->h, &state->owner);
	r->socket = state->id;
	r->began_ns = state->began_ns;
	r->direction = state->flags & SOCKET_OUTBOUND ? DIRECTION_OUTBOUND :
		       state->flags & SOCKET_INBOUND  ? DIRECTION_INBOUND :
							DIRECTION_UNKNOWN;
}

/* bytes_received counts the peer's FIN, which occupies a sequence number (tcp_rcv_nxt_update); SOCK_DONE says it came. */
static __always_inline void read_bytes(struct socket_record *r, struct sock *sk)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sk;
	__u64 received = BPF_CORE_READ(tcp, bytes_received);

	r->sent_bytes = BPF_CORE_READ(tcp, bytes_sent) - BPF_CORE_READ(tcp, bytes_retrans);
	if (received && (BPF_CORE_READ(sk, __sk_common.skc_flags) & (1ul << SOCK_DONE)))
		received--;
	r->received_bytes = received;
}

static __always_inline void remember(struct sock *sk, const struct socket_state *state)
{
	__u64 key = (__u64)sk;

	if (bpf_map_update_elem(&sockets, &key, state, BPF_ANY))
		count_untracked(UNTRACKED_SOCKETS);
}

static __always_inline void fill_listener_key(struct listener_key *key, struct sock *sk)
{
	key->family = BPF_CORE_READ(sk, __sk_common.skc_family);
	key->ns_net = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	key->port = local_port_of(sk, 0);
	read_local_address(key->address, sk, key->family, 0);
}

/* Nobody answers for the address any more: this one does from now on. */
static __always_inline void answer_for(struct listener_state *listener, __u64 socket, const struct socket_owner *owner)
{
	if (listener->owner_socket)
		return;
	listener->owner = *owner;
	listener->owner_socket = socket;
}

/* Returns SOCKET_LISTED when it was counted. */
static __always_inline __u32 add_listener(struct sock *sk, const struct socket_owner *owner)
{
	struct listener_key key = {};
	struct listener_state fresh = { .sockets = 1, .owner_socket = (__u64)sk };
	struct listener_state *known;

	fill_listener_key(&key, sk);
	known = bpf_map_lookup_elem(&listeners, &key);
	if (known) {
		answer_for(known, (__u64)sk, owner);
		__sync_fetch_and_add(&known->sockets, 1);
		return SOCKET_LISTED;
	}
	fresh.owner = *owner;
	if (!bpf_map_update_elem(&listeners, &key, &fresh, BPF_ANY))
		return SOCKET_LISTED;
	count_untracked(UNTRACKED_LISTENERS);
	return 0;
}

static __always_inline void remove_listener(struct sock *sk)
{
	struct listener_key key = {};
	struct listener_state *known;

	fill_listener_key(&key, sk);
	known = bpf_map_lookup_elem(&listeners, &key);
	if (!known)
		return;
	if (known->sockets <= 1) {
		bpf_map_delete_elem(&listeners, &key);
		return;
	}
	__sync_fetch_and_add(&known->sockets, -1);
	if (known->owner_socket == (__u64)sk) {
		__builtin_memset(&known->owner, 0, sizeof(known->owner));
		known->owner_socket = 0;
	}
}

static __always_inline void write_socket(__u32 kind, struct sock *sk, const struct socket_state *state, __u32 flags,
					 __u32 outcome, int trusted)
{
	struct socket_record r;

	fill_socket(&r, kind, sk, state, trusted);
	r.h.flags = flags;
	r.outcome = outcome;
	count_attempt(kind);
	submit(kind, &r.h, sizeof(r));
}

/* Functions of their own, for a stack of their own: of the hook, and of what looks for sockets. */
static __noinline int submit_socket(__u32 kind, struct sock *sk, const struct socket_state *state, __u32 flags,
				    __u32 outcome)
{
	write_socket(kind, sk, state, flags, outcome, 1);
	return 0;
}

static __noinline int submit_found(__u32 kind, struct sock *sk, const struct socket_state *state, __u32 flags,
				   __u32 outcome)
{
	write_socket(kind, sk, state, flags, outcome, 0);
	return 0;
}

static __noinline int submit_close(struct sock *sk, const struct socket_state *state, __u32 old_state)
{
	__u32 flags = state ? state->flags : 0;
	int error = sk->sk_err;
	struct socket_record r;

	fill_socket(&r, KIND_CLOSE, sk, state, 1);
	read_bytes(&r, sk);
	if (state) {
		r.told_sent_bytes = state->told_sent_bytes;
		r.told_received_bytes = state->told_received_bytes;
	}
	if (flags & SOCKET_CLOSED_BY_LOCAL)
		r.closed_by = CLOSED_BY_LOCAL;
	else if (flags & SOCKET_CLOSED_BY_PEER)
		r.closed_by = CLOSED_BY_PEER;
	else if (old_state != TCP_ESTABLISHED)
		r.closed_by = CLOSED_BY_UNKNOWN;
	else if (error == 0)
		r.closed_by = CLOSED_BY_LOCAL;
	else if (error == ECONNRESET || error == EPIPE)
		r.closed_by = CLOSED_BY_PEER;
	count_attempt(KIND_CLOSE);
	submit(KIND_CLOSE, &r.h, sizeof(r));
	return 0;
}

static __always_inline __u8 outcome_of(int error)
{
	switch (error) {
	case 0:
		return OUTCOME_ABORTED;
	case ECONNREFUSED:
		return OUTCOME_REFUSED;
	case ETIMEDOUT:
		return OUTCOME_TIMEOUT;
	case ECONNRESET:
	case EPIPE:
		return OUTCOME_RESET;
	case ENETUNREACH:
	case EHOSTUNREACH:
		return OUTCOME_UNREACHABLE;
	}
	return OUTCOME_UNKNOWN;
}

#endif
