/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "tests/unit.h"

#include "event/port-name.h"
#include "monitor/port-counters.h"
#include "monitor/port-history.h"
#include "openvswitch/poll-loop.h"
#include "ovs-thread.h"
#include "tests/monitor-unit.h"

/* Counters of ports, from readings that the tests make up to what reports
 * say, against a model that remembers everything. */

#define E0 UINT64_C(1000)
#define FAR UINT64_MAX

/* Time in epoch E0 + 'epoch'. */
static uint64_t
at(uint64_t epoch)
{
    return (E0 + epoch) * EPOCH_US + EPOCH_US - 17;
}

static struct port_reading
reading_of(uint32_t port, enum port_counter counter, uint64_t value)
{
    struct port_reading reading = { .port = port, .has = 1u << counter };

    reading.values[counter] = value;
    return reading;
}

/* Adds a reading of one counter of port 1, and returns what it changed by; -1
 * if that is not known. */
static int64_t
change_of(struct port_counters *pc, enum port_counter counter, uint64_t value)
{
    struct port_reading reading = reading_of(1, counter, value);
    struct port_sample *sample;
    int64_t change;

    ck_assert(port_counters_add(pc, at(0), &reading, 1));
    sample = port_counters_pop(pc, 0, FAR);
    ck_assert_uint_eq(sample->n, 1);
    ck_assert_uint_eq(sample->changes[0].port, 1);
    ck_assert(sample->changes[0].has == (sample->changes[0].has
                                         & (1u << counter)));
    change = sample->changes[0].has ? sample->changes[0].values[counter] : -1;
    ck_assert(!sample->changes[0].moved == (change <= 0));
    free(sample);
    return change;
}

START_TEST(test_change)
{
    struct port_counters *pc = port_counters_create(EPOCH_US);

    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 5), -1);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 5), 0);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 12), 7);

    /* Another counter has a first reading of its own. */
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_TX_FAILED, 3), -1);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_TX_FAILED, 4), 1);

    /* The device was reset, then counts again. */
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 2), 0);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 4), 2);

    /* Wraps of 32 and of 64 bits. */
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_ERRORS, UINT32_MAX), -1);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_ERRORS, 1), 0);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_TX_ERRORS, UINT64_MAX), -1);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_TX_ERRORS, 0), 0);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_TX_ERRORS, 1), 1);

    /* A level is what it is. */
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_QDISC_BACKLOG, 900), 900);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_QDISC_BACKLOG, 0), 0);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_QDISC_BACKLOG, 100), 100);
    port_counters_destroy(pc);
}
END_TEST

/* What a port that was not read, that was gone, or that nobody asked for does
 * to the next change. */
START_TEST(test_gaps)
{
    struct port_counters *pc = port_counters_create(EPOCH_US);
    struct port_reading unread = { .port = 1 };
    struct port_reading other = reading_of(2, PORT_COUNTER_RX_DROPPED, 1);

    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 5), -1);
    ck_assert(port_counters_add(pc, at(0), &unread, 1));
    free(port_counters_pop(pc, 0, FAR));
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 9), 4);

    ck_assert(port_counters_add(pc, at(0), &other, 1));
    free(port_counters_pop(pc, 0, FAR));
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 19), -1);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 20), 1);

    /* A port that goes leaves the others alone. */
    struct port_reading both[2] = {
        other, reading_of(1, PORT_COUNTER_RX_DROPPED, 22),
    };
    ck_assert(port_counters_add(pc, at(0), both, 2));
    free(port_counters_pop(pc, 0, FAR));
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 23), 1);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 25), 2);

    port_counters_forget(pc);
    ck_assert_int_eq(change_of(pc, PORT_COUNTER_RX_DROPPED, 29), -1);
    port_counters_destroy(pc);
}
END_TEST

