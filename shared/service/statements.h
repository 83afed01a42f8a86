#pragma once

struct tc_stmt;

/*
 * A change that events tell of is lost to everyone else if the process dies
 * between its commit and their publishing, unless it is flagged `writes`; and
 * nothing shows that until it happens. So each statement that changes something,
 * by its SQL, has to say either that or that it is `untold`.
 * Returns the first of a list that ends with NULL which says neither, or both; else NULL.
 */
const struct tc_stmt *statements_undecided(const struct tc_stmt *const *statements);
