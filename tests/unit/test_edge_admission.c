/* Who may come in: origins, tokens, and the JSON that the edge reads itself. */

#include "tests/support/unit.h"

#include <string.h>

#include "edge/admission.h"
#include "edge/fields.h"
#include "edge/verify.h"
#include "shared/base/id.h"
#include "shared/http/http.h"

static struct http_text text(const char *characters)
{
    return (struct http_text){characters, strlen(characters)};
}

static void a_page_of_the_same_host_and_port_may_connect(void **state)
{
    (void)state;
    static const struct {
        const char *origin, *host, *list;
        bool allowed;
    } cases[] = {
        {"http://chat.example", "chat.example", "", true},
        {"https://chat.example", "chat.example", "", true},
        {"http://Chat.Example", "chat.example", "", true},
        {"http://chat.example:8080", "chat.example:8080", "", true},
        {"https://chat.example", "chat.example:443", "", true},
        {"http://chat.example:80", "chat.example", "", true},
        {"http://[::1]:8080", "[::1]:8080", "", true},
        {"http://chat.example:8080", "chat.example", "", false},
        {"http://chat.example", "chat.example:8080", "", false},
        {"http://chat.example", "chat.example:443", "", false},
        {"http://evil.example", "chat.example", "", false},
        {"http://chat.example.evil.example", "chat.example", "", false},
        {"http://chat.exampl", "chat.example", "", false},
        {"null", "chat.example", "", false},
        {"", "chat.example", "", false},
        {"http://", "", "", false},
        {"ftp://chat.example", "chat.example", "", false},
        {"chat.example", "chat.example", "", false},
        {"https://app.example", "chat.example", "https://app.example", true},
        {"https://app.example", "chat.example", "https://x.example, https://app.example", true},
        {"http://app.example", "chat.example", "https://app.example", false},
        {"https://app.example:1", "chat.example", "https://app.example", false},
        {"https://app", "chat.example", "https://app.example", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (admission_origin_allowed(text(cases[i].origin), text(cases[i].host), cases[i].list) !=
            cases[i].allowed)
            fail_msg("origin %s, host %s, list %s", cases[i].origin, cases[i].host, cases[i].list);
}

static bool bearer_of(const char *value, struct http_text *token)
{
    struct http_request request = {.header_count = 1};
    request.headers[0] = (struct http_header){text("authorization"), text(value)};
    return admission_bearer(&request, token);
}

static void a_bearer_token_is_taken_from_its_header(void **state)
{
    (void)state;
    struct http_text token;
    assert_true(bearer_of("Bearer abc", &token));
    assert_true(http_text_is(token, "abc"));
    assert_true(bearer_of("bearer abc", &token));
    assert_false(bearer_of("Bearer ", &token));
    assert_false(bearer_of("Bearer", &token));
    assert_false(bearer_of("Basic abc", &token));
    assert_false(bearer_of("", &token));
}

static void a_token_is_known_by_its_sha256(void **state)
{
    (void)state;
    unsigned char hash[TOKEN_HASH_SIZE];
    char text[TOKEN_TEXT_SIZE];
    token_hash("abc", 3, hash);
    token_hash_write(hash, text);
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static struct field field(const char *json)
{
    return (struct field){json, strlen(json)};
}

static void members_are_found_whatever_is_around_them(void **state)
{
    (void)state;
    struct field value;
    char out[8];
    assert_true(
        field_find(field(" { \"a\" : [1, {\"b\":2}] , \"b\" : \"x\\u0041\" } "), "b", &value));
    assert_true(field_text(value, out, sizeof(out)));
    assert_string_equal(out, "xA");
    assert_true(field_find(field("{\"a\":[1, {}]}"), "a", &value));
    assert_int_equal(value.size, strlen("[1, {}]"));
    assert_false(field_text(value, out, sizeof(out)));
    assert_false(field_find(field("{\"a\":1}"), "b", &value));
    assert_false(field_find(field("[\"a\"]"), "a", &value));
    assert_false(field_find(field("{\"a\":"), "a", &value));
    assert_false(field_find(field(""), "a", &value));
}

static void only_ids_are_taken_for_ids(void **state)
{
    (void)state;
    char id[TC_ID_SIZE];
    assert_true(field_id(field("\"018f0000-0000-7000-8000-000000000001\""), id));
    assert_false(field_id(field("\"018f0000-0000-7000-8000-00000000000\""), id));
    assert_false(field_id(field("\"018f0000-0000-7000-8000-0000000000>>\""), id));
    assert_false(field_id(field("\"*\""), id));
    assert_false(field_id(field("7"), id));
    assert_string_equal(id, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_of_the_same_host_and_port_may_connect),
        cmocka_unit_test(a_bearer_token_is_taken_from_its_header),
        cmocka_unit_test(a_token_is_known_by_its_sha256),
        cmocka_unit_test(members_are_found_whatever_is_around_them),
        cmocka_unit_test(only_ids_are_taken_for_ids),
    };
    return cmocka_run_group_tests_name("edge_admission", tests, NULL, NULL);
}
