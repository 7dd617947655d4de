/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * UDP: flows, and the DNS messages in them. At the root of cgroup v2, so that each datagram of each socket passes by,
 * with its socket, after translation of addresses both on the way in and on the way out. docs/connections.md.
 *
 * The rule that must hold: every path says "pass".
 */
#ifndef MAYFLY_DATAGRAM_BPF_H
#define MAYFLY_DATAGRAM_BPF_H

#include "socket.bpf.h"

#define PASS 1
#define DNS_PORT 53
/* A flow that was silent for longer has ended. */
#define FLOW_IDLE_NS 30000000000ull
/* Of a flow with no more datagrams the time of the last is exact. */
#define EXACT_PACKETS 32

struct datagram_socket {
	struct socket_owner owner;
	__u32 ns_net;
	/* DIRECTION_*: who spoke first over it decides for all its flows; a client's answers may come from another address. */
	__u32 direction;
};

/* By cookie: whose each UDP socket is, from socket(2) to its release. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct datagram_socket);
} datagram_sockets SEC(".maps");

/* A socket and its peer; of one that serves many, whoever they are at an address: then the port is 0. */
struct flow_key {
	__u64 cookie;
	__u8 peer[16];
	__u16 peer_port;
	__u16 padding[3];
};

struct flow_state {
	struct socket_owner owner;
	__u64 id;
	__u64 cgroup_id;
	__u64 first_ns;
	__u64 last_ns;
	__u64 told_ns;
	__u64 sent_bytes;
	__u64 received_bytes;
	__u64 sent_packets;
	__u64 received_packets;
	__u64 told_sent_bytes;
	__u64 told_received_bytes;
	__u64 told_sent_packets;
	__u64 told_received_packets;
	__u64 last_jiffy;
	__u8 local[16];
	__u16 local_port;
	__u8 direction;
	/* Its socket is in datagram_sockets: when it is there no more, the flow has ended. */
	__u8 has_socket;
	__u32 ns_net;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct flow_key);
	__type(value, struct flow_state);
} flows SEC(".maps");

/* One for each way: a message that comes in may interrupt one that goes out. */
SCRATCH(query_scratch, dns_record);
SCRATCH(reply_scratch, dns_record);

/* Of one datagram: ports in host order. */
struct datagram {
	struct flow_key flow;
	__u8 local[16];
	__u16 local_port;
	/* Port of the other end as the packet says, which translation may have changed. */
	__u16 packet_port;
	__u32 payload_at;
	__u32 payload_bytes;
};

SEC("?cgroup/sock_create")
int on_socket_created(struct bpf_sock *sk)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct datagram_socket made = {};
	__u64 cookie;

	if (sk->protocol != IPPROTO_UDP || sk->type != SOCK_DGRAM)
		return PASS;
	cookie = bpf_get_socket_cookie(sk);
	own_by_task(&made.owner, task);
	made.ns_net = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	if (bpf_map_update_elem(&datagram_sockets, &cookie, &made, BPF_ANY))
		count_untracked(UNTRACKED_DATAGRAM_SOCKETS);
	return PASS;
}

/* What was open before: needs helpers of 5.12. */
SEC("?iter/task_file")
int on_datagram_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct datagram_socket made = {};
	struct socket *socket;
	struct sock *sk;
	__u64 cookie;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || sk->sk_protocol != IPPROTO_UDP || sk->sk_type != SOCK_DGRAM)
		return 0;
	cookie = bpf_get_socket_cookie(sk);
	own_by_task(&made.owner, task);
	made.ns_net = sk->__sk_common.skc_net.net->ns.inum;
	if (bpf_map_lookup_elem(&datagram_sockets, &cookie))
		return 0;
	if (bpf_map_update_elem(&datagram_sockets, &cookie, &made, BPF_NOEXIST))
		count_untracked(UNTRACKED_DATAGRAM_SOCKETS);
	return 0;
}

struct udp_header { __u16 source, dest, length, sum; };

