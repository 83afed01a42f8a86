#pragma once

/* For the store's files: every statement that this service runs. */
struct tc_stmt;

extern const struct tc_stmt create_stmt, group_is_gone_stmt;
extern const struct tc_stmt find_stmt, listings_stmt, list_stmt;
extern const struct tc_stmt change_stmt, remove_stmt;
extern const struct tc_stmt listings_of_stmt, strike_stmt;
extern const struct tc_stmt close_group_stmt, clear_group_stmt;
