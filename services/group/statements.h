#pragma once

/* For the store's files: every statement that this service runs. */
struct tc_stmt;

extern const struct tc_stmt create_stmt, find_stmt, edit_stmt, remove_stmt;
extern const struct tc_stmt beginnings_stmt, list_all_stmt, list_found_stmt, list_mine_stmt;
extern const struct tc_stmt join_stmt, ask_stmt, leave_stmt, standings_stmt;
extern const struct tc_stmt members_stmt, requests_stmt;
extern const struct tc_stmt facts_stmt, memberships_stmt;
extern const struct tc_stmt drop_requests_stmt, drop_members_stmt;
