/* Landlock for files and a seccomp filter for system calls, by the kernel's own interface. */

#include "edge/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/base/mem.h"

/* ---- Files ---- */

/* All that changes a file or runs it; what newer versions of Landlock know beside it. */
#define ALL_OF_VERSION_1 ((1ULL << 13) - 1)
#define READING (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TRUNCATE (1ULL << 14)  /* version 3 */
#define IOCTL_DEV (1ULL << 15) /* version 5 */

bool sandbox_files(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return false;
    struct landlock_ruleset_attr rules = {.handled_access_fs = ALL_OF_VERSION_1 & ~READING};
    if (version >= 3)
        rules.handled_access_fs |= TRUNCATE;
    if (version >= 5)
        rules.handled_access_fs |= IOCTL_DEV;
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
    bool held = fd >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                syscall(SYS_landlock_restrict_self, fd, 0) == 0;
    if (fd >= 0)
        close(fd);
    return held;
}

/* ---- System calls ---- */

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#endif

#define FIELD(member) ((uint32_t)offsetof(struct seccomp_data, member))
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define IF(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, yes, no)
#define END(verdict) BPF_STMT(BPF_RET | BPF_K, verdict)
#define REFUSE(error) END(SECCOMP_RET_ERRNO | (error))
#define X32 0x40000000u /* the other numbers of x86-64's calls */

/* Neither programs nor processes, no other process's memory, nothing that only root asks for, and
 * no further io_uring: its requests come past this filter. */
static const uint32_t forbidden[] = {
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
    SYS_execve,
    SYS_execveat,
    SYS_kill,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_kcmp,
    SYS_unshare,
    SYS_setns,
    SYS_chroot,
    SYS_pivot_root,
    SYS_mount,
    SYS_umount2,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_open_by_handle_at,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_io_uring_setup,
    SYS_io_uring_register,
};

/* A filter that grows instruction by instruction. */
struct program {
    struct sock_filter code[192];
    unsigned short size;
};

static void add(struct program *program, struct sock_filter instruction)
{
    program->code[program->size++] = instruction;
}

static void add_calls(struct program *program)
{
    for (size_t i = 0; i < TC_COUNT(forbidden); i++) {
        add(program, (struct sock_filter)IF(BPF_JEQ, forbidden[i], 0, 1));
        add(program, (struct sock_filter)REFUSE(EPERM));
    }
}

/* Threads, yes; clone3 shows its arguments to nobody, so libc is to take clone. */
static void add_threads(struct program *program)
{
    const struct sock_filter code[] = {
        IF(BPF_JEQ, SYS_clone3, 0, 1),
        REFUSE(ENOSYS),
        IF(BPF_JEQ, SYS_clone, 0, 4),
        LOAD(FIELD(args[0])),
        IF(BPF_JSET, CLONE_THREAD, 0, 1),
        END(SECCOMP_RET_ALLOW),
        REFUSE(EPERM),
    };
    for (size_t i = 0; i < TC_COUNT(code); i++)
        add(program, code[i]);
}

/* The network, and what libc asks of it when it looks up a name. */
static void add_sockets(struct program *program)
{
    static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    add(program, (struct sock_filter)IF(BPF_JEQ, SYS_socket, 0, 2 * TC_COUNT(families) + 2));
    add(program, (struct sock_filter)LOAD(FIELD(args[0])));
    for (size_t i = 0; i < TC_COUNT(families); i++) {
        add(program, (struct sock_filter)IF(BPF_JEQ, families[i], 0, 1));
        add(program, (struct sock_filter)END(SECCOMP_RET_ALLOW));
    }
    add(program, (struct sock_filter)REFUSE(EAFNOSUPPORT));
}

bool sandbox_calls(void)
{
#ifdef NATIVE
    struct program program = {.size = 0};
    const struct sock_filter begin[] = {
        LOAD(FIELD(arch)), IF(BPF_JEQ, NATIVE, 1, 0), END(SECCOMP_RET_KILL_PROCESS),
        LOAD(FIELD(nr)),   IF(BPF_JGE, X32, 0, 1),    REFUSE(ENOSYS),
    };
    for (size_t i = 0; i < TC_COUNT(begin); i++)
        add(&program, begin[i]);
    add_calls(&program);
    add_threads(&program);
    add_sockets(&program);
    add(&program, (struct sock_filter)END(SECCOMP_RET_ALLOW));
    const struct sock_fprog filter = {program.size, program.code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
#else
    return false;
#endif
}
