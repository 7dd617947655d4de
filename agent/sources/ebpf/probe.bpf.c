// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Mayfly's probe: one record per exec, exit of a thread group, fork of a thread group, and cgroup made or removed, into
 * a ring that outlives its reader; plus a task iterator for what already runs. TCP is in tcp.bpf.h, UDP and DNS in
 * datagram.bpf.h. Loaded by probe-loader.ts.
 *
 * Only tracing hooks that lockdown=integrity allows, and only helpers of 5.8, so that one object serves all; what
 * needs more is loaded where it can be.
 */
#include "kernel.bpf.h"
#include "program.bpf.h"
#include "record.bpf.h"
#include "ring.bpf.h"
#include "tcp.bpf.h"
#include "datagram.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/*
 * What signal->maxrss was at exec, by tgid: the high-water mark of the image before, often the parent's. Removed at
 * exit. Full: the exit is marked inherited, which only says "may be".
 */
struct exec_mark {
	__u64 start_ns;
	__u64 maxrss_pages;
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct exec_mark);
} exec_marks SEC(".maps");

/* Thread groups whose exit was already recorded, for kernels whose tracepoint does not tell the last thread. */
struct group_key {
	__u64 start_ns;
	__u64 pid;
};
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct group_key);
	__type(value, __u8);
} exited SEC(".maps");

SCRATCH(exec_scratch, program_scratch);
SCRATCH(alive_scratch, program_scratch);
SCRATCH(mkdir_scratch, cgroup_record);
SCRATCH(rmdir_scratch, cgroup_record);

/* The script and its interpreter, when the file that runs is not the one that was asked for. */
static __always_inline void read_script(struct program_scratch *s, struct linux_binprm *binprm)
{
	const char *filename = binprm->filename;
	const char *interpreter = binprm->interp;
	__u64 end = s->end;
	long size;

	if (filename == interpreter || end > TAIL_MAX - SCRIPT_MAX - INTERPRETER_MAX)
		return;
	size = bpf_probe_read_kernel_str(s->r.tail + end, SCRIPT_MAX, filename);
	if (size <= 0)
		return;
	end += size;
	s->r.script_size = size;
	if (size == SCRIPT_MAX)
		s->r.h.flags |= FLAG_STRING_TRUNCATED;
	s->end = end;
	end = s->end;
	if (end > TAIL_MAX - INTERPRETER_MAX)
		return;
	size = bpf_probe_read_kernel_str(s->r.tail + end, INTERPRETER_MAX, interpreter);
	if (size <= 0)
		return;
	s->r.interpreter_size = size;
	if (size == INTERPRETER_MAX)
		s->r.h.flags |= FLAG_STRING_TRUNCATED;
	s->end = end + size;
}

/* The argument area [arg_start, arg_end): the kernel has just written it, so it is in memory. */
static __always_inline void read_arguments(struct program_scratch *s, struct task_struct *task)
{
	unsigned long start = task->mm->arg_start;
	unsigned long length = task->mm->arg_end - start;

	s->r.argv_length = length;
	s->r.argv_size = 0;
	s->end = 0;
	if (length > ARGV_MAX)
		length = ARGV_MAX;
	opaque(length);
	if (length > ARGV_MAX)
		return;
	if (bpf_probe_read_user(s->r.tail, length, (void *)start)) {
		s->r.h.flags |= FLAG_ARGV_UNREADABLE;
		return;
	}
	s->r.argv_size = length;
	s->end = length;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binprm)
{
	struct program_scratch *s = scratch_of(&exec_scratch);
	struct exec_mark mark = {};

	count_attempt(KIND_EXEC);
	if (!s)
		return 0;
	fill_header(&s->r.h, KIND_EXEC, task);
	read_arguments(s, task);
	fill_program(s, task);
	s->r.script_size = 0;
	s->r.interpreter_size = 0;
	read_script(s, binprm);

	mark.start_ns = s->r.h.start_ns;
	mark.maxrss_pages = task->signal->maxrss;
	bpf_map_update_elem(&exec_marks, &s->r.h.pid, &mark, BPF_ANY);
	submit(KIND_EXEC, &s->r.h, program_size(s));
	return 0;
}

