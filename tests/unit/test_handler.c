/* The handler thread's turn, without a database and NATS: who is run, and who is not any more. */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/service/access.h"
#include "shared/service/ask.h"
#include "shared/service/db.h"
#include "shared/service/decode.h"
#include "shared/service/facts.h"
#include "shared/service/handler.h"
#include "shared/service/listeners.h"
#include "shared/service/outbox_private.h"
#include "shared/service/request_private.h"
#include "shared/service/tally.h"

/* ---- What the rest of a service would do ---- */

static size_t settled;

bool request_decode(struct tc_request *req, const struct tc_service *service)
{
    req->route = &service->routes[0][req->user[0] - '0'];
    return true;
}

void outbox_settle(struct outbox *outbox, struct tc_request **reqs, size_t count)
{
    (void)outbox, (void)reqs;
    settled += count;
}

void outbox_publish(struct outbox *outbox, const struct tc_outbox_event *event,
                    const struct tc_header *more, size_t count)
{
    (void)outbox, (void)event, (void)more, (void)count;
}

void outbox_release(struct outbox *outbox)
{
    (void)outbox;
}

void outbox_tend(struct outbox *outbox)
{
    (void)outbox;
}

void outbox_measure(struct outbox *outbox)
{
    (void)outbox;
}

void outbox_await_room(struct outbox *outbox)
{
    (void)outbox;
}

void listeners_tend(struct listeners *listeners)
{
    (void)listeners;
}

void listeners_answer(struct tc_bus *bus, const struct tc_request *req)
{
    (void)bus, (void)req;
}

void listeners_discard(struct tc_bus *bus, const struct tc_request *req)
{
    (void)bus, (void)req;
}

bool tc_db_is_up(struct tc_db *db)
{
    return db != NULL;
}

void tc_db_release(struct tc_db *db)
{
    (void)db;
}

void ask_for(const struct tc_request *req)
{
    (void)req;
}

#define ID "0190b5a0-0000-7000-8000-00000000000a"

static void note(char what);

enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    (void)question;
    assert_string_equal(verb, "conversation.access");
    note('f');
    *answer = cJSON_Parse("{\"access\":[{\"group_id\":\"" ID "\",\"owner_id\":\"" ID
                          "\",\"role\":\"member\"}]}");
    return TC_OK;
}

unsigned service_losses(void)
{
    return 0;
}

const struct tc_limits *tc_limits(void)
{
    static const struct tc_limits limits;
    return &limits;
}

/* ---- A service ---- */

enum { ONE, MANY, OWN };

#define WAITING_MAX 100

static struct tc_request *request(int route);

static struct tc_request *impatient; /* his asker gives up while the next handler runs */
static struct queue
    *unclosed; /* until the first handler runs, and while it does somebody comes in */
static struct {
    enum { NOBODY, SOMEBODY } who;
    enum lane lane;
    int route;
} newcomer;
static char story[256];

static void note(char what)
{
    story[strlen(story)] = what;
    if (impatient != NULL)
        impatient->deadline_ms = tc_now_ms() - 1;
    impatient = NULL;
    if (unclosed == NULL)
        return;
    if (newcomer.who == SOMEBODY)
        assert_true(queue_add(unclosed, newcomer.lane, request(newcomer.route)));
    queue_close(unclosed);
    unclosed = NULL;
}

static enum tc_status run_one(struct tc_request *req, struct tc_db *db)
{
    (void)req, (void)db;
    note('o');
    return TC_OK;
}

static enum tc_status run_own(struct tc_request *req, struct tc_db *db)
{
    (void)req, (void)db;
    note('p');
    return TC_OK;
}

static void run_many(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    (void)db;
    for (size_t i = 0; i < count; i++) {
        note('m');
        tc_request_finish(reqs[i], TC_OK);
    }
}

static const struct tc_route routes[] = {
    [ONE] = {.op = "one", .handler = run_one},
    [MANY] = {.op = "many", .batch = run_many},
    [OWN] = {.op = "test.own", .handler = run_own, .flags = TC_PRIVATE},
    {0},
};
static const struct tc_route *const tables[] = {routes, NULL};
static const struct tc_service service = {.name = "test", .routes = tables};

static struct tc_request *request(int route)
{
    struct tc_request *req = tc_alloc(sizeof(*req));
    req->user[0] = (char)('0' + route);
    req->began_us = tc_mono_us();
    req->deadline_ms = tc_now_ms() + 60000;
    return req;
}

static struct tc_request *add(struct queue *queue, int route)
{
    struct tc_request *req = request(route);
    assert_true(queue_add(queue, ORDINARY, req));
    return req;
}

static void expect(enum lane lane, int route)
{
    newcomer.who = SOMEBODY;
    newcomer.lane = lane;
    newcomer.route = route;
}

