/* Requests that concern nobody else: each connection asks, and asks again when it is answered. */

#include <stdio.h>

#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/figure.h"
#include "tests/bench/client/histogram.h"
#include "tests/bench/client/works.h"

#define NS_PER_MS 1000000ULL
#define NS_PER_S 1000000000ULL
#define LATE_NS (10 * NS_PER_S)

struct asks {
    struct histogram answers;
    uint64_t asked, last_ns, end_ns;
};

static void ask(struct load *load, struct link *link)
{
    struct asks *asks = load->state;
    asks->asked++;
    link->since_ns = load->now_ns;
    load->protocol->ask(load, link);
}

static void answered(struct load *load, struct link *link)
{
    struct asks *asks = load->state;
    asks->last_ns = load->now_ns;
    histogram_add(&asks->answers, load->now_ns - link->since_ns);
    if (load->now_ns < asks->end_ns)
        ask(load, link);
}

static double span(struct load *load, int64_t ms)
{
    struct asks *asks = load->state;
    uint64_t begin_ns = load->now_ns = load_now();
    *asks = (struct asks){.end_ns = begin_ns + (uint64_t)ms * NS_PER_MS};
    for (uint32_t i = 0; i < load->link_count; i++)
        ask(load, &load->links[i]);
    while (asks->answers.count < asks->asked) {
        load_turn(load, load->now_ns + NS_PER_S);
        if (load->now_ns > asks->end_ns + LATE_NS)
            fail("%llu answers are missing",
                 (unsigned long long)(asks->asked - asks->answers.count));
    }
    return (double)(asks->last_ns - begin_ns) / 1e9;
}

static void run(struct load *load)
{
    struct asks *asks = tc_alloc(sizeof(*asks));
    load->state = asks;
    load_join(load);
    span(load, load->options.warm_ms);
    load_hold(load);
    double seconds = span(load, load->options.ms);
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_int(&out, "count", (int64_t)asks->asked);
    figure_write(&out, "seconds", seconds);
    histogram_write(&asks->answers, &out, "answer_us");
    tc_json_end_object(&out);
    puts(out.data);
    tc_buf_free(&out);
}

const struct work work_asks = {.name = "asks", .run = run, .answered = answered};
