/* Who is let in, and what those who are not cost. */

#include "tests/support/unit.h"

#include <arpa/inet.h>

#include "edge/address.h"
#include "edge/gate.h"

static const struct gate_limits limits = {
    .connections = 5,
    .address_connections = 2,
    .address_per_s = 10,
    .address_burst = 4,
    .accepts_per_s = 100,
};

static struct address at(const char *text)
{
    struct address address;
    unsigned char v4[4];
    if (inet_pton(AF_INET, text, v4) == 1)
        return address_of_v4(v4);
    assert_int_equal(inet_pton(AF_INET6, text, address.bytes), 1);
    return address;
}

static enum gate_verdict enter(struct gate *gate, const char *text, int64_t now_ms,
                               struct gate_seat **seat)
{
    struct address address = at(text);
    return gate_enter(gate, &address, now_ms, seat);
}

static void an_address_has_so_many_seats_and_another_has_its_own(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    struct gate_seat *first, *second, *third;
    assert_int_equal(enter(gate, "192.0.2.1", 1, &first), GATE_OPEN);
    assert_int_equal(enter(gate, "192.0.2.1", 1, &second), GATE_OPEN);
    assert_int_equal(enter(gate, "192.0.2.1", 1, &third), GATE_ADDRESS_FULL);
    assert_null(third);
    assert_int_equal(enter(gate, "192.0.2.2", 1, &third), GATE_OPEN);
    gate_leave(&first);
    assert_null(first);
    assert_int_equal(enter(gate, "192.0.2.1", 1000, &first), GATE_OPEN);
    gate_leave(&first);
    gate_leave(&second);
    gate_leave(&third);
    gate_free(&gate);
}

static void a_network_of_ipv6_is_one_address(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    struct gate_seat *seats[4];
    assert_int_equal(enter(gate, "2001:db8::1", 1, &seats[0]), GATE_OPEN);
    assert_int_equal(enter(gate, "2001:db8::ffff:1:2:3", 1, &seats[1]), GATE_OPEN);
    assert_int_equal(enter(gate, "2001:db8::3", 1, &seats[2]), GATE_ADDRESS_FULL);
    assert_int_equal(enter(gate, "2001:db8:0:1::1", 1, &seats[3]), GATE_OPEN);
    for (int i = 0; i < 4; i++)
        gate_leave(&seats[i]);
    gate_free(&gate);
}

static void an_address_comes_and_asks_so_often(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    struct gate_seat *seat, *late;
    assert_int_equal(enter(gate, "192.0.2.1", 1000, &seat), GATE_OPEN);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gate_ask(gate, seat, 1000), GATE_OPEN);
    assert_int_equal(gate_ask(gate, seat, 1099), GATE_ADDRESS_FAST);
    assert_int_equal(enter(gate, "192.0.2.1", 1099, &late), GATE_ADDRESS_FAST);
    assert_int_equal(gate_ask(gate, seat, 1100), GATE_OPEN);
    gate_leave(&seat);
    gate_free(&gate);
}

/* Else an attacker would be forgotten by going away. */
static void what_an_address_has_used_up_outlives_its_connections(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    struct gate_seat *seat;
    for (int64_t i = 0; i < 4; i++) {
        assert_int_equal(enter(gate, "192.0.2.1", 10000, &seat), GATE_OPEN);
        gate_leave(&seat);
    }
    gate_sweep(gate, 10001);
    assert_int_equal(enter(gate, "192.0.2.1", 10002, &seat), GATE_ADDRESS_FAST);
    gate_sweep(gate, 20000);
    assert_int_equal(enter(gate, "192.0.2.1", 20001, &seat), GATE_OPEN);
    gate_leave(&seat);
    gate_free(&gate);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    assert_int_equal(gate_room(gate, 4), GATE_OPEN);
    assert_int_equal(gate_room(gate, 5), GATE_FULL);
    gate_free(&gate);
}

static void all_together_come_so_fast(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    for (int i = 0; i < 100; i++)
        assert_int_equal(gate_accept(gate, 1000), 0);
    assert_int_equal(gate_accept(gate, 1000), 10);
    assert_int_equal(gate_accept(gate, 1010), 0);
    gate_free(&gate);
}

static void refusals_are_counted(void **state)
{
    (void)state;
    struct gate *gate = gate_create(&limits);
    for (int i = 0; i < 3; i++)
        gate_refuse(gate, GATE_FULL, "192.0.2.1", 1000 + i);
    assert_int_equal(gate_refused(gate, GATE_FULL), 3);
    assert_int_equal(gate_refused(gate, GATE_ADDRESS_FULL), 0);
    gate_free(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_so_many_seats_and_another_has_its_own),
        cmocka_unit_test(a_network_of_ipv6_is_one_address),
        cmocka_unit_test(an_address_comes_and_asks_so_often),
        cmocka_unit_test(what_an_address_has_used_up_outlives_its_connections),
        cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(all_together_come_so_fast),
        cmocka_unit_test(refusals_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