static __always_inline int record_exit(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct exit_record r = {};
	struct exec_mark *mark;

	count_attempt(KIND_EXIT);
	fill_header(&r.h, KIND_EXIT, task);
	r.status = signal->flags & SIGNAL_GROUP_EXIT ?
			   signal->group_exit_code : leader->exit_code;
	r.uid = task->cred->uid.val;
	/* Threads already reaped, the leader, and the last one; threads between their end and their reaping are missing. */
	r.user_ns = signal->utime + leader->utime;
	r.system_ns = signal->stime + leader->stime;
	r.run_ns = signal->sum_sched_runtime + leader->se.sum_exec_runtime;
	if (task != leader) {
		r.user_ns += task->utime;
		r.system_ns += task->stime;
		r.run_ns += task->se.sum_exec_runtime;
	}
	r.maxrss_pages = signal->maxrss;
	mark = bpf_map_lookup_elem(&exec_marks, &r.h.pid);
	if (!mark || mark->start_ns != r.h.start_ns || mark->maxrss_pages >= r.maxrss_pages)
		r.h.flags |= FLAG_MAXRSS_INHERITED;
	if (mark)
		bpf_map_delete_elem(&exec_marks, &r.h.pid);
	if (task->flags & PF_FORKNOEXEC)
		r.h.flags |= FLAG_FORKED;
	BPF_CORE_READ_STR_INTO(&r.comm, leader, comm);
	submit(KIND_EXIT, &r.h, sizeof(r));
	return 0;
}

/* Since about 6.16 the tracepoint says whether this was the last thread. The loader takes one of the two. */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(on_exit_group_dead, struct task_struct *task, bool group_dead)
{
	if (!group_dead || task->flags & PF_KTHREAD)
		return 0;
	return record_exit(task);
}

/* Before, live == 0 may be seen by several threads that end at once: the first wins. */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(on_exit_first_wins, struct task_struct *task)
{
	struct group_key key = {};
	__u32 pid;
	__u8 one = 1;

	if (task->signal->live.counter != 0 ||
	    task->flags & PF_KTHREAD)
		return 0;
	read_key(task, &pid, &key.start_ns);
	key.pid = pid;
	/* Before 6.4 a map update returned an int: the upper half of what arrives here is zero. */
	if ((int)bpf_map_update_elem(&exited, &key, &one, BPF_NOEXIST) == -17 /* EEXIST */)
		return 0;
	return record_exit(task);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *creator, struct task_struct *child)
{
	struct fork_record r = {};

	if (child->pid != child->tgid ||
	    child->flags & PF_KTHREAD)
		return 0;
	count_attempt(KIND_FORK);
	fill_header(&r.h, KIND_FORK, child);
	read_key(creator, &r.creator_pid, &r.creator_start_ns);
	submit(KIND_FORK, &r.h, sizeof(r));
	return 0;
}

static __always_inline int record_cgroup(struct cgroup *cgroup, const char *path, __u32 flags,
					 struct cgroup_record *r)
{
	__u32 hierarchy = cgroup->root->hierarchy_id;
	__u64 id = cgroup->kn->id;
	long path_size;
	__u64 size;

	if (!r)
		return 0;
	if (hierarchy != 0) {
		/* Any task tells which v1 hierarchy carries memory or pids: this one does. */
		read_v1_cgroups(BPF_CORE_READ((struct task_struct *)bpf_get_current_task(), cgroups), &r->h);
		if (r->h.v1_hierarchy != hierarchy)
			return 0;
	}
	count_attempt(KIND_CGROUP);
	r->h.kind = KIND_CGROUP;
	r->h.flags = flags;
	r->h.boot_ns = bpf_ktime_get_boot_ns();
	r->h.cgroup_id = hierarchy ? 0 : id;
	r->h.v1_cgroup_id = hierarchy ? id : 0;
	r->h.v1_hierarchy = hierarchy;
	path_size = bpf_probe_read_kernel_str(r->tail, CGROUP_PATH_MAX, path);
	if (path_size < 1 || path_size > CGROUP_PATH_MAX)
		path_size = 1;
	if (path_size == CGROUP_PATH_MAX)
		r->h.flags |= FLAG_STRING_TRUNCATED;
	r->path_size = path_size - 1;
	size = sizeof(*r) - CGROUP_PATH_MAX + path_size;
	opaque(size);
	if (size > sizeof(*r))
		size = sizeof(*r);
	submit(KIND_CGROUP, &r->h, size);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgroup, const char *path)
{
	return record_cgroup(cgroup, path, 0, scratch_of(&mkdir_scratch));
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgroup, const char *path)
{
	return record_cgroup(cgroup, path, FLAG_CGROUP_REMOVED, scratch_of(&rmdir_scratch));
}

/* Arguments are absent here: another task's memory cannot be read. The agent takes them from /proc. */
SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	struct program_scratch *s = scratch_of(&alive_scratch);
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct frame_header frame = {};
	__u64 size;

	if (!task || !s)
		return 0;
	/* A group without a live thread has its exit record already. */
	if (task->pid != task->tgid ||
	    task->flags & PF_KTHREAD ||
	    task->signal->live.counter == 0)
		return 0;
	fill_header(&s->r.h, KIND_ALIVE, task);
	s->end = 0;
	s->r.argv_length = 0;
	s->r.argv_size = 0;
	s->r.script_size = 0;
	s->r.interpreter_size = 0;
	fill_program(s, task);
	size = program_size(s);
	frame.size = size;
	bpf_seq_write(seq, &frame, sizeof(frame));
	bpf_seq_write(seq, &s->r, size);
	return 0;
}
