/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the probe writes and record-decoder.ts reads: every offset here is mirrored in record-layout.ts, and a test
 * compares the two. Native byte order. A change of anything in this file needs a new LAYOUT_VERSION, so that an agent
 * never adopts a ring whose records it would misread.
 */
#ifndef MAYFLY_RECORD_BPF_H
#define MAYFLY_RECORD_BPF_H

#define LAYOUT_VERSION 2

#define KIND_EXEC 0
#define KIND_EXIT 1
#define KIND_FORK 2
#define KIND_CGROUP 3
#define KIND_CONNECT 4
#define KIND_ACCEPT 5
#define KIND_CLOSE 6
#define KIND_LISTEN 7
#define KIND_DNS 8
#define KIND_COUNT 9
/* Only from the task iterator: neither counted nor in the ring. */
#define KIND_ALIVE 100

/* record_header.flags */
#define FLAG_EXE_TRUNCATED (1u << 0)
#define FLAG_CWD_TRUNCATED (1u << 2)
#define FLAG_CWD_DELETED (1u << 3)
#define FLAG_ARGV_UNREADABLE (1u << 4)
#define FLAG_FORKED (1u << 5)         /* PF_FORKNOEXEC: no exec since the fork */
#define FLAG_MAXRSS_INHERITED (1u << 6)
#define FLAG_CGROUP_REMOVED (1u << 7)
#define FLAG_NO_FILE (1u << 8)        /* no executable: its identity fields are void */
#define FLAG_STRING_TRUNCATED (1u << 9) /* script, interpreter or cgroup path */
#define FLAG_SNAPSHOT (1u << 10)      /* a socket met by a look at what is there */
#define FLAG_ONGOING (1u << 11)       /* close: a reading of a connection that goes on */
#define FLAG_LISTEN_STOPPED (1u << 12)
#define FLAG_DNS_REPLY (1u << 13)

#define TRANSPORT_TCP 0
#define TRANSPORT_UDP 1

#define DIRECTION_UNKNOWN 0
#define DIRECTION_OUTBOUND 1
#define DIRECTION_INBOUND 2

/* connect: how it ended. */
#define OUTCOME_UNKNOWN 0
#define OUTCOME_ESTABLISHED 1
#define OUTCOME_REFUSED 2
#define OUTCOME_RESET 3
#define OUTCOME_TIMEOUT 4
#define OUTCOME_UNREACHABLE 5
#define OUTCOME_ABORTED 6

/* close: who began it. */
#define CLOSED_BY_UNKNOWN 0
#define CLOSED_BY_LOCAL 1
#define CLOSED_BY_PEER 2

#define ORIGIN_UNKNOWN 0
#define ORIGIN_IMAGE 1
#define ORIGIN_COPIED_UP 2
#define ORIGIN_DROPPED 3
#define ORIGIN_VOLUME 4
#define ORIGIN_MEMFD 5

#define UNSET_UID 0xffffffffu

/* Limits. PATH_STEPS counts name components plus mounts crossed. */
#define ARGV_MAX 8192
#define PATH_STEPS 48
#define NAME_SIZE 256
#define SCRIPT_MAX 1024
#define INTERPRETER_MAX 256
#define CGROUP_PATH_MAX 4096
#define PATHS_MAX (2 * 4096)
#define TAIL_MAX (ARGV_MAX + PATHS_MAX + NAME_SIZE + SCRIPT_MAX + INTERPRETER_MAX)

struct record_header {
	__u32 kind;              /*  0 */
	__u32 flags;             /*  4 */
	__u64 boot_ns;           /*  8 CLOCK_BOOTTIME */
	__u64 start_ns;          /* 16 group leader's start_boottime */
	__u64 parent_start_ns;   /* 24 */
	__u32 pid;               /* 32 tgid in the initial namespace */
	__u32 parent_pid;        /* 36 0: none */
	__u64 cgroup_id;         /* 40 v2 */
	__u64 v1_cgroup_id;      /* 48 */
	__u32 v1_hierarchy;      /* 56 0: no v1 hierarchy carries memory or pids */
	__u32 ns_pid;            /* 60 tgid in the innermost pid namespace */
};                               /* 64 */

struct fork_record {
	struct record_header h;
	__u64 creator_start_ns;  /* 64 */
	__u32 creator_pid;       /* 72 */
	__u32 padding;           /* 76 */
};                               /* 80 */

struct exit_record {
	struct record_header h;
	__u32 status;            /* 64 as wait(2) */
	__u32 uid;               /* 68 */
	__u64 user_ns;           /* 72 sampled by the tick */
	__u64 system_ns;         /* 80 sampled by the tick */
	__u64 run_ns;            /* 88 sum_exec_runtime: exact sum of both */
	__u64 maxrss_pages;      /* 96 */
	char comm[16];           /* 104 */
};                               /* 120 */

