/* Frames from a server and to it. */

#include "tests/support/unit.h"

#include <string.h>

#include "cli/websocket.h"

static enum websocket_parse parse(const char *bytes, size_t size, struct websocket_frame *frame)
{
    return websocket_parse((const unsigned char *)bytes, size, frame);
}

static void a_frame_is_whole_once_all_of_it_is_there(void **state)
{
    (void)state;
    struct websocket_frame frame;
    for (size_t size = 0; size < 7; size++)
        assert_int_equal(parse("\x81\x05hello", size, &frame), WEBSOCKET_PART);
    assert_int_equal(parse("\x81\x05hello and more", 16, &frame), WEBSOCKET_WHOLE);
    assert_int_equal(frame.opcode, 1);
    assert_true(frame.final);
    assert_int_equal(frame.head, 2);
    assert_int_equal(frame.size, 5);
}

static void lengths_have_three_forms(void **state)
{
    (void)state;
    struct websocket_frame frame;
    assert_int_equal(parse("\x01\x7e\x01\x00", 4, &frame), WEBSOCKET_PART);
    assert_int_equal(frame.size, 256);
    assert_int_equal(frame.head, 4);
    assert_false(frame.final);
    assert_int_equal(parse("\x82\x7f\0\0\0\0\0\x01\0\0", 10, &frame), WEBSOCKET_PART);
    assert_int_equal(frame.size, 65536);
    assert_int_equal(frame.head, 10);
}

static void what_no_server_sends_is_bad(void **state)
{
    (void)state;
    struct websocket_frame frame;
    assert_int_equal(parse("\x81\x80", 2, &frame), WEBSOCKET_BAD);         /* masked */
    assert_int_equal(parse("\xc1\x00", 2, &frame), WEBSOCKET_BAD);         /* reserved */
    assert_int_equal(parse("\x09\x00", 2, &frame), WEBSOCKET_BAD);         /* half a ping */
    assert_int_equal(parse("\x89\x7e\x01\x00", 4, &frame), WEBSOCKET_BAD); /* a long one */
    assert_int_equal(parse("\x82\x7f\x80\0\0\0\0\0\0\0", 10, &frame), WEBSOCKET_BAD); /* too long */
}

/* Undoes what websocket_write did, and checks it. */
static void assert_written(size_t size, size_t head)
{
    static const unsigned char mask[4] = {1, 2, 3, 255};
    char *payload = test_malloc(size + 1);
    memset(payload, 'x', size);
    struct tc_buf out = {0};
    websocket_write(&out, 1, mask, payload, size);
    assert_int_equal(out.len, head + 4 + size);
    assert_int_equal((unsigned char)out.data[0], 0x81);
    assert_memory_equal(out.data + head, mask, 4);
    for (size_t i = 0; i < size; i++)
        assert_int_equal((unsigned char)out.data[head + 4 + i] ^ mask[i % 4], 'x');
    out.data[1] = (char)(out.data[1] & 0x7f);
    struct websocket_frame frame;
    assert_int_equal(parse(out.data, out.len, &frame), WEBSOCKET_WHOLE);
    assert_int_equal(frame.size, size);
    assert_int_equal(frame.head, head);
    tc_buf_free(&out);
    test_free(payload);
}

static void what_is_written_is_masked(void **state)
{
    (void)state;
    assert_written(0, 2);
    assert_written(125, 2);
    assert_written(126, 4);
    assert_written(65535, 4);
    assert_written(65536, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_whole_once_all_of_it_is_there),
        cmocka_unit_test(lengths_have_three_forms),
        cmocka_unit_test(what_no_server_sends_is_bad),
        cmocka_unit_test(what_is_written_is_masked),
    };
    return cmocka_run_group_tests_name("cli_websocket", tests, NULL, NULL);
}
