/* MQTT 3.1.1 over TCP, QoS 0. Room N is the topic room/N; own messages come back like anyone's. */

#include <stdio.h>
#include <string.h>

#include "tests/bench/client/body.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"

enum packet { CONNECT = 0x10, CONNACK = 0x20, PUBLISH = 0x30, SUBSCRIBE = 0x82, SUBACK = 0x90 };

#define HEAD_MAX 5

static void write_head(struct tc_buf *out, enum packet packet, size_t size)
{
    tc_buf_byte(out, (char)packet);
    for (; size >= 0x80; size >>= 7)
        tc_buf_byte(out, (char)(0x80 | (size & 0x7f)));
    tc_buf_byte(out, (char)size);
}

static void write_text(struct tc_buf *out, const char *text)
{
    size_t size = strlen(text);
    tc_buf_byte(out, (char)(size >> 8));
    tc_buf_byte(out, (char)size);
    tc_buf_text(out, text);
}

static void greet(struct load *load, struct link *link)
{
    static const char protocol[] = {0, 4, 'M', 'Q', 'T', 'T', 4};
    static const char clean_and_no_keep_alive[] = {2, 0, 0};
    char name[16];
    snprintf(name, sizeof(name), "b%u", link->index);
    write_head(&link->out, CONNECT,
               sizeof(protocol) + sizeof(clean_and_no_keep_alive) + 2 + strlen(name));
    tc_buf_append(&link->out, protocol, sizeof(protocol));
    tc_buf_append(&link->out, clean_and_no_keep_alive, sizeof(clean_and_no_keep_alive));
    write_text(&link->out, name);
    load_send(load, link);
}

static void subscribe(struct load *load, struct link *link)
{
    static const char packet_id[] = {0, 1};
    char topic[16];
    snprintf(topic, sizeof(topic), "room/%u", room_of(load, link));
    write_head(&link->out, SUBSCRIBE, sizeof(packet_id) + 2 + strlen(topic) + 1);
    tc_buf_append(&link->out, packet_id, sizeof(packet_id));
    write_text(&link->out, topic);
    tc_buf_byte(&link->out, 0); /* QoS */
    load_send(load, link);
}

/* A whole packet at the front: its size, and where what follows the head begins. 0: not yet. */
static size_t packet_size(const unsigned char *bytes, size_t size, size_t *head)
{
    size_t length = 0;
    for (size_t i = 1; i < size && i < HEAD_MAX; i++) {
        length |= (size_t)(bytes[i] & 0x7f) << (7 * (i - 1));
        if (bytes[i] < 0x80) {
            *head = i + 1;
            return size - *head >= length ? *head + length : 0;
        }
    }
    return 0;
}

static void take(struct load *load, struct link *link, const char *bytes, size_t head, size_t size)
{
    unsigned char type = (unsigned char)bytes[0];
    if (type == PUBLISH && body_take(load, link, bytes + head, size - head))
        return;
    unsigned char code = (unsigned char)bytes[size - 1];
    if (type == CONNACK && code == 0)
        subscribe(load, link);
    else if (type == SUBACK && code == 0)
        load_link_joined(load, link);
    else
        fail("connection %u: a packet that begins with %02x and ends with %02x", link->index, type,
             code);
}

static size_t mqtt_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    size_t used = 0, head, packet;
    while ((packet = packet_size((unsigned char *)bytes + used, size - used, &head)) > 0) {
        take(load, link, bytes + used, head, packet);
        used += packet;
    }
    return used;
}

static void mqtt_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    char topic[16];
    snprintf(topic, sizeof(topic), "room/%u", room_of(load, link));
    write_head(&link->out, PUBLISH, 2 + strlen(topic) + body_length(load));
    write_text(&link->out, topic);
    body_write(load, stamp, &link->out);
    load_send(load, link);
}

const struct protocol protocol_mqtt = {
    .name = "mqtt", .greet = greet, .read = mqtt_read, .post = mqtt_post};
