/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of a program that runs, read from its task: shared by the exec hook and the task iterator. Pointers that
 * the verifier knows by type are followed directly, which costs a load; all others are copied through a helper, which
 * costs some 40 ns. Either way a racing rename or exit yields a stale value or zero, never a fault.
 */
#ifndef MAYFLY_PROGRAM_BPF_H
#define MAYFLY_PROGRAM_BPF_H

#include "kernel.bpf.h"
#include "record.bpf.h"

/* Keeps clang from folding a bound away that the verifier has to see. */
#define opaque(value) asm volatile("" : "+r"(value))

/* The cgroups that name a task's container: v2, and where `memory` or `pids` is on v1, that hierarchy too. */
static __always_inline void read_v1_cgroup(struct css_set *set, int index, struct record_header *h)
{
	struct cgroup_subsys_state **states = (void *)set + bpf_core_field_offset(struct css_set, subsys);
	struct cgroup_subsys_state *state = 0;
	struct cgroup *cgroup;

	bpf_probe_read_kernel(&state, sizeof(state), &states[index]);
	cgroup = BPF_CORE_READ(state, cgroup);
	h->v1_hierarchy = BPF_CORE_READ(cgroup, root, hierarchy_id);
	h->v1_cgroup_id = h->v1_hierarchy ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

static __always_inline void read_v1_cgroups(struct css_set *set, struct record_header *h)
{
	h->v1_hierarchy = 0;
	h->v1_cgroup_id = 0;
	if (bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		read_v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id), h);
	if (h->v1_hierarchy == 0 &&
	    bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		read_v1_cgroup(set, bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id), h);
}

static __always_inline void read_cgroups(struct task_struct *task, struct record_header *h)
{
	h->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	read_v1_cgroups(task->cgroups, h);
}

static __always_inline void read_key(struct task_struct *task, __u32 *pid, __u64 *start_ns)
{
	*pid = task->tgid;
	*start_ns = task->group_leader->start_boottime;
}

/*
 * Pid namespace and pid of the group leader: a thread's own pid would be the thread's. Copied, because in 6.1
 * the verifier refuses a variable offset to a pointer whose type it knows.
 */
static __always_inline struct upid *innermost_upid(struct task_struct *leader)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u64 level = leader->thread_pid->level;

	return (void *)pid + bpf_core_field_offset(struct pid, numbers) +
	       level * bpf_core_type_size(struct upid);
}

static __always_inline void fill_header(struct record_header *h, __u32 kind, struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;

	h->kind = kind;
	h->flags = 0;
	h->boot_ns = bpf_ktime_get_boot_ns();
	h->pid = task->tgid;
	h->start_ns = leader->start_boottime;
	read_key(task->real_parent, &h->parent_pid, &h->parent_start_ns);
	h->ns_pid = BPF_CORE_READ(innermost_upid(leader), nr);
	read_cgroups(task, h);
}

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/*
 * A record under construction. `end` of the tail lives in memory, not in a register: the verifier forgets a value it
 * reloads, so every turn of a loop looks alike to it and is checked once instead of a million times.
 */
struct program_scratch {
	__u64 end;
	struct program_record r;
};

/* What still has to fit behind the paths. */
#define PATHS_END_MAX (TAIL_MAX - NAME_SIZE - SCRIPT_MAX - INTERPRETER_MAX)

/*
 * Appends the names on the way from `from` up to `root`, as d_path() walks it (fs/d_path.c, prepend_path): through
 * mount points, until the root or the top of the mount tree. Sets the flag `truncated` when there were too many.
 */
static __noinline int append_path(struct program_scratch *s, struct path *from, struct path *root,
				  __u32 truncated)
{
	struct dentry *dentry = from->dentry, *root_dentry = root->dentry;
	struct vfsmount *mnt = from->mnt, *root_mnt = root->mnt;
	struct dentry *top = BPF_CORE_READ(mnt, mnt_root);

/* Unrolled it would be a hundred kilobytes. */
#pragma clang loop unroll(disable)
	for (int step = 0; step < PATH_STEPS; step++) {
		struct dentry *parent;
		__u64 end;
		long size;

		if (dentry == root_dentry && mnt == root_mnt)
			return 0;
		if (dentry == top) {
			struct mount *mount = mount_of(mnt);
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return 0;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
			top = BPF_CORE_READ(mnt, mnt_root);
			continue;
		}
		end = s->end;
		if (end > PATHS_END_MAX)
			break;
		size = bpf_probe_read_kernel_str(s->r.tail + end, NAME_SIZE,
						 BPF_CORE_READ(dentry, d_name.name));
		if (size < 0)
			break;
		s->end = end + size;
		parent = BPF_CORE_READ(dentry, d_parent);
		if (parent == dentry)
			return 0;
		dentry = parent;
	}
	s->r.h.flags |= truncated;
	return 0;
}

