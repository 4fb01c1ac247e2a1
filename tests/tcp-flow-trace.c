/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/burst-run.h"
#include "monitor/tcp-flow.h"
#include "util.h"

/* Tells what tcp_flow and burst_run make of the packets on standard input, for
 * tests/tcp-oracle.py to compare.  A line is one of
 *
 *     flow IS_OWN_REVERSE
 *     SIDE NS
 *     SIDE NS SEQ ACK PAYLOAD WINDOW FLAGS OPTIONS
 *
 * The first begins a flow, the second is a packet without a TCP header,
 * OPTIONS are in hexadecimal behind a "+".  Each packet makes one line:
 *
 *     IS_LOST RWND RTT_US HEARD IS_BURST SEEN SEQ ACK DUPLICATES LARGEST LIFE
 *
 * with "-" for what is undefined. */

struct traced {
    struct tcp_flow tcp;
    struct burst_run run;
};

/* Returns the window scale of 'hex'. */
static uint8_t
scale_of(const char *hex)
{
    uint8_t options[64];
    size_t n;

    for (n = 0; n < sizeof options; n++) {
        bool ok;

        options[n] = hexits_value(&hex[2 * n], 2, &ok);
        if (!ok) {
            break;
        }
    }
    return tcp_window_scale(options, n);
}

/* Reads the rest of a packet's line, or returns false. */
static bool
read_segment(const char *line, struct tcp_segment *segment)
{
    char options[132];

    if (sscanf(line, "%"SCNu32" %"SCNu32" %"SCNu32" %"SCNu16" %"SCNu8" +%131s",
               &segment->seq, &segment->ack, &segment->payload,
               &segment->window, &segment->flags, options) < 5) {
        return false;
    }
    if (!strchr(line, '+') || strchr(line, '+')[1] == '\n') {
        options[0] = '\0';
    }
    segment->scale = scale_of(options);
    return true;
}

static void
print_number(bool is_known, int64_t x)
{
    if (is_known) {
        printf(" %"PRId64, x);
    } else {
        printf(" -");
    }
}

static void
trace_packet(struct traced *flow, enum tcp_side side,
             const struct tcp_segment *segment, uint64_t ns)
{
    struct tcp_verdict verdict;
    struct tcp_state state;
    bool is_burst = false;

    tcp_flow_add(&flow->tcp, side, segment, ns, TCP_FLOW_DEFAULT_LIFE_NS,
                 &verdict);
    tcp_flow_get_state(&flow->tcp, &state);
    if (side == TCP_FORWARD) {
        is_burst = burst_run_add(&flow->run, ns, BURST_RUN_DEFAULT_GAP_US,
                                 BURST_RUN_DEFAULT_PACKETS);
    }
    printf("%d %"PRIu32, verdict.is_lost, verdict.rwnd);
    if (verdict.has_rtt) {
        printf(" %.17g", verdict.rtt_us);
    } else {
        printf(" -");
    }
    printf(" %d %d %d", verdict.heard, is_burst, state.seen);
    print_number(state.has_seq, state.seq);
    print_number(state.has_ack, state.ack);
    printf(" %"PRIu32" %"PRIu32" %"PRIu32"\n", state.duplicates, state.largest,
           state.life);
}

int
main(void)
{
    struct traced flow = { .run = { 0 } };
    char line[512];

    while (fgets(line, sizeof line, stdin)) {
        struct tcp_segment segment;
        unsigned int side;
        uint64_t ns;
        int n = 0;

        if (sscanf(line, "flow %u", &side) == 1) {
            tcp_flow_init(&flow.tcp, side);
            memset(&flow.run, 0, sizeof flow.run);
        } else if (sscanf(line, "%u %"SCNu64"%n", &side, &ns, &n) == 2
                   && side < N_TCP_SIDES) {
            bool has_header = read_segment(line + n, &segment);

            trace_packet(&flow, side, has_header ? &segment : NULL, ns);
        } else {
            ovs_fatal(0, "cannot read '%s'", line);
        }
    }
    return 0;
}
