/* Which requests open a WebSocket, and how that is answered. */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "edge/handshake.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"

#define HOST "Host: a.example\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define UPGRADE GET "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static const struct {
    int status;
    const char *text;
} handshakes[] = {
    {101, UPGRADE KEY VERSION},
    {101, GET "upgrade: h2c, WebSocket\r\nconnection: keep-alive, UPGRADE\r\n" KEY VERSION},
    {405, "POST / HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION},
    {426, GET KEY VERSION},
    {426, GET "Upgrade: websocket\r\n" KEY VERSION},
    {426, GET "Connection: Upgrade\r\n" KEY VERSION},
    {426, UPGRADE KEY "Sec-WebSocket-Version: 8\r\n"},
    {426, UPGRADE KEY "Sec-WebSocket-Version: 013\r\n"},
    {426, UPGRADE KEY},
    {400, UPGRADE KEY VERSION VERSION},
    {400, UPGRADE VERSION},
    {400, UPGRADE KEY KEY VERSION},
    {400, UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n"},
    {400, UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZTE=\r\n"},
    {400, UPGRADE VERSION "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\n"},
    {400, UPGRADE VERSION KEY "Content-Length: 1\r\n"},
    {400, "GET / HTTP/1.0\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" KEY VERSION},
};

static char *parse_head(const char *lines, struct http_request *out)
{
    const struct http_limits limits = {.head_bytes = 8192, .body_bytes = 16384};
    struct tc_buf buf = {0};
    tc_buf_text(&buf, lines);
    tc_buf_text(&buf, "\r\n");
    assert_int_equal(http_parse(buf.data, buf.len, &limits, out), 200);
    return buf.data;
}

static void a_handshake_is_whole_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TC_COUNT(handshakes); i++) {
        struct http_request request;
        char *text = parse_head(handshakes[i].text, &request);
        if (handshake_status(&request) != handshakes[i].status)
            fail_msg("%d to:\n%s", handshake_status(&request), text);
        free(text);
    }
}

static void the_key_is_accepted_as_in_the_rfc(void **state)
{
    (void)state;
    struct http_request request;
    char accept[HANDSHAKE_ACCEPT_SIZE], *text = parse_head(UPGRADE KEY VERSION, &request);
    handshake_accept(&request, accept);
    assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    struct tc_buf answer = {0};
    handshake_write(accept, "tincan.v1", &answer);
    assert_non_null(strstr(answer.data, "\r\nSec-WebSocket-Protocol: tincan.v1\r\n\r\n"));
    tc_buf_free(&answer);
    free(text);
}

static void offered_protocols_are_listed_in_order(void **state)
{
    (void)state;
    struct http_request request;
    struct handshake_protocols offered;
    char *text = parse_head(GET "Sec-WebSocket-Protocol: tincan.v1,, tincan.token.a-_9 \r\n"
                                "Sec-WebSocket-Protocol: c\r\n",
                            &request);
    assert_true(handshake_protocols(&request, &offered));
    assert_int_equal(offered.count, 3);
    assert_true(http_text_is(offered.items[1], "tincan.token.a-_9"));
    assert_true(http_text_is(offered.items[2], "c"));
    free(text);
    text = parse_head(GET "Sec-WebSocket-Protocol: a b\r\n", &request);
    assert_false(handshake_protocols(&request, &offered));
    free(text);
    text = parse_head(GET "Sec-WebSocket-Protocol: a,b,c,d,e,f,g,h,i\r\n", &request);
    assert_false(handshake_protocols(&request, &offered));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_is_whole_or_refused),
        cmocka_unit_test(the_key_is_accepted_as_in_the_rfc),
        cmocka_unit_test(offered_protocols_are_listed_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