/* An overlay inode's upper dentry lies right behind the vfs inode (fs/overlayfs/ovl_entry.h, since 4.13). */
static __always_inline __u8 overlay_origin(struct inode *inode)
{
	struct dentry *upper = 0;
	struct ovl_inode *overlay;

	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	if (!bpf_core_type_exists(struct ovl_inode)) {
		if (!upper || !BPF_CORE_READ(upper, d_inode))
			return ORIGIN_IMAGE;
		return ORIGIN_UNKNOWN;
	}
	overlay = (void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
	upper = BPF_CORE_READ(overlay, __upperdentry);
	if (!upper || !BPF_CORE_READ(upper, d_inode))
		return ORIGIN_IMAGE;
	if (bpf_core_field_exists(overlay->oe))
		return BPF_CORE_READ(overlay, oe, __numlower) ? ORIGIN_COPIED_UP : ORIGIN_DROPPED;
	if (bpf_core_field_exists(((struct ovl_inode___v6_1 *)0)->lowerpath))
		return BPF_CORE_READ((struct ovl_inode___v6_1 *)overlay, lowerpath.dentry) ?
			       ORIGIN_COPIED_UP : ORIGIN_DROPPED;
	if (bpf_core_field_exists(((struct ovl_inode___v5 *)0)->lower))
		return BPF_CORE_READ((struct ovl_inode___v5 *)overlay, lower) ?
			       ORIGIN_COPIED_UP : ORIGIN_DROPPED;
	return ORIGIN_UNKNOWN;
}

/* Compares with the root the process itself sees; never a guess. */
static __always_inline __u8 file_origin(struct task_struct *task, struct inode *inode,
					struct path path, struct path root)
{
	struct super_block *super = inode->i_sb;
	unsigned long magic = super->s_magic;

	if ((magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC) && BPF_CORE_READ(inode, i_nlink) == 0 &&
	    BPF_CORE_READ(path.dentry, d_parent) == path.dentry)
		return ORIGIN_MEMFD;
	if (super == BPF_CORE_READ(root.mnt, mnt_sb) && magic == OVERLAYFS_SUPER_MAGIC)
		return overlay_origin(inode);
	if (path.mnt != root.mnt &&
	    BPF_CORE_READ(mount_of(path.mnt), mnt_ns) == BPF_CORE_READ(task, nsproxy, mnt_ns))
		return ORIGIN_VOLUME;
	return ORIGIN_UNKNOWN;
}

static __always_inline void read_ctime(struct program_record *r, struct inode *inode)
{
	if (bpf_core_field_exists(inode->i_ctime_sec)) {
		r->ctime_seconds = inode->i_ctime_sec;
		r->ctime_ns = inode->i_ctime_nsec & CTIME_NSEC_MASK;
	} else if (bpf_core_field_exists(((struct inode___v6_6 *)0)->__i_ctime)) {
		r->ctime_seconds = BPF_CORE_READ((struct inode___v6_6 *)inode, __i_ctime.tv_sec);
		r->ctime_ns = BPF_CORE_READ((struct inode___v6_6 *)inode, __i_ctime.tv_nsec);
	} else {
		r->ctime_seconds = BPF_CORE_READ((struct inode___v5 *)inode, i_ctime.tv_sec);
		r->ctime_ns = BPF_CORE_READ((struct inode___v5 *)inode, i_ctime.tv_nsec);
	}
}

/* Bit `fd` when it is an internet socket. Private data is a struct socket only for files of sockfs. */
static __always_inline __u8 internet_socket(struct fdtable *table, unsigned int fd)
{
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = 0;
	struct socket *socket;
	__u16 family;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
	if (!file || BPF_CORE_READ(file, f_inode, i_sb, s_magic) != SOCKFS_MAGIC)
		return 0;
	socket = BPF_CORE_READ(file, private_data);
	family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);
	return family == AF_INET || family == AF_INET6 ? 1 << fd : 0;
}

