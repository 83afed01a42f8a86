/* tincan-edge: its settings, its socket, its beginning and end. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/address.h"
#include "edge/drain.h"
#include "edge/edge.h"
#include "edge/listener.h"
#include "edge/sandbox.h"
#include "edge/site.h"
#include "edge/tls.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/bus/bus.h"
#include "shared/monitor/metrics.h"
#include "shared/monitor/port.h"

#define EDGE_TEXT(member, name, value, help)                                                       \
    TC_SETTING_TEXT(struct edge_settings, member, name, value, help)
#define EDGE_NUMBER(member, name, value, low, high, help)                                          \
    TC_SETTING_NUMBER(struct edge_settings, member, name, value, low, high, help)

static const struct tc_setting settings_table[] = {
    EDGE_TEXT(host, "TINCAN_HTTP_HOST", "127.0.0.1", "address to listen at"),
    EDGE_NUMBER(port, "TINCAN_HTTP_PORT", "8080", 0, 65535, "port to listen at; 0: any"),
    EDGE_TEXT(origins, "TINCAN_ORIGINS", "",
              "origins, by commas, whose pages may connect beside the edge's own"),
    EDGE_TEXT(web_dir, "TINCAN_WEB_DIR", "", "directory of the web client; none is served without"),
    EDGE_TEXT(
        proxies, "TINCAN_PROXY_FROM", "",
        "networks, by commas, of the load balancers: they speak the PROXY protocol, version 2"),
    EDGE_TEXT(tls_certificate, "TINCAN_TLS_CERT", "",
              "PEM file of the certificate and its chain: TLS is spoken, and nothing else"),
    EDGE_TEXT(tls_key, "TINCAN_TLS_KEY", "", "PEM file of the certificate's key"),
    EDGE_NUMBER(drain_ms, "TINCAN_DRAIN_MS", "5000", 0, 600000,
                "milliseconds over which clients are sent away when the edge goes"),
    {0},
};

struct program {
    struct edge edge;
    struct listener *listener;
    struct networks *proxies;
    struct tls_server *tls; /* NULL: in clear */
    struct drain *drain;
    struct tc_port_settings port_settings;
    struct tc_port *port;
    uv_signal_t sigterm, sigint, sighup;
};

static bool open_listener(struct program *program)
{
    struct edge *edge = &program->edge;
    program->listener = listener_create(edge->loop, edge->settings.host,
                                        (uint16_t)edge->settings.port, edge->connections);
    char quoted[TC_QUOTE_SIZE];
    if (program->listener == NULL) {
        tc_log(TC_ERROR, "cannot_listen", "host=%s port=%lld reason=\"%s\"",
               tc_log_quote(edge->settings.host, quoted), (long long)edge->settings.port,
               strerror(errno));
        return false;
    }
    listener_expect_proxies(program->listener, program->proxies);
    listener_encrypt(program->listener, program->tls);
    const char *host = edge->settings.host;
    bool v6 = strchr(host, ':') != NULL;
    tc_log(TC_INFO, "listening", "url=%s://%s%s%s:%u", program->tls ? "https" : "http",
           v6 ? "[" : "", host, v6 ? "]" : "", (unsigned)listener_port(program->listener));
    return true;
}

static int show_metrics(void *ctx, struct tc_buf *out)
{
    metrics_write(ctx, out);
    return 200;
}

static int show_health(void *ctx, struct tc_buf *out)
{
    (void)ctx;
    tc_buf_text(out, "{\"status\":\"ok\"}");
    return 200;
}

static const struct tc_page pages[] = {
    {"/metrics", TC_METRICS_TYPE, show_metrics},
    {"/healthz", "application/json", show_health},
    {0},
};

static void finish(struct edge *edge)
{
    struct program *program = (struct program *)(void *)edge;
    drain_free(&program->drain);
    listener_free(&program->listener);
    tc_port_close(&program->port);
    uv_close((uv_handle_t *)&program->sigterm, NULL);
    uv_close((uv_handle_t *)&program->sigint, NULL);
    uv_close((uv_handle_t *)&program->sighup, NULL);
    edge_close(edge);
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;
    if (program->drain != NULL)
        return;
    tc_log(TC_INFO, "ending", "signal=%d", number);
    listener_stop(program->listener);
    program->drain = drain_begin(&program->edge, finish);
}