static uint64_t
pop_epoch(struct port_counters *pc, uint64_t first, uint64_t end)
{
    struct port_sample *sample = port_counters_pop(pc, E0 + first, E0 + end);
    uint64_t epoch = sample ? sample->epoch - E0 : FAR;

    free(sample);
    return epoch;
}

/* Which epoch a sample belongs to. */
START_TEST(test_epochs)
{
    struct port_counters *pc = port_counters_create(EPOCH_US);
    struct port_reading reading = reading_of(1, PORT_COUNTER_RX_DROPPED, 5);

    ck_assert(pop_epoch(pc, 0, 100) == FAR);
    for (int i = 3; i < 7; i++) {
        ck_assert(port_counters_add(pc, at(i), &reading, 1));
    }
    ck_assert(pop_epoch(pc, 0, 3) == FAR);
    ck_assert(pop_epoch(pc, 0, 4) == 3);
    ck_assert(pop_epoch(pc, 0, 4) == FAR);

    /* Epochs 4 and 5 are tested already. */
    ck_assert(pop_epoch(pc, 6, 6) == FAR);
    ck_assert(pop_epoch(pc, 6, 7) == 6);
    ck_assert(pop_epoch(pc, 6, 7) == 6);
    ck_assert(pop_epoch(pc, 6, 7) == 6);
    ck_assert(pop_epoch(pc, 6, 7) == FAR);

    /* The last and the first microsecond of an epoch. */
    ck_assert(port_counters_add(pc, (E0 + 8) * EPOCH_US - 1, &reading, 1));
    ck_assert(port_counters_add(pc, (E0 + 8) * EPOCH_US, &reading, 1));
    ck_assert(pop_epoch(pc, 0, 100) == 7);
    ck_assert(pop_epoch(pc, 0, 100) == 8);

    /* The clock went back. */
    ck_assert(port_counters_add(pc, at(2), &reading, 1));
    ck_assert(pop_epoch(pc, 0, 8) == FAR);
    ck_assert(pop_epoch(pc, 0, 9) == 8);
    port_counters_destroy(pc);
}
END_TEST

/* A sweeper that stands still costs bounded memory and no change. */
START_TEST(test_behind)
{
    struct port_counters *pc = port_counters_create(EPOCH_US);
    struct port_sample *sample;
    uint64_t sum = 0;
    int n = 0;

    for (int i = 0; i <= 1000; i++) {
        struct port_reading reading = reading_of(1, PORT_COUNTER_RX_DROPPED,
                                                 i);

        n += port_counters_add(pc, at(i), &reading, 1);
    }
    ck_assert_int_eq(n, 64);
    for (int i = 0; i < 2; i++) {
        while ((sample = port_counters_pop(pc, 0, FAR))) {
            sum += sample->changes[0].values[PORT_COUNTER_RX_DROPPED];
            free(sample);
        }

        struct port_reading reading = reading_of(1, PORT_COUNTER_RX_DROPPED,
                                                 1000);
        ck_assert(port_counters_add(pc, at(1000), &reading, 1));
    }
    ck_assert_uint_eq(sum, 1000);
    port_counters_destroy(pc);          /* Frees what still waits. */
}
END_TEST

START_TEST(test_wanted)
{
    struct port_counters *pc = port_counters_create(EPOCH_US);

    ck_assert(!port_counters_are_wanted(pc));
    port_counters_want(pc, true);
    poll_block();                       /* Returns at once. */
    ck_assert(port_counters_are_wanted(pc));
    port_counters_want(pc, false);
    ck_assert(!port_counters_are_wanted(pc));
    port_counters_want(pc, true);
    poll_block();
    port_counters_destroy(pc);
}
END_TEST

/* One thread samples while another sweeps. */

#define N_CONCURRENT 20000