/* cgroup_id or (v1_hierarchy, v1_cgroup_id) of the header name it; the path follows, without NUL. */
struct cgroup_record {
	struct record_header h;
	__u32 path_size;         /* 64 */
	__u32 padding;           /* 68 */
	char tail[CGROUP_PATH_MAX];  /* 72 */
};

/*
 * exec and alive. The tail is argv, then the names of exe's path (leaf first, each with its NUL), those of cwd, then
 * script and interpreter (each with its NUL, size 0 when absent).
 */
struct program_record {
	struct record_header h;
	__u32 uid;               /* 64 */
	__u32 gid;               /* 68 */
	__u32 euid;              /* 72 */
	__u32 login_uid;         /* 76 */
	__u64 capabilities;      /* 80 */
	__u32 ns_mnt;            /* 88 */
	__u32 ns_pidns;          /* 92 */
	__u32 ns_net;            /* 96 */
	__u32 ns_user;           /* 100 */
	__u32 ns_uts;            /* 104 */
	__u32 ns_ipc;            /* 108 */
	__u32 ns_cgroup;         /* 112 */
	__u32 device;            /* 116 */
	__u64 inode;             /* 120 */
	__u64 ctime_seconds;     /* 128 */
	__u32 ctime_ns;          /* 136 */
	__u16 mode;              /* 140 */
	__u8 origin;             /* 142 */
	__u8 stdio_sockets;      /* 143 */
	__u32 argv_length;       /* 144 in the kernel */
	__u32 argv_size;         /* 148 in the tail */
	__u32 exe_size;          /* 152 */
	__u32 cwd_size;          /* 156 */
	__u32 script_size;       /* 160 */
	__u32 interpreter_size;  /* 164 */
	char comm[16];           /* 168 */
	char tty[24];            /* 184 */
	char tail[TAIL_MAX];     /* 208 */
};

/*
 * connect, accept, close and listen, of TCP sockets and UDP flows. The header's process is the owner (pid 0: unknown),
 * its parent is void. Addresses are IPv6, IPv4 as ::ffff:a.b.c.d; ports are in host order.
 */
struct socket_record {
	struct record_header h;
	__u64 socket;            /* 64 identity given by the probe */
	__u64 began_ns;          /* 72 connect: SYN sent; close: established. 0: not seen */
	__u64 sent_bytes;        /* 80 totals of the socket */
	__u64 received_bytes;    /* 88 */
	__u64 told_sent_bytes;   /* 96 what earlier ongoing records told of them */
	__u64 told_received_bytes; /* 104 */
	__u64 sent_packets;      /* 112 UDP: since the record before */
	__u64 received_packets;  /* 120 */
	__u8 local[16];          /* 128 */
	__u8 peer[16];           /* 144 */
	__u16 local_port;        /* 160 */
	__u16 peer_port;         /* 162 */
	__u8 transport;          /* 164 */
	__u8 direction;          /* 165 */
	__u8 outcome;            /* 166 */
	__u8 closed_by;          /* 167 */
	__u32 ns_net;            /* 168 */
	__u32 padding;           /* 172 */
};                               /* 176 */

/* The most that is kept of a DNS message; a power of two. */
#define DNS_MAX 2048

/* A DNS message of a client: the UDP payload. The header's process is the socket's owner. */
struct dns_record {
	struct record_header h;
	__u64 socket;            /* 64 */
	__u8 local[16];          /* 72 */
	__u8 peer[16];           /* 88 */
	__u16 local_port;        /* 104 */
	__u16 peer_port;         /* 106 */
	__u32 ns_net;            /* 108 */
	__u32 message_length;    /* 112 on the wire */
	__u32 message_size;      /* 116 in the tail */
	char tail[DNS_MAX];      /* 120 */
};

/* Map `untracked`: what the maps of sockets and flows had no room for, or could not know. */
#define UNTRACKED_SOCKETS 0
#define UNTRACKED_LISTENERS 1
#define UNTRACKED_DATAGRAM_SOCKETS 2
#define UNTRACKED_FLOWS 3
#define UNTRACKED_PACKETS 4
#define UNTRACKED_STALE 5
#define UNTRACKED_COUNT 6

/* Map `meta`: the word that says that a probe before this one told of what is open now, up to now. */
#define META_REPLACED 7

/* The task iterator's frames: this before each record. */
struct frame_header {
	__u32 size;
	__u32 padding;
};

/* Map `totals`, one per kind: attempts = records in the ring + drops, exactly. */
struct kind_total {
	__u64 attempts;
	__u64 drops;
};

/* Map `losses`. All zero but overflow: the cgroup is unknown. */
struct loss_key {
	__u64 cgroup_id;
	__u64 v1_cgroup_id;
	__u32 v1_hierarchy;
	__u32 padding;
};

/* First and last are CLOCK_BOOTTIME of the first drop since load and of the last one. */
struct loss_value {
	__u64 drops[KIND_COUNT];
	__u64 first_ns[KIND_COUNT];
	__u64 last_ns[KIND_COUNT];
};

#endif
