/* The port: a few connections at a time, each read until its request is whole, answered, closed. */

#include "shared/monitor/port.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/http/http.h"

enum {
    VISITORS_MAX = 16, /* at once; further ones are sent away unheard */
    HEAD_BYTES = 4096,
    VISIT_MS = 5000, /* from the beginning to the end */
    BACKLOG = 16,
};

#define PORT_TEXT(member, name, value, help)                                                       \
    TC_SETTING_TEXT(struct tc_port_settings, member, name, value, help)

const struct tc_setting tc_port_settings[] = {
    PORT_TEXT(host, "TINCAN_METRICS_HOST", "127.0.0.1", "address to show metrics and health at"),
    TC_SETTING_NUMBER(struct tc_port_settings, port, "TINCAN_METRICS_PORT", "0", 0, 65535,
                      "port to show them at; 0: any"),
    {0},
};

struct tc_port {
    uv_tcp_t socket;
    const struct tc_page *pages;
    void *ctx;
    struct visitor *visitors;
    size_t visitor_count;
    size_t handles; /* that are not closed yet */
    char url[96];
};

struct visitor {
    struct visitor *next, **link;
    struct tc_port *port;
    uv_tcp_t socket;
    uv_timer_t patience;
    uv_write_t write;
    struct tc_buf answer;
    int handles;
    size_t size;
    char head[HEAD_BYTES];
};

static void let_go(struct tc_port *port)
{
    if (--port->handles == 0)
        free(port);
}

static void on_visitor_closed(uv_handle_t *handle)
{
    struct visitor *visitor = handle->data;
    if (--visitor->handles > 0)
        return;
    let_go(visitor->port);
    tc_buf_free(&visitor->answer);
    free(visitor);
}

static void dismiss(struct visitor *visitor)
{
    if (uv_is_closing((uv_handle_t *)&visitor->socket))
        return;
    *visitor->link = visitor->next;
    if (visitor->next != NULL)
        visitor->next->link = visitor->link;
    visitor->port->visitor_count--;
    uv_close((uv_handle_t *)&visitor->socket, on_visitor_closed);
    uv_close((uv_handle_t *)&visitor->patience, on_visitor_closed);
}

static void on_patience_ended(uv_timer_t *timer)
{
    dismiss(timer->data);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    dismiss(write->data);
}

static const struct tc_page *page_of(const struct tc_port *port, const struct http_request *request)
{
    for (const struct tc_page *page = port->pages; page->path != NULL; page++)
        if (http_text_is(request->path, page->path))
            return page;
    return NULL;
}

/* A HEAD's answer is that of the GET, without its body. */
static void write_page(const struct visitor *visitor, const struct http_request *request,
                       struct http_response *response, struct tc_buf *body)
{
    const struct tc_page *page = page_of(visitor->port, request);
    response->head_only = http_text_is(request->method, "HEAD");
    if (!response->head_only && !http_text_is(request->method, "GET")) {
        response->status = 405;
        response->headers = "Allow: GET, HEAD\r\n";
    } else if (page == NULL) {
        response->status = 404;
    } else {
        response->status = page->write(visitor->port->ctx, body);
        response->content_type = page->type;
    }
}

static void answer(struct visitor *visitor, int status, const struct http_request *request)
{
    struct tc_buf body = {0};
    struct http_response response = {.status = status};
    if (status == 200)
        write_page(visitor, request, &response, &body);
    response.body = body.data;
    response.body_size = body.len;
    http_response_write(&response, tc_now_ms() / 1000, &visitor->answer);
    tc_buf_free(&body);

    uv_read_stop((uv_stream_t *)&visitor->socket);
    uv_buf_t bytes = uv_buf_init(visitor->answer.data, (unsigned)visitor->answer.len);
    if (uv_write(&visitor->write, (uv_stream_t *)&visitor->socket, &bytes, 1, on_written) != 0)
        dismiss(visitor);
}