static void *
sample_all(void *pc_)
{
    struct port_counters *pc = pc_;

    for (int i = 0; i <= N_CONCURRENT; ) {
        struct port_reading readings[2] = {
            reading_of(1, PORT_COUNTER_RX_DROPPED, i),
            reading_of(2, PORT_COUNTER_TX_DROPPED, 3 * i),
        };

        if (port_counters_add(pc, at(i), readings, 2)) {
            i++;
        } else {
            xnanosleep(1000);
        }
    }
    return NULL;
}

START_TEST(test_threads)
{
    struct port_counters *pc = port_counters_create(EPOCH_US);
    pthread_t thread = ovs_thread_create("sampler", sample_all, pc);
    uint64_t rx = 0, tx = 0, epoch = 0;

    for (int n = 0; n <= N_CONCURRENT; ) {
        struct port_sample *sample = port_counters_pop(pc, 0, FAR);

        if (sample) {
            unit_check(sample->n == 2 && sample->epoch >= epoch);
            epoch = sample->epoch;
            rx += sample->changes[0].values[PORT_COUNTER_RX_DROPPED];
            tx += sample->changes[1].values[PORT_COUNTER_TX_DROPPED];
            free(sample);
            n++;
        }
    }
    xpthread_join(thread, NULL);
    ck_assert_uint_eq(rx, N_CONCURRENT);
    ck_assert_uint_eq(tx, 3 * N_CONCURRENT);
    port_counters_destroy(pc);
}
END_TEST

/* Histories, against a model that keeps every epoch of every port. */

#define N_PORTS 5
#define N_EPOCHS 400

static struct port_change model[N_EPOCHS][N_PORTS];

static const struct {
    uint64_t n_epochs;
    unsigned depth;
} shapes[] = {
    { 1, 2 }, { 1, 9 }, { 3, 2 }, { 3, 66 }, { 7, 5 }, { 100, 3 },
};

static struct port_sample *
random_sample(uint64_t epoch)
{
    struct port_sample *sample
        = xzalloc(sizeof *sample + N_PORTS * sizeof sample->changes[0]);

    sample->epoch = E0 + epoch;
    for (uint32_t port = 0; port < N_PORTS; port++) {
        struct port_change *change;

        if (!unit_random(4)) {
            continue;
        }
        change = &sample->changes[sample->n++];
        change->port = port + 1;
        for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
            if (unit_random(3)) {
                change->has |= 1u << i;
                change->values[i] = unit_random(4) ? 0 : unit_random(1000);
            }
            if (change->values[i]) {
                change->moved |= 1u << i;
            }
        }
        model[epoch][port].has |= change->has;
        for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
            uint64_t *value = &model[epoch][port].values[i];

            *value = (port_counter_is_level(i)
                      ? MAX(*value, change->values[i])
                      : *value + change->values[i]);
        }
    }
    return sample;
}

/* What the model knows of port 'port' + 1 in epochs 'from' to 'to' - 1. */
static struct port_change
model_sum(uint32_t port, uint64_t from, uint64_t to)
{
    struct port_change sum = { .port = port + 1 };

    for (uint64_t epoch = from; epoch < to && epoch < N_EPOCHS; epoch++) {
        sum.has |= model[epoch][port].has;
        for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
            uint64_t value = model[epoch][port].values[i];

            sum.values[i] = (port_counter_is_level(i)
                             ? MAX(sum.values[i], value)
                             : sum.values[i] + value);
        }
    }
    for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
        sum.moved |= sum.values[i] ? 1u << i : 0;
    }
    return sum;
}

static void
check_changes(struct port_history *history, uint32_t port,
              const struct port_change *sums, uint64_t last, unsigned n)
{
    const struct port_choice choice = { .port = port };
    struct port_changes *changes = port_history_changes(history, &choice,
                                                        last, n);
    size_t n_moved = 0, n_found = changes ? changes->n : 0;

    for (size_t i = 0; i < N_PORTS; i++) {
        if (!port || port == i + 1) {
            n_moved += sums[i].moved != 0;
        }
    }
    unit_check(n_found == n_moved);
    for (size_t i = 0; i < n_found; i++) {
        const struct port_change *change = &changes->changes[i];
        const struct port_change *sum = &sums[change->port - 1];

        unit_check(!port || port == change->port);
        unit_check(change->moved == sum->moved);
        unit_check(!memcmp(change->values, sum->values, sizeof sum->values));
    }
    port_changes_unref(changes);
}

