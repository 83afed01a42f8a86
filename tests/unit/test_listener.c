/* The listening socket, over loopback. */

#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "edge/connections.h"
#include "edge/gate.h"
#include "edge/listener.h"

enum { PATIENCE_S = 20 };

struct house {
    uv_loop_t loop;
    struct connections *connections;
    struct listener *listener;
};

static void open_house(struct house *house)
{
    static const struct connection_ops nobody = {0};
    struct connection_limits limits = connection_limits_default();
    uv_loop_init(&house->loop);
    house->connections = connections_create(&house->loop, &limits, &nobody, NULL);
    house->listener = listener_create(&house->loop, "127.0.0.1", 0, house->connections);
    assert_non_null(house->listener);
    alarm(PATIENCE_S);
}

static void close_house(struct house *house)
{
    listener_free(&house->listener);
    connections_free(&house->connections);
    uv_run(&house->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&house->loop), 0);
    alarm(0);
}

static int come_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void await_count(struct house *house, size_t count)
{
    while (connections_count(house->connections) != count)
        uv_run(&house->loop, UV_RUN_ONCE);
}

static void all_who_come_are_let_in(void **state)
{
    (void)state;
    int clients[300];
    struct house house;
    open_house(&house);
    for (size_t i = 0; i < 300; i++)
        clients[i] = come_to(listener_port(house.listener));
    await_count(&house, 300);
    for (size_t i = 0; i < 300; i++)
        close(clients[i]);
    await_count(&house, 0);
    close_house(&house);
}

static void two_may_listen_at_one_port(void **state)
{
    (void)state;
    struct house house;
    open_house(&house);
    uint16_t port = listener_port(house.listener);
    struct listener *second = listener_create(&house.loop, "127.0.0.1", port, house.connections);
    assert_non_null(second);
    assert_int_equal(listener_port(second), port);
    listener_free(&second);
    close_house(&house);
}

static void an_address_must_be_numeric_and_here(void **state)
{
    (void)state;
    struct house house;
    open_house(&house);
    assert_null(listener_create(&house.loop, "localhost", 0, house.connections));
    assert_int_equal(errno, EINVAL);
    assert_null(listener_create(&house.loop, "192.0.2.1", 0, house.connections));
    assert_int_equal(errno, EADDRNOTAVAIL);
    close_house(&house);
}

static void who_waits_when_it_stops_is_let_in_and_who_comes_later_is_not(void **state)
{
    (void)state;
    struct house house;
    open_house(&house);
    uint16_t port = listener_port(house.listener);
    int client = come_to(port);
    listener_stop(house.listener);
    assert_int_equal(connections_count(house.connections), 1);
    uv_run(&house.loop, UV_RUN_NOWAIT);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int late = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(late, (struct sockaddr *)&address, sizeof address), -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(late);
    close(client);
    close_house(&house);
}

/* With no file number left it neither spins nor forgets who waits. */
static void it_lets_in_when_there_are_file_numbers_again(void **state)
{
    (void)state;
    struct rlimit limit, none;
    struct house house;
    open_house(&house);
    int client = come_to(listener_port(house.listener));
    getrlimit(RLIMIT_NOFILE, &limit);
    none = limit;
    none.rlim_cur = (rlim_t)client + 1;
    setrlimit(RLIMIT_NOFILE, &none);
    int turns = 0;
    for (uint64_t start = uv_now(&house.loop); uv_now(&house.loop) - start < 150; turns++)
        uv_run(&house.loop, UV_RUN_ONCE);
    setrlimit(RLIMIT_NOFILE, &limit);
    assert_true(turns < 10);
    assert_int_equal(connections_count(house.connections), 0);
    await_count(&house, 1);
    close(client);
    close_house(&house);
}

/* ---- With a gate ---- */

static void close_guarded(struct house *house, struct gate *gate)
{
    close_house(house);
    gate_free(&gate);
}

static struct gate *guard(struct house *house, const struct gate_limits *limits)
{
    struct gate *gate = gate_create(limits);
    open_house(house);
    connections_guard(house->connections, gate);
    return gate;
}

static void assert_refused(struct house *house, int client, const char *status_line)
{
    char answer[512];
    ssize_t size;
    assert_int_equal(send(client, "G", 1, 0), 1);
    while ((size = recv(client, answer, sizeof answer - 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
        uv_run(&house->loop, UV_RUN_NOWAIT);
    assert_true(size > 0);
    answer[size] = '\0';
    assert_memory_equal(answer, status_line, strlen(status_line));
    assert_non_null(strstr(answer, "Connection: close"));
}

static const struct gate_limits generous = {1000, 1000, 1000, 1000, 1000, 0};

static void one_more_than_there_is_room_for_is_told_so(void **state)
{
    (void)state;
    struct house house;
    struct gate_limits limits = generous;
    limits.connections = 2;
    struct gate *gate = guard(&house, &limits);
    int clients[3];
    for (int i = 0; i < 3; i++)
        clients[i] = come_to(listener_port(house.listener));
    await_count(&house, 3);
    assert_refused(&house, clients[2], "HTTP/1.1 503 ");
    close(clients[2]);
    await_count(&house, 2);
    close(clients[0]);
    await_count(&house, 1);
    clients[0] = come_to(listener_port(house.listener));
    await_count(&house, 2);
    assert_int_equal(gate_refused(gate, GATE_FULL), 1);
    close(clients[0]);
    close(clients[1]);
    close_guarded(&house, gate);
}

static void one_more_than_an_address_may_have_is_told_so(void **state)
{
    (void)state;
    struct house house;
    struct gate_limits limits = generous;
    limits.address_connections = 1;
    struct gate *gate = guard(&house, &limits);
    int first = come_to(listener_port(house.listener));
    await_count(&house, 1);
    int second = come_to(listener_port(house.listener));
    await_count(&house, 2);
    assert_refused(&house, second, "HTTP/1.1 429 ");
    close(second);
    close(first);
    await_count(&house, 0);
    first = come_to(listener_port(house.listener));
    await_count(&house, 1);
    assert_int_equal(gate_refused(gate, GATE_ADDRESS_FULL), 1);
    close(first);
    close_guarded(&house, gate);
}

/* Those who come too fast are let in later. */
static void it_lets_in_so_many_a_second(void **state)
{
    (void)state;
    struct house house;
    struct gate_limits limits = generous;
    limits.accepts_per_s = 20;
    struct gate *gate = guard(&house, &limits);
    int clients[25];
    for (int i = 0; i < 25; i++)
        clients[i] = come_to(listener_port(house.listener));
    uint64_t start = uv_now(&house.loop);
    await_count(&house, 25);
    uint64_t took = uv_now(&house.loop) - start;
    assert_in_range(took, 100, 5000);
    for (int i = 0; i < 25; i++)
        close(clients[i]);
    close_guarded(&house, gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_who_come_are_let_in),
        cmocka_unit_test(two_may_listen_at_one_port),
        cmocka_unit_test(an_address_must_be_numeric_and_here),
        cmocka_unit_test(who_waits_when_it_stops_is_let_in_and_who_comes_later_is_not),
        cmocka_unit_test(it_lets_in_when_there_are_file_numbers_again),
        cmocka_unit_test(one_more_than_there_is_room_for_is_told_so),
        cmocka_unit_test(one_more_than_an_address_may_have_is_told_so),
        cmocka_unit_test(it_lets_in_so_many_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
