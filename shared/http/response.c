/* Answers, as bytes. */

#include "shared/http/http.h"

#include <time.h>

#include "shared/base/buf.h"
#include "shared/base/mem.h"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < TC_COUNT(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

static void write_date(int64_t unix_s, struct tc_buf *out)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)unix_s;
    struct tm t;
    gmtime_r(&seconds, &t);
    tc_buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n", days[t.tm_wday], t.tm_mday,
                  months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static bool may_have_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

void http_response_write(const struct http_response *response, int64_t unix_s, struct tc_buf *out)
{
    tc_buf_printf(out, "HTTP/1.1 %d %s\r\n", response->status, reason_of(response->status));
    write_date(unix_s, out);
    if (response->content_type)
        tc_buf_printf(out, "Content-Type: %s\r\n", response->content_type);
    if (may_have_body(response->status))
        tc_buf_printf(out, "Content-Length: %zu\r\n", response->body_size);
    if (response->headers)
        tc_buf_text(out, response->headers);
    tc_buf_text(out, response->keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
    if (may_have_body(response->status) && !response->head_only && response->body_size > 0)
        tc_buf_append(out, response->body, response->body_size);
}