/* Reads the headers; 0 for all that is not a whole UDP datagram. Extension headers of IPv6 are not walked. */
static __always_inline int parse_datagram(struct __sk_buff *skb, struct datagram *d, int outgoing)
{
	__u8 *header = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct udp_header udp;
	__u8 *source, *dest;

	if (header + 20 > end)
		return 0;
	if (header[0] >> 4 == 4) {
		/* An offset says that this is not the first part: the ports are elsewhere. */
		if (header[9] != IPPROTO_UDP || (header[6] & 0x1f) || header[7])
			return 0;
		d->payload_at = (header[0] & 0xf) * 4;
		source = header + 12;
		dest = header + 16;
		map_ipv4(d->local, *(__u32 *)(outgoing ? source : dest));
		map_ipv4(d->flow.peer, *(__u32 *)(outgoing ? dest : source));
	} else {
		if (header + 40 > end)
			return 0;
		if (header[6] != IPPROTO_UDP)
			return 0;
		d->payload_at = 40;
		source = header + 8;
		dest = header + 24;
		__builtin_memcpy(d->local, outgoing ? source : dest, 16);
		__builtin_memcpy(d->flow.peer, outgoing ? dest : source, 16);
	}
	/* Nearly always it is in the linear part: a helper costs more than the rest of this. */
	if (d->payload_at == 20 && header + 28 <= end)
		udp = *(struct udp_header *)(header + 20);
	else if (bpf_skb_load_bytes(skb, d->payload_at, &udp, sizeof(udp)))
		return 0;
	d->payload_at += sizeof(udp);
	d->payload_bytes = skb->len > d->payload_at ? skb->len - d->payload_at : 0;
	d->local_port = bpf_ntohs(outgoing ? udp.source : udp.dest);
	d->packet_port = bpf_ntohs(outgoing ? udp.dest : udp.source);
	d->flow.peer_port = d->packet_port;
	return 1;
}

/* A connected socket knows whom it was connected to, whatever translation makes of it. 0: it is not connected. */
static __always_inline int read_connected_peer(struct bpf_sock *sk, struct flow_key *flow)
{
	__u32 *words = (__u32 *)flow->peer;

	if (sk->dst_port == 0)
		return 0;
	flow->peer_port = bpf_ntohs(sk->dst_port);
	if (sk->family == AF_INET) {
		map_ipv4(flow->peer, sk->dst_ip4);
		return 1;
	}
	words[0] = sk->dst_ip6[0];
	words[1] = sk->dst_ip6[1];
	words[2] = sk->dst_ip6[2];
	words[3] = sk->dst_ip6[3];
	return 1;
}

static __always_inline int read_packet_peer(struct __sk_buff *skb, struct flow_key *flow)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	return sk ? read_connected_peer(sk, flow) : 0;
}

static __always_inline void fill_flow(struct socket_record *r, __u32 kind, const struct flow_key *key,
				      const struct flow_state *flow)
{
	__builtin_memset(r, 0, sizeof(*r));
	r->h.kind = kind;
	r->h.boot_ns = flow->last_ns;
	r->h.cgroup_id = flow->cgroup_id;
	fill_owner(&r->h, &flow->owner);
	r->socket = flow->id;
	r->began_ns = flow->first_ns;
	__builtin_memcpy(r->local, flow->local, 16);
	__builtin_memcpy(r->peer, key->peer, 16);
	r->local_port = flow->local_port;
	r->peer_port = key->peer_port;
	r->transport = TRANSPORT_UDP;
	r->direction = flow->direction;
	r->ns_net = flow->ns_net;
}

static __noinline int submit_flow(const struct flow_key *key, const struct flow_state *flow)
{
	__u32 kind = flow->direction == DIRECTION_OUTBOUND ? KIND_CONNECT : KIND_ACCEPT;
	struct socket_record r;

	fill_flow(&r, kind, key, flow);
	count_attempt(kind);
	submit(kind, &r.h, sizeof(r));
	return 0;
}

/*
 * The flow of this datagram, made and told of when it is the first. Its DNS messages tell of a flow to port 53. Who sends
 * first to a socket that is not connected is a client of it, and shares a flow with the others of its address.
 */
