/* The HTTP request parser, and answers. Every request of a table is also
 * given in every shorter piece: no piece may be taken for a whole, nor refused for another reason.
 */

#include "tests/support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/http/http.h"

#define HOST "Host: a.example\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST

static const struct http_limits limits = {.head_bytes = 512, .body_bytes = 100};

/* Of its own size, so that a sanitizer sees every byte read beyond. */
static int parse(const char *text, size_t size, struct http_request *out, char **copy)
{
    *copy = tc_memdup(text, size);
    return http_parse(*copy, size, &limits, out);
}

static int status_of(const char *text, size_t size)
{
    struct http_request request;
    char *copy;
    int status = parse(text, size, &request, &copy);
    free(copy);
    return status;
}

static void check(const char *text, size_t size, int expected)
{
    for (size_t i = 1; i < size; i++) {
        int status = status_of(text, i);
        if (status != 0 && (status != expected || status == 200))
            fail_msg("%d after %zu bytes, not 0 or %d, of:\n%s", status, i, expected, text);
    }
    int status = status_of(text, size);
    if (status != expected)
        fail_msg("%d, not %d, to:\n%s", status, expected, text);
}

/* ---- What is taken and what is refused ---- */

struct row {
    int status;
    const char *text;
    size_t size;
};

#define ROW(status, text)                                                                          \
    {                                                                                              \
        status, text, sizeof(text) - 1                                                             \
    }

