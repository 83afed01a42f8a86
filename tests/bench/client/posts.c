/*
 * Messages to rooms. Each sender has `window` messages under way; the next one follows when one is
 * answered (its own copy has come back), or delivered to all members. Or messages leave at a rate,
 * whatever comes back. In the end each member has had each message of its room, once.
 */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/figure.h"
#include "tests/bench/client/histogram.h"
#include "tests/bench/client/works.h"

#define NS_PER_MS 1000000ULL
#define NS_PER_S 1000000000ULL
#define LATE_NS (10 * NS_PER_S) /* what has not come by then is lost */

struct room {
    uint64_t count, mixed; /* messages sent there, and the sum of their stamps' numbers */
};

struct posts {
    bool by_delivery, alone; /* alone: only the sender hears of it */
    struct room *rooms;
    uint32_t *left;    /* of message `slot` of each sender: copies that free it */
    uint32_t *numbers; /* each sender's next, of those sent at a rate */
    struct histogram answers, deliveries;
    uint64_t begin_ns, end_ns, last_ns;
    uint64_t due_ns; /* when the next one at a rate leaves */
    uint64_t seed;
    uint32_t next_sender;
    uint64_t sent, delivered, expected;
    uint64_t received; /* bytes, before */
};

static struct posts *posts_of(const struct load *load)
{
    return load->state;
}

static void post(struct load *load, struct link *link, uint32_t number, uint64_t ns)
{
    struct posts *posts = posts_of(load);
    struct stamp stamp = {.ns = ns, .sender = link->index, .number = number};
    uint32_t copies = posts->alone ? 1 : (uint32_t)load->options.members;
    uint32_t slot = number % (uint32_t)load->options.window;
    posts->left[link->index * load->options.window + slot] = posts->by_delivery ? copies : 1;
    struct room *room = &posts->rooms[room_of(load, link)];
    room->count++;
    room->mixed += stamp_mix(&stamp);
    posts->sent++;
    posts->expected += copies;
    load->protocol->post(load, link, &stamp);
}

static void delivered(struct load *load, struct link *link, const struct stamp *stamp)
{
    struct posts *posts = posts_of(load);
    bool own = stamp->sender == link->index;
    uint64_t taken = load->now_ns > stamp->ns ? load->now_ns - stamp->ns : 0;
    histogram_add(own ? &posts->answers : &posts->deliveries, taken);
    posts->delivered++;
    posts->last_ns = load->now_ns;
    if (stamp->sender >= load->link_count)
        fail("connection %u: a message of nobody", link->index);
    if (load->options.rate > 0 || !(own || posts->by_delivery))
        return;
    uint32_t window = (uint32_t)load->options.window;
    uint32_t *left = &posts->left[stamp->sender * window + stamp->number % window];
    if (--*left == 0 && load->now_ns < posts->end_ns)
        post(load, &load->links[stamp->sender], stamp->number + window, load->now_ns);
}

static bool is_sender(const struct load *load, uint32_t index)
{
    return index % load->options.members < load->options.senders &&
           index / load->options.members < load->options.sending;
}

static void begin_windows(struct load *load)
{
    for (uint32_t i = 0; i < load->link_count; i++)
        for (uint32_t slot = 0; slot < load->options.window && is_sender(load, i); slot++)
            post(load, &load->links[i], slot, load->now_ns);
}

/* Exponentially distributed, from a fixed seed: arrivals of many who know nothing of each other. */
static uint64_t pause_ns(struct load *load)
{
    struct posts *posts = posts_of(load);
    posts->seed ^= posts->seed << 13;
    posts->seed ^= posts->seed >> 7;
    posts->seed ^= posts->seed << 17;
    double part = (double)(posts->seed >> 11) / (double)(1ULL << 53);
    return (uint64_t)(-log(1.0 - part) * (double)NS_PER_S / (double)load->options.rate);
}

