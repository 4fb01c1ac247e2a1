/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tcp-segment.h"

#include "util.h"

/* Kinds of options: RFC 9293, section 3.2; RFC 7323, section 2.2. */
enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_SCALE = 3 };
#define OPTION_SCALE_LEN 3

uint8_t
tcp_window_scale(const uint8_t *options, size_t n)
{
    uint8_t scale = TCP_NO_SCALE;
    size_t ofs = 0;

    while (ofs < n && options[ofs] != OPTION_END) {
        size_t len;

        if (options[ofs] == OPTION_NOP) {
            ofs++;
            continue;
        }
        if (n - ofs < 2) {
            break;
        }
        len = options[ofs + 1];
        if (len < 2 || len > n - ofs) {
            break;
        }
        if (options[ofs] == OPTION_SCALE && len == OPTION_SCALE_LEN) {
            scale = MIN(options[ofs + 2], TCP_MAX_SCALE);
        }
        ofs += len;
    }
    return scale;
}
