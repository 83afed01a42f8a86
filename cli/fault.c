/* What is said when something fails. */

#include "cli/fault.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/show.h"
#include "shared/base/status.h"

bool fault_set(struct fault *fault, enum outcome outcome, const char *field, const char *format,
               ...)
{
    *fault = (struct fault){.outcome = outcome};
    snprintf(fault->field, sizeof(fault->field), "%s", field);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof(fault->message), format, arguments);
    va_end(arguments);
    return false;
}

static enum outcome outcome_of(enum tc_status status)
{
    switch (status) {
    case TC_UNAUTHENTICATED:
        return NO_SESSION;
    case TC_NOT_FOUND:
        return NOT_FOUND;
    case TC_UNAVAILABLE:
    case TC_RATE_LIMITED:
        return UNAVAILABLE;
    default:
        return REFUSED;
    }
}

static const char *text_of(const cJSON *error, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, name));
    return text != NULL ? text : "";
}

bool fault_read(struct fault *fault, const cJSON *error)
{
    const char *code = text_of(error, "code");
    fault_set(fault, outcome_of(tc_status_parse(code)), text_of(error, "field"), "%s",
              text_of(error, "message"));
    snprintf(fault->code, sizeof(fault->code), "%s", code);
    const cJSON *retry = cJSON_GetObjectItemCaseSensitive(error, "retry_after_ms");
    if (cJSON_IsNumber(retry) && retry->valuedouble > 0 && retry->valuedouble < 3600e3)
        fault->retry_after_ms = (int64_t)retry->valuedouble;
    return false;
}

void fault_print(const struct fault *fault)
{
    fputs("tincan: ", stderr);
    if (fault->field[0] != '\0') {
        show_text(stderr, fault->field);
        fputs(": ", stderr);
    }
    show_text(stderr, fault->message);
    if (fault->code[0] != '\0')
        fprintf(stderr, " (%s)", fault->code);
    fputc('\n', stderr);
}
