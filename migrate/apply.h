#pragma once

#include <stdbool.h>

#include <stdint.h>

struct database;
struct scripts;

/*
 * Brings the schemas up to date: applies what is not yet in
 * public.tincan_migrations, each script in a transaction of its own. One
 * process at a time; another one waits. A script that has waited lock_ms for
 * what others use lets them go first for as long, and tries again, some minutes
 * in all at the usual 5 s. False: the first script that failed has changed
 * nothing, those before it stay, and the log says why.
 */
bool apply_scripts(struct database *database, const struct scripts *scripts, int64_t lock_ms);
