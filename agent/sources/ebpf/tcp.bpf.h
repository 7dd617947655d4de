/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TCP: one record per connect that was decided, per connection that came in, per close, and per start and end of
 * listening, from the transitions of a socket's state; and iterators for what was there before and what goes on.
 * docs/connections.md says what each transition tells.
 */
#ifndef MAYFLY_TCP_BPF_H
#define MAYFLY_TCP_BPF_H

#include "socket.bpf.h"

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
	if (sk->__sk_common.skc_num == 0) {
		state.flags = SOCKET_PORTLESS;
		remember(sk, &state);
		return;
	}
	state.flags = add_listener(sk, &state.owner);
	remember(sk, &state);
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

/*
 * Who closes a socket holds it: of an accepted one that is all there is to know. Not in softirq, where nobody has locked the
 * socket, and not a kernel thread that closes for somebody (io_uring, MPTCP, the end of a Unix socket).
 */
static __always_inline void hold(struct sock *sk, struct socket_state *state)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	if (!(state->flags & SOCKET_OF_LISTENER) || !sk->sk_lock.owned ||
	    BPF_CORE_READ(task, flags) & PF_KTHREAD)
		return;
	own_by_task(&state->owner, task);
	state->flags &= ~SOCKET_OF_LISTENER;
}

static __always_inline void finish(struct sock *sk, struct socket_state *state, int old_state)
{
	__u64 key = (__u64)sk;

	switch (old_state) {
	case TCP_LISTEN:
		if (state && state->flags & SOCKET_PORTLESS)
			submit_socket(KIND_LISTEN, sk, state, 0, 0);
		submit_socket(KIND_LISTEN, sk, state, FLAG_LISTEN_STOPPED, 0);
		if (!state || state->flags & SOCKET_LISTED)
			remove_listener(sk);
		break;
	case TCP_SYN_SENT:
		submit_socket(KIND_CONNECT, sk, state, 0, outcome_of(sk->sk_err));
		break;
	case TCP_SYN_RECV:
		/* Both called at once, and one gave up: it was a connect all the same. */
		if (state && state->flags & SOCKET_OUTBOUND)
			submit_socket(KIND_CONNECT, sk, state, 0, outcome_of(sk->sk_err));
		break;
	case TCP_CLOSE:
		break;
	case TCP_ESTABLISHED:
	case TCP_CLOSE_WAIT:
		/* Without an error it is close() with data unread: in the context of the process. */
		if (state && sk->sk_err == 0)
			hold(sk, state);
		/* fallthrough */
	default:
		submit_close(sk, state, old_state);
	}
	bpf_map_delete_elem(&sockets, &key);
}

static __noinline int handle_transition(struct sock *sk, int old_state, int new_state)
{
	struct socket_state *state;
	__u64 key = (__u64)sk;

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
	/* What comes between the first FIN and the end tells nothing new. */
	if (new_state == TCP_FIN_WAIT2 || new_state == TCP_CLOSING)
		return 0;
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
		hold(sk, state);
	} else if (new_state == TCP_LAST_ACK) {
		hold(sk, state);
	} else if (new_state == TCP_CLOSE_WAIT) {
		state->flags |= SOCKET_CLOSED_BY_PEER;
	}
	return 0;
}

/*
 * The kernel does not run a program that runs already on that CPU, and a softirq may come in the middle of the hook for a
 * process: of 200,000 transitions two were skipped so. Therefore two programs on the same hook: the first leaves a note
 * of what it handles, and the second, which runs also where the first was skipped, handles what it finds no note of.
 */
#define NOTES 4

struct transition_note {
	__u64 socket;
	__u64 states;
};

struct transition_notes {
	__u64 next;
	struct transition_note notes[NOTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct transition_notes);
} transitions SEC(".maps");