static __always_inline void read_namespaces(struct program_record *r, struct task_struct *task,
					    const struct cred *cred)
{
	struct nsproxy *proxy = task->nsproxy;
	struct upid *upid = innermost_upid(task->group_leader);

	r->ns_mnt = proxy->mnt_ns->ns.inum;
	r->ns_pidns = BPF_CORE_READ(upid, ns, ns.inum);
	r->ns_net = proxy->net_ns->ns.inum;
	r->ns_user = cred->user_ns->ns.inum;
	r->ns_uts = proxy->uts_ns->ns.inum;
	r->ns_ipc = 0;
	if (bpf_core_field_exists(((struct ipc_namespace *)0)->ns))
		r->ns_ipc = proxy->ipc_ns->ns.inum;
	r->ns_cgroup = proxy->cgroup_ns->ns.inum;
}

static __always_inline void read_credentials(struct program_record *r, struct task_struct *task,
					     const struct cred *cred)
{
	r->uid = cred->uid.val;
	r->gid = cred->gid.val;
	r->euid = cred->euid.val;
	bpf_core_read(&r->capabilities, sizeof(r->capabilities), &cred->cap_effective);
	r->login_uid = UNSET_UID;
	if (bpf_core_field_exists(task->loginuid))
		r->login_uid = task->loginuid.val;
}

/* Everything but the arguments and the binary format's own names. */
static __always_inline void fill_program(struct program_scratch *s, struct task_struct *task)
{
	struct program_record *r = &s->r;
	const struct cred *cred = task->cred;
	struct tty_struct *tty = task->signal->tty;
	struct fs_struct *fs = task->fs;
	struct fdtable *table = task->files->fdt;
	struct file *file = task->mm->exe_file;
	struct inode *inode = file->f_inode;
	struct path root = {}, path = {};
	__u64 start;

	read_credentials(r, task, cred);
	read_namespaces(r, task, cred);
	BPF_CORE_READ_STR_INTO(&r->comm, task, comm);
	r->tty[0] = 0;
	if (tty)
		BPF_CORE_READ_STR_INTO(&r->tty, tty, name);
	r->stdio_sockets = 0;
	if (table)
		r->stdio_sockets = internet_socket(table, 0) | internet_socket(table, 1) |
				   internet_socket(table, 2);
	if (task->flags & PF_FORKNOEXEC)
		r->h.flags |= FLAG_FORKED;

	root.mnt = BPF_CORE_READ(fs, root.mnt);
	root.dentry = BPF_CORE_READ(fs, root.dentry);
	start = s->end;
	r->device = 0;
	r->inode = 0;
	r->ctime_seconds = 0;
	r->ctime_ns = 0;
	r->mode = 0;
	r->origin = ORIGIN_UNKNOWN;
	if (file && inode) {
		path.mnt = BPF_CORE_READ(file, f_path.mnt);
		path.dentry = BPF_CORE_READ(file, f_path.dentry);
		r->device = inode->i_sb->s_dev;
		r->inode = inode->i_ino;
		read_ctime(r, inode);
		r->mode = inode->i_mode;
		r->origin = file_origin(task, inode, path, root);
		append_path(s, &path, &root, FLAG_EXE_TRUNCATED);
	} else {
		r->h.flags |= FLAG_NO_FILE;
	}
	r->exe_size = s->end - start;

	start = s->end;
	if (fs) {
		path.mnt = BPF_CORE_READ(fs, pwd.mnt);
		path.dentry = BPF_CORE_READ(fs, pwd.dentry);
		if (!BPF_CORE_READ(path.dentry, d_hash.pprev) &&
		    BPF_CORE_READ(path.dentry, d_parent) != path.dentry)
			r->h.flags |= FLAG_CWD_DELETED;
		append_path(s, &path, &root, FLAG_CWD_TRUNCATED);
	}
	r->cwd_size = s->end - start;
}

/* Bytes of the record, tail included. */
static __always_inline __u64 program_size(struct program_scratch *s)
{
	__u64 end = s->end;

	opaque(end);
	if (end > TAIL_MAX)
		end = TAIL_MAX;
	return sizeof(s->r) - TAIL_MAX + end;
}

#endif
