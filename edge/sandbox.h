/*
 * What the edge gives up for good, since it needs none of it once it runs: to write files, to start
 * programs, to look into other processes. docs/decisions/0020-shut-in.md. Where the kernel does
 * not have one of the two, that one is false, and all else goes on.
 */
#pragma once

#include <stdbool.h>

/* Landlock: from now on this thread, and those that it begins, open files for reading at most. */
bool sandbox_files(void);

/* seccomp: for all threads of the process, these and later ones. What is forbidden is EPERM. */
bool sandbox_calls(void);