static struct tls_server *load_certificate(const struct edge_settings *settings)
{
    char why[TLS_WHY_SIZE], quoted[TC_QUOTE_SIZE];
    struct tls_server *tls = tls_server_create(settings->tls_certificate, settings->tls_key, why);
    if (tls == NULL)
        tc_log(TC_ERROR, "bad_certificate", "reason=%s", tc_log_quote(why, quoted));
    return tls;
}

/* A bad new certificate leaves the old one in its place. */
static void on_renewal(uv_signal_t *signal, int number)
{
    struct program *program = signal->data;
    (void)number;
    struct tls_server *fresh =
        program->tls != NULL ? load_certificate(&program->edge.settings) : NULL;
    if (fresh == NULL || program->drain != NULL) {
        tls_server_free(&fresh);
        return;
    }
    listener_encrypt(program->listener, fresh);
    tls_server_free(&program->tls);
    program->tls = fresh;
    tc_log(TC_INFO, "certificate_renewed", "%s", "");
}

static void open_signals(struct program *program)
{
    signal(SIGPIPE, SIG_IGN);
    uv_loop_t *loop = program->edge.loop;
    uv_signal_init(loop, &program->sigterm);
    uv_signal_init(loop, &program->sigint);
    uv_signal_init(loop, &program->sighup);
    program->sigterm.data = program->sigint.data = program->sighup.data = program;
    uv_signal_start(&program->sigterm, on_signal, SIGTERM);
    uv_signal_start(&program->sigint, on_signal, SIGINT);
    uv_signal_start(&program->sighup, on_renewal, SIGHUP);
}

static bool read_proxies(struct program *program)
{
    const char *list = program->edge.settings.proxies;
    program->proxies = networks_read(list);
    char quoted[TC_QUOTE_SIZE];
    if (program->proxies == NULL)
        tc_log(TC_ERROR, "bad_setting", "name=TINCAN_PROXY_FROM value=%s",
               tc_log_quote(list, quoted));
    return program->proxies != NULL;
}

static bool read_certificate(struct program *program)
{
    const struct edge_settings *settings = &program->edge.settings;
    if (settings->tls_certificate[0] == '\0' && settings->tls_key[0] == '\0')
        return true;
    program->tls = load_certificate(settings);
    return program->tls != NULL;
}

#ifdef TC_SANITIZED
static const bool shuts_in = false; /* a sanitizer writes reports, and looks at us from a process */
#else
static const bool shuts_in = true;
#endif

/* As soon as nothing is to be opened any more. files: what sandbox_files has said. */
static void shut_in(bool files)
{
    bool calls = shuts_in && sandbox_calls();
    tc_log(files && calls ? TC_INFO : TC_WARN, "sandbox", "files=%s calls=%s",
           files ? "read_only" : "free", calls ? "filtered" : "free");
}

static int run(struct program *program)
{
    struct edge *edge = &program->edge;
    edge->site = site_load(edge->settings.web_dir);
    if (edge->site == NULL || !read_proxies(program) || !read_certificate(program))
        return EXIT_FAILURE;
    srand((unsigned)tc_now_ms());
    program->port = tc_port_open(uv_default_loop(), &program->port_settings, pages, edge);
    if (program->port == NULL)
        return EXIT_FAILURE;
    edge->shown_at = tc_port_url(program->port);
    bool files = shuts_in && sandbox_files(); /* before there are threads */
    edge_open(edge, uv_default_loop());
    open_signals(program); /* before anybody is told that it is there, and may send one */
    if (!open_listener(program))
        return EXIT_FAILURE;
    shut_in(files);
    uv_run(edge->loop, UV_RUN_DEFAULT);
    tc_bus_end();
    site_free(&edge->site);
    networks_free(&program->proxies);
    tls_server_free(&program->tls);
    uv_loop_close(edge->loop);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static struct program program;
    const struct tc_settings settings[] = {
        {settings_table, &program.edge.settings},
        {tc_port_settings, &program.port_settings},
        {tc_bus_settings_table, &program.edge.settings.bus},
        {gate_settings, &program.edge.settings.gate},
        {tc_limit_settings, &program.edge.limits},
        {0},
    };
    const struct tc_program about = {
        .name = "tincan-edge",
        .summary = "Speaks WebSocket and HTTP with clients, and NATS with the services.",
        .settings = settings,
    };
    int exit_status;
    if (!tc_program_begin(&about, argc, argv, &exit_status))
        return exit_status;
    return run(&program);
}