static __always_inline struct flow_state *flow_of(struct __sk_buff *skb, struct datagram *d, int outgoing,
						  int connected)
{
	struct flow_state *known = bpf_map_lookup_elem(&flows, &d->flow);
	struct flow_state fresh = {};
	struct datagram_socket *socket;
	__u64 cookie = d->flow.cookie;
	__u16 peer_port = d->flow.peer_port;

	if (known)
		return known;
	if (!connected) {
		d->flow.peer_port = 0;
		known = bpf_map_lookup_elem(&flows, &d->flow);
		if (known)
			return known;
		if (outgoing)
			d->flow.peer_port = peer_port;
	}
	socket = bpf_map_lookup_elem(&datagram_sockets, &cookie);
	fresh.direction = outgoing ? DIRECTION_OUTBOUND : DIRECTION_INBOUND;
	if (socket) {
		if (socket->direction == DIRECTION_UNKNOWN)
			socket->direction = fresh.direction;
		fresh.direction = socket->direction;
		fresh.owner = socket->owner;
		fresh.ns_net = socket->ns_net;
		fresh.has_socket = 1;
	}
	fresh.id = next_socket_id();
	fresh.cgroup_id = bpf_skb_cgroup_id(skb);
	fresh.first_ns = bpf_ktime_get_boot_ns();
	fresh.last_ns = fresh.first_ns;
	fresh.told_ns = fresh.first_ns;
	fresh.local_port = d->local_port;
	__builtin_memcpy(fresh.local, d->local, 16);
	if (bpf_map_update_elem(&flows, &d->flow, &fresh, BPF_NOEXIST)) {
		/* Two at once: the other was first. */
		known = bpf_map_lookup_elem(&flows, &d->flow);
		if (!known)
			count_untracked(UNTRACKED_FLOWS);
		return known;
	}
	if (peer_port != DNS_PORT || fresh.direction != DIRECTION_OUTBOUND)
		submit_flow(&d->flow, &fresh);
	return bpf_map_lookup_elem(&flows, &d->flow);
}

static __always_inline void submit_dns(struct __sk_buff *skb, struct dns_record *r, struct datagram *d, __u16 peer_port,
				       const struct flow_state *flow, __u32 flags)
{
	__u32 size = d->payload_bytes;

	if (size > DNS_MAX)
		size = DNS_MAX;
	if (!r || size == 0)
		return;
	/* Says nothing new, but in words that every verifier understands: 1 to DNS_MAX. */
	opaque(size);
	size = ((size - 1) & (DNS_MAX - 1)) + 1;
	__builtin_memset(&r->h, 0, sizeof(r->h));
	r->h.kind = KIND_DNS;
	r->h.flags = flags;
	r->h.boot_ns = bpf_ktime_get_boot_ns();
	r->h.cgroup_id = bpf_skb_cgroup_id(skb);
	r->socket = 0;
	r->ns_net = 0;
	if (flow) {
		fill_owner(&r->h, &flow->owner);
		r->socket = d->flow.cookie;
		r->ns_net = flow->ns_net;
	}
	__builtin_memcpy(r->local, d->local, 16);
	__builtin_memcpy(r->peer, d->flow.peer, 16);
	r->local_port = d->local_port;
	r->peer_port = peer_port;
	r->message_length = d->payload_bytes;
	r->message_size = bpf_skb_load_bytes(skb, d->payload_at, r->tail, size) ? 0 : size;
	count_attempt(KIND_DNS);
	submit(KIND_DNS, &r->h, sizeof(*r) - DNS_MAX + size);
}

/* Segmentation offload: many datagrams travel as one until the card, and may arrive as one. */
static __always_inline __u64 datagrams_of(struct __sk_buff *skb)
{
	__u32 segments = skb->gso_segs;

	return segments ? segments : 1;
}

/* Reading the clock costs more than counting: after the first datagrams once a tick, which is 1 to 10 ms, is enough. */
static __always_inline void note_time(struct flow_state *flow)
{
	__u64 jiffy = bpf_jiffies64();

	if (jiffy == flow->last_jiffy && flow->sent_packets + flow->received_packets > EXACT_PACKETS)
		return;
	flow->last_jiffy = jiffy;
	flow->last_ns = bpf_ktime_get_boot_ns();
}

/* Both ways; `outgoing` is known at compile time, `scratch` is a map. */
static __always_inline void see_datagram(struct __sk_buff *skb, int outgoing, void *scratch)
{
	struct datagram d = {};
	struct flow_state *flow;
	__u16 peer_port;
	int connected;

	if (!parse_datagram(skb, &d, outgoing))
		return;
	d.flow.cookie = bpf_get_socket_cookie(skb);
	connected = read_packet_peer(skb, &d.flow);
	peer_port = d.flow.peer_port;
	flow = flow_of(skb, &d, outgoing, connected);
	if (flow) {
		note_time(flow);
		__sync_fetch_and_add(outgoing ? &flow->sent_bytes : &flow->received_bytes, d.payload_bytes);
		__sync_fetch_and_add(outgoing ? &flow->sent_packets : &flow->received_packets, datagrams_of(skb));
	} else {
		count_untracked(UNTRACKED_PACKETS);
	}
	if (d.local_port == DNS_PORT)
		return;
	if (outgoing) {
		if (peer_port == DNS_PORT || d.packet_port == DNS_PORT)
			submit_dns(skb, scratch_of(scratch), &d, peer_port, flow, 0);
		return;
	}
	/* To a socket that others speak to first anybody may send what looks like a reply. */
	if (d.packet_port == DNS_PORT && (!flow || flow->direction == DIRECTION_OUTBOUND))
		submit_dns(skb, scratch_of(scratch), &d, peer_port, flow, FLAG_DNS_REPLY);
}