static void post_due(struct load *load)
{
    struct posts *posts = posts_of(load);
    while (posts->due_ns <= load->now_ns && posts->due_ns < posts->end_ns) {
        do
            posts->next_sender = (posts->next_sender + 1) % load->link_count;
        while (!is_sender(load, posts->next_sender));
        post(load, &load->links[posts->next_sender], posts->numbers[posts->next_sender]++,
             posts->due_ns);
        posts->due_ns += pause_ns(load);
    }
}

/* Every member has had every message of its room, and each once. */
static void check(const struct load *load)
{
    const struct posts *posts = posts_of(load);
    for (uint32_t i = 0; i < load->link_count && !posts->alone; i++) {
        const struct link *link = &load->links[i];
        const struct room *room = &posts->rooms[room_of(load, link)];
        if (link->count != room->count || link->mixed != room->mixed)
            fail("connection %u has had %llu messages of %llu, or not the right ones", i,
                 (unsigned long long)link->count, (unsigned long long)room->count);
    }
}

static void clear(struct load *load)
{
    struct posts *posts = posts_of(load);
    posts->answers = posts->deliveries = (struct histogram){0};
    posts->sent = posts->delivered = posts->expected = 0;
    posts->received = load->received;
}

static void span(struct load *load, int64_t ms)
{
    struct posts *posts = posts_of(load);
    clear(load);
    load->now_ns = load_now();
    posts->begin_ns = posts->due_ns = load->now_ns;
    posts->end_ns = posts->begin_ns + (uint64_t)ms * NS_PER_MS;
    if (load->options.rate == 0)
        begin_windows(load);
    while (load->now_ns < posts->end_ns || posts->delivered < posts->expected) {
        bool at_rate = load->options.rate > 0 && posts->due_ns < posts->end_ns;
        load_turn(load, at_rate ? posts->due_ns : load->now_ns + NS_PER_S);
        if (at_rate)
            post_due(load);
        if (load->now_ns > posts->end_ns + LATE_NS)
            fail("%llu of %llu deliveries are missing",
                 (unsigned long long)(posts->expected - posts->delivered),
                 (unsigned long long)posts->expected);
    }
    check(load);
}

static void tell(const struct load *load, double cpu)
{
    const struct posts *posts = posts_of(load);
    uint64_t bytes = load->received - posts->received;
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_int(&out, "connections", load->link_count);
    figure_write(&out, "joined_per_s", load->joined_per_s);
    tc_json_int(&out, "messages", (int64_t)posts->sent);
    tc_json_int(&out, "deliveries", (int64_t)posts->delivered);
    figure_write(&out, "seconds", (double)(posts->last_ns - posts->begin_ns) / 1e9);
    figure_write(&out, "bytes_a_delivery", (double)bytes / (double)posts->delivered);
    figure_write(&out, "client_cpu_seconds", cpu);
    histogram_write(&posts->answers, &out, "answer_us");
    histogram_write(&posts->deliveries, &out, "delivery_us");
    tc_json_end_object(&out);
    puts(out.data);
    tc_buf_free(&out);
}

static void run(struct load *load)
{
    const struct options *options = &load->options;
    struct posts *posts = tc_alloc(sizeof(*posts));
    if (options->users != options->rooms * options->members)
        fail("users must be rooms * members: each is in one room");
    load->state = posts;
    posts->seed = 88172645463325252ULL;
    posts->by_delivery = strcmp(options->pace, "delivered") == 0;
    posts->alone = strcmp(options->nonce, "same") == 0;
    posts->rooms = tc_alloc((size_t)options->rooms * sizeof(*posts->rooms));
    posts->left = tc_alloc((size_t)(load->link_count * options->window) * sizeof(*posts->left));
    posts->numbers = tc_alloc(load->link_count * sizeof(*posts->numbers));
    load_join(load);
    span(load, options->warm_ms);
    load_hold(load);
    double cpu = figure_cpu();
    span(load, options->ms);
    tell(load, figure_cpu() - cpu);
}

const struct work work_posts = {.name = "posts", .run = run, .delivered = delivered};
