/* The options of nats.c: where the servers are, who we are, what is verified. */

#include "shared/bus/options.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/settings.h"

#define SERVERS_MAX 16

void bus_must(natsStatus status, const char *what)
{
    if (status == NATS_OK)
        return;
    char quoted[TC_QUOTE_SIZE];
    const char *why = nats_GetLastError(NULL);
    tc_log(TC_ERROR, "nats_failed", "what=%s reason=%s", what,
           tc_log_quote(why != NULL && why[0] != '\0' ? why : natsStatus_GetText(status), quoted));
    exit(EXIT_FAILURE);
}

/*
 * Once it has used TLS, nats.c frees at its end what OpenSSL frees at the
 * process's: so OpenSSL is not to. It has to be told before anybody uses it.
 */
__attribute__((constructor)) static void keep_openssl(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
}

static bool is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static void set_servers(natsOptions *options, const char *urls)
{
    const char *servers[SERVERS_MAX];
    int count = 0;
    char *list = tc_strdup(urls), *rest = list;
    for (char *url; (url = strtok_r(rest, ", ", &rest)) != NULL && count < SERVERS_MAX;)
        servers[count++] = url;
    bus_must(natsOptions_SetServers(options, servers, count), "TINCAN_NATS_URL");
    free(list);
}

static void set_identity(natsOptions *options, const struct tc_bus_settings *settings)
{
    if (is_set(settings->user))
        bus_must(natsOptions_SetUserInfo(options, settings->user,
                                         settings->password != NULL ? settings->password : ""),
                 "TINCAN_NATS_USER");
    if (is_set(settings->creds))
        bus_must(natsOptions_SetUserCredentialsFromFiles(options, settings->creds, NULL),
                 "TINCAN_NATS_CREDS");
}

/* Once TLS is wanted a server that has none is refused: it might not be the one we mean. */
static void set_tls(natsOptions *options, const struct tc_bus_settings *settings)
{
    bool certified = is_set(settings->cert) || is_set(settings->key);
    if (is_set(settings->ca) || certified || strstr(settings->urls, "tls://") != NULL)
        bus_must(natsOptions_SetSecure(options, true), "TLS");
    if (is_set(settings->ca))
        bus_must(natsOptions_LoadCATrustedCertificates(options, settings->ca), "TINCAN_NATS_CA");
    if (certified)
        bus_must(natsOptions_LoadCertificatesChain(options, settings->cert, settings->key),
                 "TINCAN_NATS_CERT");
}

natsOptions *options_create(const struct tc_bus_settings *settings, const char *name)
{
    natsOptions *options = NULL;
    bus_must(natsOptions_Create(&options), "options");
    set_servers(options, settings->urls);
    set_identity(options, settings);
    set_tls(options, settings);
    bus_must(natsOptions_SetName(options, name), "name");
    bus_must(natsOptions_SetSendAsap(options, true), "send asap");
    bus_must(natsOptions_SetPingInterval(options, 0), "ping");
    bus_must(natsOptions_SetTimeout(options, 1000), "timeout");
    bus_must(natsOptions_SetMaxReconnect(options, -1), "max reconnect");
    bus_must(natsOptions_SetReconnectWait(options, 250), "reconnect wait");
    bus_must(natsOptions_SetReconnectJitter(options, 200, 200), "reconnect jitter");
    bus_must(natsOptions_UseGlobalMessageDelivery(options, true), "delivery");
    return options;
}

/* Without it natsConnection_Connect would not return before a server has let us in. */
static void on_first_connected(natsConnection *nc, void *closure)
{
    (void)nc, (void)closure;
}

void options_persist(natsOptions *options)
{
    bus_must(natsOptions_SetRetryOnFailedConnect(options, true, on_first_connected, NULL), "retry");
}
