/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_OUTLET_PROVIDER_H
#define REPORT_OUTLET_PROVIDER_H 1

#include <stdbool.h>
#include <stddef.h>

#include "report/outlet.h"

/* What a type of outlet does with lines.
 *
 * Thread-safety: all callbacks run on the outlet's thread, which may block as
 * long as it likes. */
struct outlet_class {
    /* Returns the state of an outlet at 'settings', whose strings stay, and
     * touches nothing outside yet. */
    void *(*create)(const struct outlet_settings *settings);
    void (*destroy)(void *state);

    /* Opens what is not open.  Returns null or what is wrong, which the caller
     * must free; then there is no 'write' before it is tried again. */
    char *(*open)(void *state);

    /* Takes the 'n' bytes of 'lines', at least one whole line.  Returns null
     * or what is wrong; then the lines count as lost. */
    char *(*write)(void *state, const char *lines, size_t n);

    /* Does what has to be done without lines, and says when; may be null. */
    void (*run)(void *state);
    void (*wait)(void *state);
};

extern const struct outlet_class outlet_file_class;
extern const struct outlet_class outlet_socket_class;

#endif /* report/outlet-provider.h */
