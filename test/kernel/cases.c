// Process ends and beginnings that a shell cannot make; check-probe.ts runs it in the guest, boot.ts compiles it.
//
//   cases threads COUNT    COUNT processes, one after the other, whose two threads end at the same moment with
//                          different codes; prints [[pid, wait status], ...]
//   cases thread-exec      a process whose second thread, not the first, executes `cases end 5`
//   cases memfd            a process that executes `cases end 6` from a memfd without a path
//   cases end CODE         ends at once
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <unistd.h>

static atomic_int arrived;

// The raw call ends one thread; exit() would end them all.
static void end_together(int code) {
  atomic_fetch_add(&arrived, 1);
  while (atomic_load(&arrived) < 2) continue;
  syscall(SYS_exit, code);
}

static void *second_thread(void *unused) {
  (void)unused;
  end_together(7);
  return NULL;
}

static void *executing_thread(void *unused) {
  (void)unused;
  char *args[] = {"cases", "end", "5", NULL};
  execve("/proc/self/exe", args, NULL);
  _exit(127);
}

static int threads(long count) {
  printf("[");
  for (long n = 0; n < count; n++) {
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
      pthread_t thread;
      if (pthread_create(&thread, NULL, second_thread, NULL)) _exit(127);
      end_together(3);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return 1;
    printf("%s[%d,%d]", n ? "," : "", pid, status);
  }
  printf("]\n");
  return 0;
}

static int execute_memfd(void) {
  int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int to = memfd_create("dropped", MFD_CLOEXEC);
  struct stat file;
  if (from < 0 || to < 0 || fstat(from, &file)) return 1;
  for (off_t done = 0; done < file.st_size;)
    if (sendfile(to, from, &done, file.st_size - done) <= 0) return 1;
  char *args[] = {"cases", "end", "6", NULL};
  char *env[] = {NULL};
  fexecve(to, args, env);
  return 1;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  if (!strcmp(mode, "end") && argc > 2) return atoi(argv[2]);
  if (!strcmp(mode, "threads") && argc > 2) return threads(atol(argv[2]));
  if (!strcmp(mode, "memfd")) return execute_memfd();
  if (!strcmp(mode, "thread-exec")) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, executing_thread, NULL)) return 1;
    for (;;) pause();
  }
  return 2;
}