static void
check_window(struct port_history *history, uint64_t n_epochs, uint64_t last,
             unsigned n)
{
    struct port_change sums[N_PORTS];
    uint64_t from = (last + 1 - n) * n_epochs;
    uint64_t to = (last + 1) * n_epochs;

    for (uint32_t port = 0; port < N_PORTS; port++) {
        sums[port] = model_sum(port, from > E0 ? from - E0 : 0,
                               to > E0 ? to - E0 : 0);
        for (size_t i = 0; i < N_PORT_COUNTERS; i++) {
            double value = port_history_value(history, port + 1, i, last, n);

            if (sums[port].has & (1u << i)) {
                unit_check(value == sums[port].values[i]);
            } else {
                unit_check(isnan(value));
            }
        }
        check_changes(history, port + 1, sums, last, n);
    }
    check_changes(history, 0, sums, last, n);
    check_changes(history, 0, sums, last, n);       /* Remembered. */
}

START_TEST(test_history)
{
    struct port_history *histories[ARRAY_SIZE(shapes)];
    struct port_histories all;

    unit_seed();
    memset(model, 0, sizeof model);
    port_histories_init(&all);
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        histories[i] = port_history_get(&all, shapes[i].n_epochs,
                                        shapes[i].depth);
    }

    for (uint64_t epoch = 0; epoch < N_EPOCHS; epoch++) {
        for (uint32_t n = unit_random(3); n; n--) {
            struct port_sample *sample = random_sample(epoch);

            port_histories_add(&all, sample);
            free(sample);
        }
        for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
            uint64_t interval = (E0 + epoch) / shapes[i].n_epochs;
            unsigned back = unit_random(shapes[i].depth);
            unsigned n = 1 + unit_random(shapes[i].depth - back);

            check_window(histories[i], shapes[i].n_epochs, interval - back,
                         n);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
        port_history_put(histories[i]);
    }
    ck_assert_uint_eq(port_histories_memory_bytes(&all), 0);
    port_histories_uninit(&all);
}
END_TEST

/* Histories are shared, and freed with their last user; ports that are gone
 * are forgotten. */
START_TEST(test_history_memory)
{
    struct port_sample *one = xzalloc(sizeof *one
                                      + sizeof one->changes[0]);
    struct port_history *a, *b, *c;
    struct port_histories all;
    size_t bytes;

    port_histories_init(&all);
    a = port_history_get(&all, 2, 10);
    b = port_history_get(&all, 2, 10);
    c = port_history_get(&all, 2, 11);
    ck_assert_ptr_eq(a, b);
    ck_assert_ptr_ne(a, c);
    port_history_put(c);

    one->n = 1;
    one->changes[0].port = 1;
    port_histories_add(&all, one);
    bytes = port_histories_memory_bytes(&all);
    ck_assert_uint_le(bytes, 1024);

    one->changes[0].port = 2;
    one->epoch = 2 * 9;
    port_histories_add(&all, one);
    ck_assert_uint_eq(port_histories_memory_bytes(&all), 2 * bytes);
    one->epoch++;
    port_histories_add(&all, one);
    ck_assert_uint_eq(port_histories_memory_bytes(&all), 2 * bytes);
    one->epoch++;
    port_histories_add(&all, one);
    ck_assert_uint_eq(port_histories_memory_bytes(&all), bytes);

    port_history_put(a);
    ck_assert_uint_eq(port_histories_memory_bytes(&all), bytes);
    port_history_put(b);
    ck_assert_uint_eq(port_histories_memory_bytes(&all), 0);
    free(one);

    /* What is left is freed at the end. */
    ck_assert_ptr_nonnull(port_history_get(&all, 1, 2));
    port_histories_uninit(&all);
}
END_TEST

