/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP: one record per connect that was decided, per connection that came in, per close, and per start and end of
 * listening; from the transitions of a socket's state. docs/connections.md says what each transition tells.
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

/* By address of the socket. Full: `untracked`; the records still come, without what only memory knows. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u64);
	__type(value, struct socket_state);
} sockets SEC(".maps");

struct listener_key {
	__u32 ns_net;
	__u16 port;
	__u16 family;
	__u8 address[16];
};

/* Sockets may share an address (SO_REUSEPORT): the last to listen answers for all. */
struct listener_state {
	struct socket_owner owner;
	__u64 sockets;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__uint(map_flags, BPF_F_NO_PREALLOC);
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

/* The socket's own cgroup on v2; 0 where sockets know none. */
static __always_inline __u64 socket_cgroup(struct sock *sk)
{
	__u64 word;

	if (bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return BPF_CORE_READ(sk, sk_cgrp_data.cgroup, kn, id);
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

static __always_inline void read_local_address(__u8 *address, struct sock *sk, __u16 family)
{
	if (family == AF_INET6)
		BPF_CORE_READ_INTO((struct in6_addr *)address, sk, __sk_common.skc_v6_rcv_saddr);
	else
		map_ipv4(address, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
}

static __always_inline void read_peer_address(__u8 *address, struct sock *sk, __u16 family)
{
	if (family == AF_INET6)
		BPF_CORE_READ_INTO((struct in6_addr *)address, sk, __sk_common.skc_v6_daddr);
	else
		map_ipv4(address, BPF_CORE_READ(sk, __sk_common.skc_daddr));
}

/* A socket that is being closed has lost skc_num, but not this. */
static __always_inline __u16 local_port_of(struct sock *sk)
{
	__u16 port = BPF_CORE_READ(sk, __sk_common.skc_num);

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
					const struct socket_state *state)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	__builtin_memset(r, 0, sizeof(*r));
	r->h.kind = kind;
	r->h.boot_ns = bpf_ktime_get_boot_ns();
	r->h.cgroup_id = socket_cgroup(sk);
	r->transport = TRANSPORT_TCP;
	r->local_port = local_port_of(sk);
	r->peer_port = bpf_ntohs(BPF_CORE_READ(sk, __sk_common.skc_dport));
	r->ns_net = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	read_local_address(r->local, sk, family);
	read_peer_address(r->peer, sk, family);
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
	key->port = local_port_of(sk);
	read_local_address(key->address, sk, key->family);
}

static __always_inline void add_listener(struct sock *sk, const struct socket_owner *owner)
{
	struct listener_key key = {};
	struct listener_state fresh = { .sockets = 1 };
	struct listener_state *known;

	fill_listener_key(&key, sk);
	known = bpf_map_lookup_elem(&listeners, &key);
	if (known) {
		known->owner = *owner;
		__sync_fetch_and_add(&known->sockets, 1);
		return;
	}
	fresh.owner = *owner;
	if (bpf_map_update_elem(&listeners, &key, &fresh, BPF_ANY))
		count_untracked(UNTRACKED_LISTENERS);
}

static __always_inline void remove_listener(struct sock *sk)
{
	struct listener_key key = {};
	struct listener_state *known;

	fill_listener_key(&key, sk);
	known = bpf_map_lookup_elem(&listeners, &key);
	if (!known)
		return;
	if (known->sockets <= 1)
		bpf_map_delete_elem(&listeners, &key);
	else
		__sync_fetch_and_add(&known->sockets, -1);
}

/* A function of its own, for a stack of its own. */
static __noinline int submit_socket(__u32 kind, struct sock *sk, const struct socket_state *state, __u32 flags,
				    __u32 outcome)
{
	struct socket_record r;

	fill_socket(&r, kind, sk, state);
	r.h.flags = flags;
	r.outcome = outcome;
	count_attempt(kind);
	submit(kind, &r.h, sizeof(r));
	return 0;
}

static __noinline int submit_close(struct sock *sk, const struct socket_state *state, __u32 old_state)
{
	__u32 flags = state ? state->flags : 0;
	int error = BPF_CORE_READ(sk, sk_err);
	struct socket_record r;

	fill_socket(&r, KIND_CLOSE, sk, state);
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

static __always_inline void establish(struct sock *sk, struct socket_state *state)
{
	state->began_ns = bpf_ktime_get_boot_ns();
	state->flags |= SOCKET_ESTABLISHED;
	state->peer_port_be = BPF_CORE_READ(sk, __sk_common.skc_dport);
	state->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
}

static __always_inline void start_connect(struct sock *sk)
{
	struct socket_state state = { .flags = SOCKET_OUTBOUND };

	state.id = next_socket_id();
	state.began_ns = bpf_ktime_get_boot_ns();
	own_by_current(&state.owner);
	remember(sk, &state);
}

static __always_inline void start_listen(struct sock *sk)
{
	struct socket_state state = {};

	state.id = next_socket_id();
	own_by_current(&state.owner);
	remember(sk, &state);
	add_listener(sk, &state.owner);
	submit_socket(KIND_LISTEN, sk, &state, 0, 0);
}

/*
 * Who listens where this socket's local end is: on its address, on any, or on any of IPv6 for IPv4. A socket that is
 * just being made has its listener's address on some kernels and its own on others.
 */
static __always_inline struct listener_state *find_listener(struct sock *sk)
{
	struct listener_key key = {};
	struct listener_state *found;

	fill_listener_key(&key, sk);
	found = bpf_map_lookup_elem(&listeners, &key);
	if (found)
		return found;
	if (key.family == AF_INET) {
		map_ipv4(key.address, 0);
		found = bpf_map_lookup_elem(&listeners, &key);
		if (found)
			return found;
	}
	key.family = AF_INET6;
	__builtin_memset(key.address, 0, sizeof(key.address));
	return bpf_map_lookup_elem(&listeners, &key);
}

static __always_inline void start_accept(struct sock *sk)
{
	struct socket_state state = { .flags = SOCKET_INBOUND | SOCKET_OF_LISTENER };
	struct listener_state *listener = find_listener(sk);

	state.id = next_socket_id();
	if (listener)
		state.owner = listener->owner;
	remember(sk, &state);
}

/* Who closes a socket holds it: of an accepted one that is all there is to know. */
static __always_inline void hold(struct socket_state *state)
{
	if (!(state->flags & SOCKET_OF_LISTENER))
		return;
	own_by_current(&state->owner);
	state->flags &= ~SOCKET_OF_LISTENER;
}

static __always_inline void finish(struct sock *sk, struct socket_state *state, int old_state)
{
	__u64 key = (__u64)sk;

	switch (old_state) {
	case TCP_LISTEN:
		submit_socket(KIND_LISTEN, sk, state, FLAG_LISTEN_STOPPED, 0);
		remove_listener(sk);
		break;
	case TCP_SYN_SENT:
		submit_socket(KIND_CONNECT, sk, state, 0, outcome_of(BPF_CORE_READ(sk, sk_err)));
		break;
	case TCP_SYN_RECV:
	case TCP_CLOSE:
		break;
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		/* Without an error it is close() with data unread: in the context of the process. */
		if (state && BPF_CORE_READ(sk, sk_err) == 0)
			hold(state);
		/* fallthrough */
	default:
		submit_close(sk, state, old_state);
	}
	bpf_map_delete_elem(&sockets, &key);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, struct sock *sk, int old_state, int new_state)
{
	struct socket_state *state;
	__u64 key = (__u64)sk;

	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if (new_state == TCP_SYN_SENT) {
		start_connect(sk);
		return 0;
	}
	if (new_state == TCP_LISTEN) {
		start_listen(sk);
		return 0;
	}
	if (old_state == TCP_LISTEN && new_state == TCP_SYN_RECV) {
		start_accept(sk);
		return 0;
	}
	state = bpf_map_lookup_elem(&sockets, &key);
	if (new_state == TCP_CLOSE) {
		finish(sk, state, old_state);
		return 0;
	}
	if (old_state == TCP_SYN_SENT || old_state == TCP_SYN_RECV) {
		/* Also a socket that is closed before the last packet of its handshake was connected. */
		if (new_state != TCP_ESTABLISHED && new_state != TCP_FIN_WAIT1 && new_state != TCP_CLOSE_WAIT)
			return 0;
		if (!state || state->flags & SOCKET_OUTBOUND)
			submit_socket(old_state == TCP_SYN_SENT || state ? KIND_CONNECT : KIND_ACCEPT, sk, state, 0,
				      OUTCOME_ESTABLISHED);
		else
			submit_socket(KIND_ACCEPT, sk, state, 0, 0);
		if (state)
			establish(sk, state);
	}
	if (!state)
		return 0;
	if (new_state == TCP_FIN_WAIT1) {
		state->flags |= SOCKET_CLOSED_BY_LOCAL;
		hold(state);
	} else if (new_state == TCP_LAST_ACK) {
		hold(state);
	} else if (new_state == TCP_CLOSE_WAIT) {
		state->flags |= SOCKET_CLOSED_BY_PEER;
	}
	return 0;
}

/*
 * Every 30 s: what connections that go on have moved. The totals are noted before the record is written: a close on
 * another CPU then tells the rest, whichever record is first.
 */
SEC("?iter/bpf_map_elem")
int on_socket_entry(struct bpf_iter__bpf_map_elem *ctx)
{
	struct socket_state *state = ctx->value;
	__u64 *key = ctx->key;
	struct socket_record r;
	struct sock *sk;
	__u64 told_sent, told_received;

	if (!key || !state || !(state->flags & SOCKET_ESTABLISHED))
		return 0;
	if (state->began_ns && bpf_ktime_get_boot_ns() - state->began_ns < ONGOING_NS)
		return 0;
	sk = (struct sock *)*key;
	if (BPF_CORE_READ(sk, __sk_common.skc_dport) != state->peer_port_be ||
	    local_port_of(sk) != state->local_port) {
		/* Its last transition was missed: the place belongs to another socket or to nobody. */
		__u64 stale = *key;

		bpf_map_delete_elem(&sockets, &stale);
		count_untracked(UNTRACKED_STALE);
		return 0;
	}
	fill_socket(&r, KIND_CLOSE, sk, state);
	read_bytes(&r, sk);
	told_sent = state->told_sent_bytes;
	told_received = state->told_received_bytes;
	if (r.sent_bytes == told_sent && r.received_bytes == told_received)
		return 0;
	r.told_sent_bytes = told_sent;
	r.told_received_bytes = told_received;
	r.h.flags = FLAG_ONGOING;
	state->told_sent_bytes = r.sent_bytes;
	state->told_received_bytes = r.received_bytes;
	if (bpf_ringbuf_output(&ring, &r, sizeof(r), BPF_RB_NO_WAKEUP)) {
		/* Nothing is lost: the next round or the close tells it. */
		state->told_sent_bytes = told_sent;
		state->told_received_bytes = told_received;
		return 0;
	}
	count_attempt(KIND_CLOSE);
	return 0;
}

/* The TCP socket behind a descriptor, if it is one. */
static __always_inline struct sock *tcp_of_file(struct file *file)
{
	struct socket *socket;
	struct sock *sk;
	__u16 family;

	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK ||
	    BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	sk = BPF_CORE_READ(socket, sk);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if ((family != AF_INET && family != AF_INET6) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	return sk;
}

/* Before the connections, so that their direction can be told. */
SEC("iter/task_file")
int on_listener_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct socket_state state = {};
	struct sock *sk;
	__u64 key;

	if (!task)
		return 0;
	sk = tcp_of_file(ctx->file);
	key = (__u64)sk;
	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTEN ||
	    bpf_map_lookup_elem(&sockets, &key))
		return 0;
	state.id = next_socket_id();
	own_by_task(&state.owner, task);
	remember(sk, &state);
	add_listener(sk, &state.owner);
	submit_socket(KIND_LISTEN, sk, &state, FLAG_SNAPSHOT, 0);
	return 0;
}

SEC("iter/task_file")
int on_connection_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct socket_state state = {};
	struct sock *sk;
	__u64 key;
	__u8 now;

	if (!task)
		return 0;
	sk = tcp_of_file(ctx->file);
	key = (__u64)sk;
	if (!sk || bpf_map_lookup_elem(&sockets, &key))
		return 0;
	now = BPF_CORE_READ(sk, __sk_common.skc_state);
	state.id = next_socket_id();
	own_by_task(&state.owner, task);
	if (now == TCP_SYN_SENT) {
		state.flags = SOCKET_OUTBOUND;
		remember(sk, &state);
		return 0;
	}
	if (now != TCP_ESTABLISHED && now != TCP_CLOSE_WAIT && now != TCP_FIN_WAIT1 && now != TCP_FIN_WAIT2)
		return 0;
	state.flags = find_listener(sk) ? SOCKET_INBOUND : SOCKET_OUTBOUND;
	establish(sk, &state);
	/* When it was established nobody saw. */
	state.began_ns = 0;
	remember(sk, &state);
	if (state.flags & SOCKET_INBOUND)
		submit_socket(KIND_ACCEPT, sk, &state, FLAG_SNAPSHOT, 0);
	else
		submit_socket(KIND_CONNECT, sk, &state, FLAG_SNAPSHOT, OUTCOME_ESTABLISHED);
	return 0;
}

#endif
