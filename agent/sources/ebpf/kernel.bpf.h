/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel fields the probe reads. Offsets here mean nothing: libbpf relocates each access against the running
 * kernel's BTF (CO-RE). A `___suffix` is another age of the same struct; whoever reads it asks bpf_core_field_exists.
 */
#ifndef MAYFLY_KERNEL_BPF_H
#define MAYFLY_KERNEL_BPF_H

#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

#ifndef __bool_true_false_are_defined
typedef _Bool bool;
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_entry;
struct bpf_map;
struct seq_file;
typedef struct { __u32 val; } kuid_t;
typedef struct { __u32 val; } kgid_t;
typedef struct { int counter; } atomic_t;
/* u32 cap[2] before 6.3, u64 val since: eight bytes either way. */
typedef struct kernel_cap_struct { __u64 val; } kernel_cap_t;

struct ns_common { unsigned int inum; };
struct user_namespace { struct ns_common ns; };
struct uts_namespace { struct ns_common ns; };
struct ipc_namespace { struct ns_common ns; };
struct mnt_namespace { struct ns_common ns; };
struct pid_namespace { struct ns_common ns; };
struct cgroup_namespace { struct ns_common ns; };
struct net { struct ns_common ns; };

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
	struct cgroup_namespace *cgroup_ns;
};

struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	kernel_cap_t cap_effective;
	struct user_namespace *user_ns;
};

struct super_block { unsigned int s_dev; unsigned long s_magic; };

struct timespec64 { long long tv_sec; long tv_nsec; };
struct inode {
	unsigned short i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	long long i_ctime_sec;        /* since 6.11 */
	unsigned int i_ctime_nsec;
};
struct inode___v6_6 { struct timespec64 __i_ctime; };
struct inode___v5 { struct timespec64 i_ctime; };

struct hlist_bl_node { struct hlist_bl_node **pprev; };
struct qstr { const unsigned char *name; };
struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; };
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
};
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { void *private_data; struct inode *f_inode; struct path f_path; };
struct fs_struct { struct path root; struct path pwd; };

/* overlayfs, built in or a module loaded before the probe. */
struct ovl_entry { unsigned int __numlower; };
struct ovl_path { struct dentry *dentry; };
struct ovl_inode { struct inode vfs_inode; struct dentry *__upperdentry; struct ovl_entry *oe; };
struct ovl_inode___v6_1 { struct ovl_path lowerpath; };
struct ovl_inode___v5 { struct inode *lower; };

struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };
struct in6_addr { __u8 bytes[16]; };
typedef struct { struct net *net; } possible_net_t;
struct sock_common {
	unsigned short skc_family;
	volatile unsigned char skc_state;
	__u32 skc_daddr;
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	possible_net_t skc_net;
	unsigned long skc_flags;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct sock_cgroup_data { struct cgroup *cgroup; };
typedef struct { int owned; } socket_lock_t;
struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	unsigned short sk_protocol;
	unsigned short sk_type;
	int sk_err;
	struct sock_cgroup_data sk_cgrp_data;
};
/* Before 5.15 the cgroup's pointer shares a word with two marks; the lowest means that it is no pointer. */
struct sock_cgroup_data___v5 { __u64 val; };
struct sock___v5 { struct sock_cgroup_data___v5 sk_cgrp_data; };
struct inet_sock { __u16 inet_sport; };
/* The first subflow of a multipath connection is a TCP socket like others; of one that listens, the one that does. */
struct mptcp_sock { struct sock *first; };
struct tcp_sock { __u64 bytes_sent; __u64 bytes_retrans; __u64 bytes_received; };
struct socket { struct sock *sk; };

struct tty_driver { const char *name; };
struct tty_struct { int index; struct tty_driver *driver; char name[64]; };

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
	struct tty_struct *tty;
	__u64 utime;
	__u64 stime;
	unsigned long long sum_sched_runtime;
	unsigned long maxrss;
};

struct kernfs_node { __u64 id; };
struct cgroup_root { int hierarchy_id; };
struct cgroup { struct kernfs_node *kn; struct cgroup_root *root; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct css_set { struct cgroup_subsys_state *subsys[1]; struct cgroup *dfl_cgrp; };
/* Values differ with each kernel's configuration: only bpf_core_enum_value knows them. */
enum cgroup_subsys_id { memory_cgrp_id = 1, pids_cgrp_id = 2 };

struct mm_struct { unsigned long arg_start; unsigned long arg_end; struct file *exe_file; };
struct sched_entity { __u64 sum_exec_runtime; };
struct task_struct {
	unsigned int flags;
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	__u64 utime;
	__u64 stime;
	__u64 start_boottime;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	kuid_t loginuid;              /* CONFIG_AUDIT */
	struct css_set *cgroups;
};

struct linux_binprm { const char *filename; const char *interp; };
struct bpf_iter_meta { struct seq_file *seq; };
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; };
struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

#pragma clang attribute pop

/* include/linux/sched.h */
#define PF_FORKNOEXEC 0x00000040
#define PF_KTHREAD 0x00200000
/* include/linux/sched/signal.h */
#define SIGNAL_GROUP_EXIT 0x00000004
/* include/uapi/linux/magic.h */
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define TMPFS_MAGIC 0x01021994
#define HUGETLBFS_MAGIC 0x958458f6
#define SOCKFS_MAGIC 0x534f434b
/* include/linux/fs.h: 6.13 and later keep a bookkeeping bit in i_ctime_nsec. */
#define CTIME_NSEC_MASK 0x7fffffff
#define AF_INET 2
#define AF_INET6 10
/* include/uapi/linux/stat.h */
#define S_IFMT 00170000
#define S_IFSOCK 0140000
/* include/net/sock.h, enum sock_flags */
#define SOCK_DONE 1
/* include/net/tcp_states.h */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_FIN_WAIT2 5
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK 9
#define TCP_LISTEN 10
#define TCP_CLOSING 11
/* include/uapi/linux/in.h */
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_MPTCP 262
/* include/linux/net.h */
#define SOCK_DGRAM 2
/* include/uapi/asm-generic/errno*.h */
#define EPIPE 32
#define ENETUNREACH 101
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113

#endif