static const struct row rows[] = {
    ROW(200, GET "\r\n"),
    ROW(200, POST "Content-Length: 0\r\n\r\n"),
    ROW(200, POST "Content-Length: 100\r\n\r\n"),
    ROW(200, POST "\r\n"),
    ROW(200, "GET /a/b-c_d.e~f%20?q=1&r=%2f HTTP/1.1\r\n" HOST "\r\n"),
    ROW(200, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    ROW(200, "GET / HTTP/1.0\r\n\r\n"),
    ROW(200, "GET http://A.example/x HTTP/1.1\r\n" HOST "\r\n"),
    ROW(200, "GET HTTP://a.example HTTP/1.1\r\n" HOST "\r\n"),
    ROW(200, "GET / HTTP/1.1\r\nhOST:a.example:8080\r\n\r\n"),
    ROW(200, "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
    ROW(200, GET "Empty:\r\nSpaces: \t a b \t\r\nObs: \xE4\r\n\r\n"),
    ROW(200, POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"),

    /* the request line */
    ROW(400, "\r\n\r\n"),
    ROW(400, "\r\n" GET "\r\n"),
    ROW(400, "GET /\r\n" HOST "\r\n"),
    ROW(400, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /  HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
    ROW(400, "GET\t/\tHTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, " GET / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "G(T / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET  HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET index.html HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET * HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /a\\b HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /\xC3\xA4 HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET https://a.example/ HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET http://b.example/ HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET http://a.example:80/ HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET http:// HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET / http/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/1.x\r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/11\r\n" HOST "\r\n"),
    ROW(505, "GET / HTTP/1.2\r\n" HOST "\r\n"),
    ROW(505, "PRI * HTTP/2.0\r\n" HOST "\r\n"),
    ROW(505, "GET / HTTP/0.9\r\n" HOST "\r\n"),
    ROW(501, "BREW / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(501, "get / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(501, "CONNECT a.example:443 HTTP/1.1\r\n" HOST "\r\n"),

    /* the host */
    ROW(400, "GET / HTTP/1.1\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ROW(400, GET HOST "\r\n"),
    ROW(400, "GET / HTTP/1.0\r\n" HOST HOST "\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),

    /* lines */
    ROW(400, GET "A : b\r\n\r\n"),
    ROW(400, GET " A: b\r\n\r\n"),
    ROW(400, GET "A: b\r\n c\r\n\r\n"),
    ROW(400, GET "A: b\r\n\tc\r\n\r\n"),
    ROW(400, GET "A\r\n\r\n"),
    ROW(400, GET ": b\r\n\r\n"),
    ROW(400, GET "A\xC3\xA4: b\r\n\r\n"),
    ROW(400, GET "A: b\n\r\n"),
    ROW(400, GET "A: b\r\r\n\r\n"),
    ROW(400, GET "A: b\rB: c\r\n\r\n"),
    ROW(400, GET "A: b\0c\r\n\r\n"),
    ROW(400, GET "A: b\x01\r\n\r\n"),
    ROW(400, GET "A: b\x7F\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\n" HOST "\r\n"),
    ROW(400, GET "\n"),

    /* how long the body is */
    ROW(400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
    ROW(400, POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"),
    ROW(400, POST "Content-Length: 5, 5\r\n\r\n"),
    ROW(400, POST "Content-Length: +5\r\n\r\n"),
    ROW(400, POST "Content-Length: -5\r\n\r\n"),
    ROW(400, POST "Content-Length: 5 5\r\n\r\n"),
    ROW(400, POST "Content-Length: 0x5\r\n\r\n"),
    ROW(400, POST "Content-Length:\r\n\r\n"),
    ROW(413, POST "Content-Length: 101\r\n\r\n"),
    ROW(413, POST "Content-Length: 18446744073709551617\r\n\r\n"),
    ROW(200, POST "Content-Length: 00000000000000005\r\n\r\n"),
    ROW(411, POST "Transfer-Encoding: Chunked\r\n\r\n"),
    ROW(501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
    ROW(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
    ROW(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ROW(400, POST "Expect: the unexpected\r\nContent-Length: 5\r\n\r\n"),
};

static void what_is_good_is_taken_and_all_else_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < TC_COUNT(rows); i++)
        check(rows[i].text, rows[i].size, rows[i].status);
}

/* ---- Sizes ---- */

static void fill(struct tc_buf *buf, size_t until)
{
    while (buf->len < until)
        tc_buf_byte(buf, 'a');
}

static void a_head_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
    (void)state;
    for (size_t size = 510; size < 516; size++) {
        struct tc_buf buf = {0};
        tc_buf_text(&buf, GET "A: ");
        fill(&buf, size - 4);
        tc_buf_text(&buf, "\r\n\r\n");
        check(buf.data, buf.len, size <= 512 ? 200 : 431);
        tc_buf_free(&buf);
    }
}

static void a_request_line_without_end_is_refused_as_such(void **state)
{
    (void)state;
    struct tc_buf buf = {0};
    tc_buf_text(&buf, "GET /");
    fill(&buf, 600);
    assert_int_equal(status_of(buf.data, 511), 0);
    assert_int_equal(status_of(buf.data, 512), 414);
    tc_buf_free(&buf);
}

static void headers_are_counted(void **state)
{
    (void)state;
    struct tc_buf buf = {0};
    tc_buf_text(&buf, GET);
    for (int i = 1; i < HTTP_HEADERS_MAX; i++)
        tc_buf_text(&buf, "A:b\r\n");
    tc_buf_text(&buf, "\r\n");
    assert_int_equal(status_of(buf.data, buf.len), 200);
    tc_buf_cut(&buf, buf.len - 2);
    tc_buf_text(&buf, "A:b\r\n\r\n");
    assert_int_equal(status_of(buf.data, buf.len), 431);
    tc_buf_free(&buf);
}

/* ---- What is read ---- */

static void the_parts_are_what_they_are(void **state)
{
    (void)state;
    static const char text[] = "POST /a?b=c HTTP/1.1\r\n" HOST "Content-Length: 3\r\n"
                               "X-Mixed: \t one \r\nx-mixed: two\r\n\r\nxyz";
    struct http_request request;
    char *copy;
    assert_int_equal(parse(text, sizeof text - 1, &request, &copy), 200);
    assert_true(http_text_is(request.method, "POST"));
    assert_true(http_text_is(request.path, "/a"));
    assert_true(http_text_is(request.query, "b=c"));
    assert_true(http_text_is(request.host, "a.example"));
    assert_int_equal(request.content_length, 3);
    assert_true(request.has_content_length);
    assert_string_equal(text + request.head_size, "xyz");
    assert_int_equal(request.header_count, 4);
    assert_true(http_text_is(*http_header(&request, "X-MIXED"), "one"));
    assert_int_equal(http_header_count(&request, "x-mixed"), 2);
    assert_null(http_header(&request, "x-mix"));
    assert_true(request.keep_alive);
    free(copy);
}

static void keep_alive_is_for_http_1_1_until_told_otherwise(void **state)
{
    (void)state;
    static const struct {
        bool keep;
        const char *text;
    } cases[] = {
        {true, GET "\r\n"},
        {true, GET "Connection: keep-alive\r\n\r\n"},
        {false, GET "Connection: Close\r\n\r\n"},
        {false, GET "Connection: a, close\r\n\r\n"},
        {false, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"},
    };
    for (size_t i = 0; i < TC_COUNT(cases); i++) {
        struct http_request request;
        char *copy;
        assert_int_equal(parse(cases[i].text, strlen(cases[i].text), &request, &copy), 200);
        assert_int_equal(request.keep_alive, cases[i].keep);
        free(copy);
    }
}

static void an_absolute_target_is_its_path(void **state)
{
    (void)state;
    static const char text[] = "GET http://a.example?x HTTP/1.1\r\n" HOST "\r\n";
    assert_int_equal(status_of(text, sizeof text - 1), 400);
    static const char good[] = "GET http://a.example HTTP/1.1\r\n" HOST "\r\n";
    struct http_request request;
    char *copy;
    assert_int_equal(parse(good, sizeof good - 1, &request, &copy), 200);
    assert_true(http_text_is(request.path, "/"));
    assert_int_equal(request.query.size, 0);
    free(copy);
}

/* ---- Answers ---- */

static void check_answer(struct http_response response, const char *expected)
{
    struct tc_buf out = {0};
    http_response_write(&response, 1795335785, &out);
    assert_string_equal(out.data, expected);
    tc_buf_free(&out);
}

#define DATE "Date: Sun, 22 Nov 2026 08:23:05 GMT\r\n"

static void answers_are_whole(void **state)
{
    (void)state;
    struct http_response response = {.status = 200,
                                     .content_type = "text/plain",
                                     .body = "hi",
                                     .body_size = 2,
                                     .keep_alive = true};
    check_answer(response, "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\n"
                           "Content-Length: 2\r\n\r\nhi");
    response.head_only = true;
    response.keep_alive = false;
    check_answer(response, "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\n"
                           "Content-Length: 2\r\nConnection: close\r\n\r\n");
    check_answer((struct http_response){.status = 204, .keep_alive = true},
                 "HTTP/1.1 204 No Content\r\n" DATE "\r\n");
    check_answer((struct http_response){.status = 405, .headers = "Allow: GET\r\n"},
                 "HTTP/1.1 405 Method Not Allowed\r\n" DATE "Content-Length: 0\r\n"
                 "Allow: GET\r\nConnection: close\r\n\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_good_is_taken_and_all_else_refused),
        cmocka_unit_test(a_head_may_be_as_long_as_the_limit_and_no_longer),
        cmocka_unit_test(a_request_line_without_end_is_refused_as_such),
        cmocka_unit_test(headers_are_counted),
        cmocka_unit_test(the_parts_are_what_they_are),
        cmocka_unit_test(keep_alive_is_for_http_1_1_until_told_otherwise),
        cmocka_unit_test(an_absolute_target_is_its_path),
        cmocka_unit_test(answers_are_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
