/* How long each statement takes, and how often the connection was made and lost. */

#include "shared/service/db_connection.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"

static const struct tc_stmt commit = {.name = "commit"};

static void add_all(struct tc_db *db, const struct tc_stmt *const *statements)
{
    for (const struct tc_stmt *const *stmt = statements; stmt != NULL && *stmt != NULL; stmt++) {
        db->timings = tc_realloc(db->timings, (db->timing_count + 1) * sizeof(struct db_timing));
        db->timings[db->timing_count++] = (struct db_timing){.stmt = *stmt};
    }
}

void db_timing_create(struct tc_db *db)
{
    const struct tc_stmt *const commits[] = {&commit, NULL};
    free(db->timings);
    db->timings = NULL;
    db->timing_count = 0;
    add_all(db, db->statements);
    add_all(db, db->more);
    add_all(db, commits);
}

void db_timing_add(struct tc_db *db, const struct tc_stmt *stmt, int64_t began_us)
{
    for (size_t i = 0; i < db->timing_count; i++)
        if (db->timings[i].stmt == (stmt != NULL ? stmt : &commit))
            tc_histogram_add(&db->timings[i].seconds, &tc_scale_time,
                             (uint64_t)(tc_mono_us() - began_us));
}

void db_metrics_write(const struct tc_db *db, struct tc_buf *out)
{
    tc_metric_gauge(out, "tincan_service_database_up", db_has_connection(db),
                    "1 while PostgreSQL is there.");
    tc_metric_counter(out, "tincan_service_database_connects_total", tc_counter_get(&db->connects),
                      "Connections made to PostgreSQL.");
    tc_metric_counter(out, "tincan_service_database_losses_total", tc_counter_get(&db->losses),
                      "Connections to PostgreSQL that were lost, or not made.");
    tc_metric_head(out, "tincan_service_statement_seconds", "histogram",
                   "Round trips to PostgreSQL, by statement; commit ends a transaction.");
    for (size_t i = 0; i < db->timing_count; i++) {
        char labels[96];
        snprintf(labels, sizeof(labels), "statement=\"%s\"", db->timings[i].stmt->name);
        if (tc_histogram_count(&db->timings[i].seconds) > 0)
            tc_metric_histogram(out, "tincan_service_statement_seconds", labels,
                                &db->timings[i].seconds, &tc_scale_time);
    }
}