SEC("?cgroup_skb/egress")
int on_datagram_sent(struct __sk_buff *skb)
{
	see_datagram(skb, 1, &query_scratch);
	return PASS;
}

SEC("?cgroup_skb/ingress")
int on_datagram_received(struct __sk_buff *skb)
{
	see_datagram(skb, 0, &reply_scratch);
	return PASS;
}

/* Writes what a flow moved since it was told of; 0 when the ring has no room. */
static __noinline int tell_flow(const struct flow_key *key, struct flow_state *flow, __u32 flags, __u32 closed_by)
{
	__u64 sent = flow->sent_bytes, received = flow->received_bytes;
	__u64 sent_packets = flow->sent_packets, received_packets = flow->received_packets;
	struct socket_record r;

	fill_flow(&r, KIND_CLOSE, key, flow);
	r.h.flags = flags;
	r.closed_by = closed_by;
	r.sent_bytes = sent;
	r.received_bytes = received;
	r.told_sent_bytes = flow->told_sent_bytes;
	r.told_received_bytes = flow->told_received_bytes;
	r.sent_packets = sent_packets - flow->told_sent_packets;
	r.received_packets = received_packets - flow->told_received_packets;
	if (bpf_ringbuf_output(&ring, &r, sizeof(r), BPF_RB_NO_WAKEUP))
		return 0;
	count_attempt(KIND_CLOSE);
	flow->told_ns = bpf_ktime_get_boot_ns();
	flow->told_sent_bytes = sent;
	flow->told_received_bytes = received;
	flow->told_sent_packets = sent_packets;
	flow->told_received_packets = received_packets;
	return 1;
}

/* The one flow of a connected socket ends here; those of others are found ended by the next look. */
SEC("?cgroup/sock_release")
int on_socket_released(struct bpf_sock *sk)
{
	struct flow_key key = {};
	struct flow_state *flow;
	__u64 cookie;

	if (sk->protocol != IPPROTO_UDP || sk->type != SOCK_DGRAM)
		return PASS;
	cookie = bpf_get_socket_cookie(sk);
	bpf_map_delete_elem(&datagram_sockets, &cookie);
	key.cookie = cookie;
	if (!read_connected_peer(sk, &key))
		return PASS;
	flow = bpf_map_lookup_elem(&flows, &key);
	if (flow && tell_flow(&key, flow, 0, CLOSED_BY_LOCAL))
		bpf_map_delete_elem(&flows, &key);
	return PASS;
}

/* Every few seconds: flows that ended, and every 30 s what the others have moved. */
SEC("?iter/bpf_map_elem")
int on_flow_entry(struct bpf_iter__bpf_map_elem *ctx)
{
	struct flow_state *flow = ctx->value;
	struct flow_key *at = ctx->key;
	struct flow_key key;
	__u64 now_ns = bpf_ktime_get_boot_ns();
	int released;

	if (!flow || !at)
		return 0;
	key = *at;
	if (!flow->has_socket) {
		struct datagram_socket *socket = bpf_map_lookup_elem(&datagram_sockets, &key.cookie);

		/* It spoke before its process was found. */
		if (socket) {
			flow->owner = socket->owner;
			flow->ns_net = socket->ns_net;
			flow->has_socket = 1;
		}
	}
	released = flow->has_socket && !bpf_map_lookup_elem(&datagram_sockets, &key.cookie);
	if (released || now_ns - flow->last_ns > FLOW_IDLE_NS) {
		if (tell_flow(&key, flow, 0, released ? CLOSED_BY_LOCAL : CLOSED_BY_UNKNOWN))
			bpf_map_delete_elem(&flows, &key);
		return 0;
	}
	if (now_ns - flow->told_ns >= ONGOING_NS && (flow->sent_packets != flow->told_sent_packets ||
						    flow->received_packets != flow->told_received_packets))
		tell_flow(&key, flow, FLAG_ONGOING, CLOSED_BY_UNKNOWN);
	return 0;
}

#endif