/* What a report says. */

static void
expect_changes(struct port_change *changes, size_t n, const char *expected)
{
    struct port_changes *pc = port_changes_create(changes, n);
    struct ds ds = DS_EMPTY_INITIALIZER;

    if (pc) {
        port_changes_format(pc, &ds);
    }
    ck_assert_str_eq(ds_cstr(&ds), expected);
    ds_destroy(&ds);
    port_changes_unref(pc);
}

START_TEST(test_format)
{
    struct port_change changes[40];
    struct ds expected = DS_EMPTY_INITIALIZER;

    memset(changes, 0, sizeof changes);
    changes[0].port = port_name_intern("vm\"1");
    expect_changes(changes, 1, "");
    changes[0].has = UINT32_MAX;
    changes[0].moved = (1u << PORT_COUNTER_RX_DROPPED
                        | 1u << PORT_COUNTER_QDISC_BACKLOG);
    changes[0].values[PORT_COUNTER_RX_DROPPED] = 12;
    changes[0].values[PORT_COUNTER_QDISC_BACKLOG] = 1000000;
    expect_changes(changes, 1, "{\"vm\\\"1\":{\"rx_dropped\":12,"
                   "\"qdisc_backlog\":1000000}}");

    /* Largest first; bytes that wait are no loss; ports that did not move,
     * and more than 16, are left out. */
    memset(changes, 0, sizeof changes);
    ds_put_char(&expected, '{');
    for (uint32_t i = 0; i < 40; i++) {
        char name[8];

        snprintf(name, sizeof name, "p%02"PRIu32, i);
        changes[i].port = port_name_intern(name);
        if (i < 3) {
            changes[i].moved = 1u << PORT_COUNTER_QDISC_BACKLOG;
            changes[i].values[PORT_COUNTER_QDISC_BACKLOG] = 1000000;
        } else if (i < 16) {
            changes[i].moved = 1u << PORT_COUNTER_TX_FAILED;
            changes[i].values[PORT_COUNTER_TX_FAILED] = 100 - i / 2;
        }
    }
    for (uint32_t i = 3; i < 16; i++) {
        ds_put_format(&expected, "\"p%02"PRIu32"\":{\"tx_failed\":%"PRIu32
                      "},", i, 100 - i / 2);
    }
    for (uint32_t i = 0; i < 3; i++) {
        ds_put_format(&expected, "\"p%02"PRIu32"\":{\"qdisc_backlog\":1000000"
                      "}%s", i, i < 2 ? "," : "}");
    }
    expect_changes(changes, 40, ds_cstr(&expected));
    changes[39].moved = 1u << PORT_COUNTER_QDISC_BACKLOG;
    changes[39].values[PORT_COUNTER_QDISC_BACKLOG] = 2000000;
    expect_changes(changes, 40, ds_cstr(&expected));
    ds_destroy(&expected);
}
END_TEST

Suite *
test_suite(void)
{
    Suite *suite = suite_create("port-counters");
    TCase *tc;

    tc = tcase_create("samples");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_change);
    tcase_add_test(tc, test_gaps);
    tcase_add_test(tc, test_epochs);
    tcase_add_test(tc, test_behind);
    tcase_add_test(tc, test_wanted);
    tcase_add_test(tc, test_threads);
    suite_add_tcase(suite, tc);

    tc = tcase_create("history");
    tcase_set_timeout(tc, UNIT_TIMEOUT_S);
    tcase_add_test(tc, test_history);
    tcase_add_test(tc, test_history_memory);
    tcase_add_test(tc, test_format);
    suite_add_tcase(suite, tc);
    return suite;
}
