/* Connections that only are there: the runner looks at the server meanwhile. */

#include <stdio.h>

#include "shared/base/json.h"
#include "tests/bench/client/figure.h"
#include "tests/bench/client/works.h"

static void run(struct load *load)
{
    load_join(load);
    load_hold(load);
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_int(&out, "connections", load->link_count);
    figure_write(&out, "joined_per_s", load->joined_per_s);
    tc_json_end_object(&out);
    puts(out.data);
    tc_buf_free(&out);
}

const struct work work_idle = {.name = "idle", .run = run};
