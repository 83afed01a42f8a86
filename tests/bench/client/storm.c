/* All connections are lost at once. They come back, `opening` at a time, and sync. */

#include <stdio.h>

#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/figure.h"
#include "tests/bench/client/histogram.h"
#include "tests/bench/client/works.h"

#define NS_PER_S 1000000000ULL
#define LATE_NS (60 * NS_PER_S)

struct storm {
    struct histogram back; /* from the loss to the answered sync */
    uint64_t lost_ns;      /* 0: it has not broken loose */
};

static void back(struct load *load, struct link *link)
{
    (void)link;
    struct storm *storm = load->state;
    histogram_add(&storm->back, load->now_ns - storm->lost_ns);
}

static void joined(struct load *load, struct link *link)
{
    const struct storm *storm = load->state;
    if (storm->lost_ns == 0)
        return;
    if (load->protocol->sync != NULL)
        load->protocol->sync(load, link);
    else
        back(load, link);
}

static double break_loose(struct load *load)
{
    struct storm *storm = load->state;
    storm->lost_ns = load->now_ns = load_now();
    for (uint32_t i = 0; i < load->link_count; i++)
        load_drop(load, &load->links[i]);
    load_join(load);
    while (storm->back.count < load->link_count) {
        load_turn(load, load->now_ns + NS_PER_S);
        if (load->now_ns > storm->lost_ns + LATE_NS)
            fail("%llu of %u clients have come back", (unsigned long long)storm->back.count,
                 load->link_count);
    }
    return (double)(load->now_ns - storm->lost_ns) / 1e9;
}

static void run(struct load *load)
{
    struct storm *storm = tc_alloc(sizeof(*storm));
    load->state = storm;
    load_join(load);
    load_hold(load);
    double seconds = break_loose(load);
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_int(&out, "connections", load->link_count);
    figure_write(&out, "seconds", seconds);
    histogram_write(&storm->back, &out, "back_us");
    tc_json_end_object(&out);
    puts(out.data);
    tc_buf_free(&out);
}

const struct work work_storm = {.name = "storm", .run = run, .joined = joined, .answered = back};
