/* The port of those who look after a process: what it answers, and how little it lets anybody hold.
 */

#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "shared/base/buf.h"
#include "shared/monitor/port.h"

#define VISITORS_MAX 16

static uv_loop_t loop;
static struct tc_port *port;
static uint16_t number;

static int write_page(void *ctx, struct tc_buf *out)
{
    tc_buf_text(out, ctx);
    return 200;
}

static const struct tc_page pages[] = {{"/page", "text/plain", write_page}, {0}};

static int open_port(void **state)
{
    (void)state;
    static char body[] = "here";
    uv_loop_init(&loop);
    port = tc_port_open(&loop, &(struct tc_port_settings){"127.0.0.1", 0}, pages, body);
    number = (uint16_t)strtoul(strrchr(tc_port_url(port), ':') + 1, NULL, 10);
    return 0;
}

static int close_port(void **state)
{
    (void)state;
    tc_port_close(&port);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static int visit(const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(number)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(fd, text, strlen(text), 0), strlen(text));
    return fd;
}

/* What comes until the end, in out. */
static void hear(int fd, char *out, size_t size)
{
    size_t len = 0;
    ssize_t got = 1;
    while (got != 0 && (got > 0 || errno == EAGAIN)) {
        uv_run(&loop, UV_RUN_NOWAIT);
        got = recv(fd, out + len, size - 1 - len, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
    }
    out[len] = '\0';
    close(fd);
}

static void assert_answer(const char *request, const char *status, const char *tail)
{
    char answer[1024];
    hear(visit(request), answer, sizeof(answer));
    assert_memory_equal(answer, "HTTP/1.1 ", 9);
    assert_memory_equal(answer + 9, status, strlen(status));
    assert_string_equal(answer + strlen(answer) - strlen(tail), tail);
}

static void test_answers_one_request(void **state)
{
    (void)state;
    assert_answer("GET /page HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK",
                  "Connection: close\r\n\r\nhere");
    assert_answer("HEAD /page?x HTTP/1.1\r\nHost: a\r\n\r\n", "200 OK",
                  "Connection: close\r\n\r\n");
    assert_answer("GET /other HTTP/1.1\r\nHost: a\r\n\r\n", "404", "\r\n\r\n");
    assert_answer("PUT /page HTTP/1.1\r\nHost: a\r\n\r\n", "405", "\r\n\r\n");
    assert_answer("GET /page HTTP/1.1\r\n\r\n", "400", "\r\n\r\n");
    assert_answer("GET /page HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", "413", "\r\n\r\n");
}

static void test_takes_a_request_in_pieces(void **state)
{
    (void)state;
    int fd = visit("GET /page HTTP/1.1\r\nHo");
    for (int i = 0; i < 10; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(send(fd, "st: a\r\n\r\n", 9, 0), 9);
    char answer[1024];
    hear(fd, answer, sizeof(answer));
    assert_non_null(strstr(answer, "\r\n\r\nhere"));
}

static void test_refuses_what_is_too_long(void **state)
{
    (void)state;
    char request[4096] = "GET /page HTTP/1.1\r\nX: ";
    size_t len = strlen(request);
    memset(request + len, 'x', 4095 - len);
    assert_answer(request, "431", "\r\n\r\n");
}

/* Whether the other side has closed it, asked without waiting. */
static bool is_closed(int fd)
{
    char byte;
    uv_run(&loop, UV_RUN_NOWAIT);
    ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

static void test_bounds_visitors_and_their_time(void **state)
{
    (void)state;
    int silent[VISITORS_MAX];
    for (size_t i = 0; i < VISITORS_MAX; i++)
        silent[i] = visit("GET");
    int one_more = visit("GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
    while (!is_closed(one_more))
        continue;
    close(one_more);
    for (size_t i = 0; i < VISITORS_MAX; i++) {
        assert_true(i > 0 || !is_closed(silent[i]));
        while (!is_closed(silent[i]))
            uv_run(&loop, UV_RUN_ONCE);
        close(silent[i]);
    }
    assert_answer("GET /page HTTP/1.1\r\nHost: a\r\n\r\n", "200", "here");
}

static void test_says_when_it_cannot_listen(void **state)
{
    (void)state;
    assert_null(tc_port_open(&loop, &(struct tc_port_settings){"127.0.0.1", number}, pages, NULL));
    assert_null(tc_port_open(&loop, &(struct tc_port_settings){"localhost", 0}, pages, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_one_request),
        cmocka_unit_test(test_takes_a_request_in_pieces),
        cmocka_unit_test(test_refuses_what_is_too_long),
        cmocka_unit_test(test_bounds_visitors_and_their_time),
        cmocka_unit_test(test_says_when_it_cannot_listen),
    };
    return cmocka_run_group_tests(tests, open_port, close_port);
}