static void offer_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)suggested;
    struct visitor *visitor = handle->data;
    *out = uv_buf_init(visitor->head + visitor->size, (unsigned)(HEAD_BYTES - visitor->size));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    (void)buf;
    struct visitor *visitor = stream->data;
    if (got < 0) {
        dismiss(visitor);
        return;
    }
    visitor->size += (size_t)got;
    const struct http_limits limits = {.head_bytes = HEAD_BYTES - 1, .body_bytes = 0};
    struct http_request request;
    int status = http_parse(visitor->head, visitor->size, &limits, &request);
    if (status != 0)
        answer(visitor, status, &request);
}

static void on_knock(uv_stream_t *stream, int status)
{
    struct tc_port *port = stream->data;
    if (status != 0)
        return;
    struct visitor *visitor = tc_alloc(sizeof(*visitor));
    *visitor = (struct visitor){.next = port->visitors, .link = &port->visitors, .port = port};
    visitor->socket.data = visitor->patience.data = visitor->write.data = visitor;
    if (visitor->next != NULL)
        visitor->next->link = &visitor->next;
    port->visitors = visitor;
    port->visitor_count++;
    port->handles++;
    visitor->handles = 2;
    uv_tcp_init(stream->loop, &visitor->socket);
    uv_timer_init(stream->loop, &visitor->patience);
    uv_timer_start(&visitor->patience, on_patience_ended, VISIT_MS, 0);
    if (uv_accept(stream, (uv_stream_t *)&visitor->socket) != 0 ||
        port->visitor_count > VISITORS_MAX ||
        uv_read_start((uv_stream_t *)&visitor->socket, offer_room, on_read) != 0)
        dismiss(visitor);
}

static void write_url(struct tc_port *port)
{
    struct sockaddr_storage address = {0};
    int size = sizeof(address);
    uv_tcp_getsockname(&port->socket, (struct sockaddr *)&address, &size);
    bool v6 = address.ss_family == AF_INET6;
    char name[INET6_ADDRSTRLEN];
    uv_ip_name((struct sockaddr *)&address, name, sizeof(name));
    in_port_t number = v6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                          : ((struct sockaddr_in *)&address)->sin_port;
    snprintf(port->url, sizeof(port->url), "http://%s%s%s:%u", v6 ? "[" : "", name, v6 ? "]" : "",
             (unsigned)ntohs(number));
}

static int listen_at(struct tc_port *port, const struct tc_port_settings *settings)
{
    struct sockaddr_storage address = {0};
    int error = uv_ip4_addr(settings->host, (int)settings->port, (struct sockaddr_in *)&address);
    if (error != 0)
        error = uv_ip6_addr(settings->host, (int)settings->port, (struct sockaddr_in6 *)&address);
    if (error == 0)
        error = uv_tcp_bind(&port->socket, (struct sockaddr *)&address, 0);
    return error == 0 ? uv_listen((uv_stream_t *)&port->socket, BACKLOG, on_knock) : error;
}

static void on_port_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

struct tc_port *tc_port_open(struct uv_loop_s *loop, const struct tc_port_settings *settings,
                             const struct tc_page *pages, void *ctx)
{
    struct tc_port *port = tc_alloc(sizeof(*port));
    *port = (struct tc_port){.pages = pages, .ctx = ctx, .handles = 1};
    uv_tcp_init(loop, &port->socket);
    port->socket.data = port;
    int error = listen_at(port, settings);
    if (error != 0) {
        char quoted[TC_QUOTE_SIZE];
        tc_log(TC_ERROR, "cannot_show", "host=%s port=%lld reason=\"%s\"",
               tc_log_quote(settings->host, quoted), (long long)settings->port, uv_strerror(error));
        tc_port_close(&port);
        return NULL;
    }
    write_url(port);
    tc_log(TC_INFO, "showing", "url=%s", port->url);
    return port;
}

const char *tc_port_url(const struct tc_port *port)
{
    return port->url;
}

void tc_port_close(struct tc_port **port)
{
    struct tc_port *old = *port;
    *port = NULL;
    if (old == NULL)
        return;
    for (struct visitor *visitor = old->visitors, *next; visitor != NULL; visitor = next) {
        next = visitor->next;
        dismiss(visitor);
    }
    uv_close((uv_handle_t *)&old->socket, on_port_closed);
}