static void run(struct queue *queue)
{
    struct handler handler = {
        .service = &service, .inbox = queue, .most = WAITING_MAX, .tally = tally_create(&service)};
    unclosed = queue;
    handler_run(&handler);
    tally_free(&handler.tally);
    queue_free(&queue);
}

static int begin(void **state)
{
    (void)state;
    settled = 0;
    impatient = NULL;
    newcomer.who = NOBODY;
    memset(story, 0, sizeof(story));
    return 0;
}

static void those_of_one_kind_are_run_together(void **state)
{
    (void)state;
    struct queue *queue = queue_create(0);
    add(queue, MANY);
    add(queue, ONE);
    add(queue, MANY);
    run(queue);
    assert_string_equal(story, "mmo");
    assert_int_equal(settled, 3);
}

static void whom_nobody_waits_for_any_more_is_not_run(void **state)
{
    (void)state;
    for (int route = ONE; route <= MANY; route++) {
        struct queue *queue = queue_create(0);
        begin(NULL);
        add(queue, ONE);
        impatient = add(queue, route);
        add(queue, route);
        run(queue);
        assert_string_equal(story, route == ONE ? "oo" : "om");
        assert_int_equal(settled, 2);
    }
}

static void a_batch_of_nobody_is_not_run(void **state)
{
    (void)state;
    struct queue *queue = queue_create(0);
    add(queue, ONE);
    impatient = add(queue, MANY);
    run(queue);
    assert_string_equal(story, "o");
}

static void kinds_take_turns(void **state)
{
    (void)state;
    struct queue *queue = queue_create(0);
    for (int i = 0; i < 17; i++)
        add(queue, ONE);
    add(queue, MANY);
    add(queue, MANY);
    run(queue);
    assert_string_equal(story, "oooooooo"
                               "mm"
                               "oooooooo"
                               "o");
    assert_int_equal(settled, 19);
}

static void who_comes_while_others_have_their_turn_has_the_next(void **state)
{
    (void)state;
    struct queue *queue = queue_create(0);
    for (int i = 0; i < 17; i++)
        add(queue, ONE);
    expect(ORDINARY, MANY);
    run(queue);
    assert_string_equal(story, "oooooooo"
                               "m"
                               "oooooooo"
                               "o");
}

static void of_clients_no_more_are_let_in_than_may_wait(void **state)
{
    (void)state;
    for (enum lane lane = ORDINARY; lane <= URGENT; lane++) {
        struct queue *queue = queue_create(0);
        begin(NULL);
        for (int i = 0; i < WAITING_MAX + 10; i++)
            add(queue, ONE);
        expect(lane, MANY);
        run(queue);
        assert_int_equal(strchr(story, 'm') - story, lane == URGENT ? 8 : 16);
    }
}

static void what_processes_ask_comes_first(void **state)
{
    (void)state;
    struct queue *queue = queue_create(0);
    add(queue, MANY);
    for (int i = 0; i < 9; i++)
        add(queue, ONE);
    add(queue, OWN);
    run(queue);
    assert_string_equal(story, "p"
                               "m"
                               "oooooooo"
                               "o");
}

static void a_queue_full_of_what_clients_ask_takes_what_is_urgent(void **state)
{
    (void)state;
    struct queue *queue = queue_create(1);
    add(queue, ONE);
    struct tc_request *refused = request(ONE);
    assert_false(queue_add(queue, ORDINARY, refused));
    assert_true(queue_add(queue, URGENT, request(OWN)));
    assert_false(queue_add(queue, URGENT, refused));
    assert_int_equal(queue_count(queue), 2);
    request_free(&refused);
    run(queue);
    assert_string_equal(story, "po");
}

static void facts_are_renewed_when_all_are_answered(void **state)
{
    (void)state;
    struct tc_access access;
    facts_access.renew_after_ms = 0;
    for (int i = 0; i < 2; i++)
        assert_int_equal(tc_access_get(&(struct tc_access_key){ID, ID}, 1, &access), TC_OK);
    struct queue *queue = queue_create(0);
    add(queue, ONE);
    run(queue);
    assert_string_equal(story, "f"
                               "of");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(those_of_one_kind_are_run_together, begin),
        cmocka_unit_test_setup(whom_nobody_waits_for_any_more_is_not_run, begin),
        cmocka_unit_test_setup(a_batch_of_nobody_is_not_run, begin),
        cmocka_unit_test_setup(kinds_take_turns, begin),
        cmocka_unit_test_setup(who_comes_while_others_have_their_turn_has_the_next, begin),
        cmocka_unit_test_setup(of_clients_no_more_are_let_in_than_may_wait, begin),
        cmocka_unit_test_setup(what_processes_ask_comes_first, begin),
        cmocka_unit_test_setup(a_queue_full_of_what_clients_ask_takes_what_is_urgent, begin),
        cmocka_unit_test_setup(facts_are_renewed_when_all_are_answered, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
