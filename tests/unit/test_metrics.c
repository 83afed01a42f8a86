/* Histograms, and how Prometheus reads them. */

#include "tests/support/unit.h"

#include <string.h>

#include "shared/base/buf.h"
#include "shared/monitor/metrics.h"

static const struct tc_scale scale = {.bounds = {500, 1000}, .count = 2, .unit = 1000000};

static void test_a_bound_belongs_to_its_bucket(void **state)
{
    (void)state;
    struct tc_histogram histogram = {0};
    tc_histogram_add(&histogram, &scale, 0);
    tc_histogram_add(&histogram, &scale, 500);
    tc_histogram_add(&histogram, &scale, 501);
    tc_histogram_add(&histogram, &scale, 2000000);
    assert_int_equal(tc_histogram_count(&histogram), 4);

    struct tc_buf out = {0};
    tc_metric_head(&out, "x_seconds", "histogram", "How long.");
    tc_metric_histogram(&out, "x_seconds", "code=\"ok\"", &histogram, &scale);
    assert_string_equal(out.data, "# HELP x_seconds How long.\n"
                                  "# TYPE x_seconds histogram\n"
                                  "x_seconds_bucket{code=\"ok\",le=\"0.0005\"} 2\n"
                                  "x_seconds_bucket{code=\"ok\",le=\"0.001\"} 3\n"
                                  "x_seconds_bucket{code=\"ok\",le=\"+Inf\"} 4\n"
                                  "x_seconds_sum{code=\"ok\"} 2.001001\n"
                                  "x_seconds_count{code=\"ok\"} 4\n");
    tc_buf_free(&out);
}

static void test_writes_counters_and_gauges(void **state)
{
    (void)state;
    struct tc_counter counter = {0};
    tc_counter_add(&counter, 2);
    tc_counter_add(&counter, 3);
    struct tc_buf out = {0};
    tc_metric_counter(&out, "x_total", tc_counter_get(&counter), "Of x.");
    tc_metric_value(&out, "y", "a=\"b\"", UINT64_MAX);
    assert_string_equal(out.data, "# HELP x_total Of x.\n# TYPE x_total counter\nx_total 5\n"
                                  "y{a=\"b\"} 18446744073709551615\n");
    tc_buf_free(&out);
}

static void test_scales_rise(void **state)
{
    (void)state;
    const struct tc_scale *const all[] = {&tc_scale_time, &tc_scale_count};
    for (size_t i = 0; i < 2; i++) {
        assert_in_range(all[i]->count, 1, TC_BUCKETS_MAX);
        for (size_t at = 1; at < all[i]->count; at++)
            assert_true(all[i]->bounds[at - 1] < all[i]->bounds[at]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bound_belongs_to_its_bucket),
        cmocka_unit_test(test_writes_counters_and_gauges),
        cmocka_unit_test(test_scales_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
