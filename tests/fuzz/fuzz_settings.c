/* Settings under libFuzzer: lines "NAME=value" become the environment of a program that has the
 * limits and a text of each kind. What is accepted is within its bounds, and every list is read. */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/url.h"
#include "edge/address.h"
#include "edge/admission.h"
#include "shared/base/buf.h"
#include "shared/base/env.h"
#include "shared/base/limits.h"
#include "shared/base/mem.h"
#include "shared/http/http.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct texts {
    const char *proxies, *origins, *url;
};

static const struct tc_setting text_settings[] = {
    TC_SETTING_TEXT(struct texts, proxies, "TINCAN_PROXY_FROM", "", "networks"),
    TC_SETTING_TEXT(struct texts, origins, "TINCAN_ORIGINS", "", "origins"),
    TC_SETTING_TEXT(struct texts, url, "TINCAN_URL", "", "an edge"),
    {0},
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    stderr = fopen("/dev/null", "w"); /* each refusal is said; the fuzzer has its own way out */
    return stderr == NULL;
}

/* Sets what the input says, as far as it can stand in an environment. */
static void set_all(char *lines)
{
    clearenv();
    for (char *line; (line = strsep(&lines, "\n")) != NULL;) {
        char *name = strsep(&line, "=");
        if (line != NULL && strncmp(name, "TINCAN_", 7) == 0)
            setenv(name, line, 1);
    }
}

static void check_limits(const struct tc_limits *limits)
{
    for (const struct tc_setting *row = tc_limit_settings; row->name != NULL; row++) {
        int64_t value;
        memcpy(&value, (const char *)limits + row->offset, sizeof(value));
        assert(value >= row->low && value <= row->high);
    }
    struct tc_buf out = {0};
    tc_limits_write(limits, &out, NULL);
    tc_buf_free(&out);
}

static void check_networks(const char *list)
{
    static const unsigned char v4[4] = {127, 0, 0, 1};
    struct address address = address_of_v4(v4);
    struct networks *networks = networks_read(list);
    if (networks == NULL)
        return;
    bool any = networks_have(networks, &address);
    assert(!any || list[strspn(list, ", ")] != '\0');
    networks_free(&networks);
}

static void check_origins(const char *list)
{
    const struct http_text host = {"here:8080", 9}, own = {"http://here:8080", 16};
    assert(admission_origin_allowed(own, host, list));
    struct http_text rest = {list, strlen(list)}, item;
    while (http_list_next(&rest, &item))
        assert(admission_origin_allowed(item, host, list));
}

static void check_url(const char *text)
{
    struct url url;
    if (!url_parse(text, &url))
        return;
    assert(url.host[0] != '\0' && atoi(url.port) >= 1 && atoi(url.port) <= 65535);
    assert(strpbrk(url.authority, "/@?# \r\n") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tc_limits limits;
    static struct texts texts;
    static const struct tc_settings settings[] = {
        {tc_limit_settings, &limits}, {text_settings, &texts}, {0}};
    static const struct tc_program program = {"tincan-fuzz", "Is one of ours.", settings};
    char *arguments[] = {"tincan-fuzz", NULL}, *lines = tc_alloc(size + 1);
    memcpy(lines, data, size);
    set_all(lines);
    int status;
    if (tc_program_begin(&program, 1, arguments, &status)) {
        check_limits(&limits);
        check_networks(texts.proxies);
        check_origins(texts.origins);
        check_url(texts.url);
    }
    free(lines);
    return 0;
}