/* Never zero, as an empty note is. */
static __always_inline __u64 states_of(int old_state, int new_state)
{
	return 1ull << 32 | (__u64)(old_state & 0xff) << 8 | (new_state & 0xff);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state, struct sock *sk, int old_state, int new_state)
{
	struct transition_notes *all = scratch_of(&transitions);
	struct transition_note *note;

	if (sk->sk_protocol != IPPROTO_TCP || !all)
		return 0;
	note = &all->notes[all->next++ % NOTES];
	note->socket = (__u64)sk;
	note->states = states_of(old_state, new_state);
	return handle_transition(sk, old_state, new_state);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(on_socket_state_again, struct sock *sk, int old_state, int new_state)
{
	struct transition_notes *all = scratch_of(&transitions);

	if (sk->sk_protocol != IPPROTO_TCP || !all)
		return 0;
	for (int index = 0; index < NOTES; index++) {
		struct transition_note *note = &all->notes[index];

		if (note->socket == (__u64)sk && note->states == states_of(old_state, new_state)) {
			note->states = 0;
			return 0;
		}
	}
	return handle_transition(sk, old_state, new_state);
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
	__u64 told_sent, told_received, id;

	if (!key || !state || !(state->flags & SOCKET_ESTABLISHED))
		return 0;
	if (state->began_ns && bpf_ktime_get_boot_ns() - state->began_ns < ONGOING_NS)
		return 0;
	sk = (struct sock *)*key;
	if (BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE ||
	    BPF_CORE_READ(sk, __sk_common.skc_dport) != state->peer_port_be ||
	    local_port_of(sk, 0) != state->local_port) {
		/* Its last transition was missed: the place belongs to another socket or to nobody. */
		__u64 stale = *key;

		bpf_map_delete_elem(&sockets, &stale);
		count_untracked(UNTRACKED_STALE);
		return 0;
	}
	fill_socket(&r, KIND_CLOSE, sk, state, 0);
	read_bytes(&r, sk);
	id = state->id;
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
	/* It ended meanwhile, and its place has gone to a socket of which nothing was told. */
	if (state->id != id) {
		state->told_sent_bytes = 0;
		state->told_received_bytes = 0;
	}
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
	if (BPF_CORE_READ(sk, sk_protocol) == IPPROTO_MPTCP && bpf_core_type_exists(struct mptcp_sock))
		sk = BPF_CORE_READ((struct mptcp_sock *)sk, first);
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if ((family != AF_INET && family != AF_INET6) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	return sk;
}

/* A socket that listens and is known already: it may have got its port since, or be the next to answer for its address. */
static __always_inline void complete_listener(struct sock *sk, struct socket_state *state)
{
	struct listener_key key = {};
	struct listener_state *listener;

	if (state->flags & SOCKET_PORTLESS) {
		if (local_port_of(sk, 0) == 0)
			return;
		state->flags = add_listener(sk, &state->owner);
		submit_found(KIND_LISTEN, sk, state, 0, 0);
		return;
	}
	fill_listener_key(&key, sk);
	listener = bpf_map_lookup_elem(&listeners, &key);
	if (listener)
		answer_for(listener, (__u64)sk, &state->owner);
}

/* At start before the connections, so that their direction can be told; then with each look at what goes on. */
SEC("iter/task_file")
int on_listener_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct socket_state state = {}, *known;
	struct sock *sk;
	__u64 key;

	if (!task)
		return 0;
	sk = tcp_of_file(ctx->file);
	key = (__u64)sk;
	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_state) != TCP_LISTEN)
		return 0;
	known = bpf_map_lookup_elem(&sockets, &key);
	if (known) {
		complete_listener(sk, known);
		return 0;
	}
	state.id = next_socket_id();
	own_by_task(&state.owner, task);
	state.flags = add_listener(sk, &state.owner);
	remember(sk, &state);
	submit_found(KIND_LISTEN, sk, &state, FLAG_SNAPSHOT, 0);
	return 0;
}

/* True when an earlier probe's agent has told the bytes of what is open now. */
static __always_inline int is_replacement(void)
{
	__u32 zero = 0;
	__u64 *words = bpf_map_lookup_elem(&meta, &zero);

	return words && words[META_REPLACED];
}

SEC("iter/task_file")
int on_connection_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct socket_state state = {};
	struct sock *sk;
	__u64 key;
	__u8 tcp_state;

	if (!task)
		return 0;
	sk = tcp_of_file(ctx->file);
	key = (__u64)sk;
	if (!sk || bpf_map_lookup_elem(&sockets, &key))
		return 0;
	tcp_state = BPF_CORE_READ(sk, __sk_common.skc_state);
	state.id = next_socket_id();
	own_by_task(&state.owner, task);
	if (tcp_state == TCP_SYN_SENT) {
		state.flags = SOCKET_OUTBOUND;
		remember(sk, &state);
		return 0;
	}
	if (tcp_state != TCP_ESTABLISHED && tcp_state != TCP_CLOSE_WAIT && tcp_state != TCP_FIN_WAIT1 &&
	    tcp_state != TCP_FIN_WAIT2)
		return 0;
	state.flags = find_listener(sk) ? SOCKET_INBOUND : SOCKET_OUTBOUND;
	establish(sk, &state);
	/* When it was established nobody saw. */
	state.began_ns = 0;
	if (is_replacement()) {
		struct socket_record now = {};

		read_bytes(&now, sk);
		state.told_sent_bytes = now.sent_bytes;
		state.told_received_bytes = now.received_bytes;
	}
	remember(sk, &state);
	if (state.flags & SOCKET_INBOUND)
		submit_found(KIND_ACCEPT, sk, &state, FLAG_SNAPSHOT, 0);
	else
		submit_found(KIND_CONNECT, sk, &state, FLAG_SNAPSHOT, OUTCOME_ESTABLISHED);
	return 0;
}

#endif
