/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef REPORT_OUTLET_H
#define REPORT_OUTLET_H 1

#include <stdint.h>

#include "report/reporter.h"
#include "sset.h"

/* Outlets: places beside trumpet.sock that reports go to, as lines of JSON: a
 * file, or another unix socket with readers of its own.
 *
 * Each has a thread, so that a slow disk or reader delays nobody else.  The
 * reporter only formats the reports that the outlet wants and leaves them in a
 * buffer.  What does not fit is lost, and where it is missing a line says how
 * much that was, as watchers are told:
 *
 *     {"event":"lost","reports":17}
 *
 * Usage
 * =====
 *
 *     outlet = outlet_create(&settings);
 *     reporter_add_sink(reporter, outlet_sink(outlet));
 *     ...
 *     reporter_remove_sink(reporter, outlet_sink(outlet));
 *     outlet_destroy(outlet);
 *
 * Thread-safety: an outlet belongs to the thread that created it, but for what
 * the reporter calls. */
struct outlet;

enum outlet_type {
    OUTLET_FILE,
    OUTLET_SOCKET,
};

struct outlet_settings {
    enum outlet_type type;
    const char *path;
    const char *group;          /* May read, or connect; null: none. */
    const struct sset *triggers;    /* Ids of those whose reports go there;
                                     * empty: all. */

    /* Of a file: when it has more bytes it is renamed to PATH.1, PATH.1 to
     * PATH.2 and so on, up to 'keep'. */
    uint64_t max_size;
    unsigned keep;
};

#define OUTLET_DEFAULT_MAX_SIZE (100 * 1000 * 1000)
#define OUTLET_DEFAULT_KEEP 4
#define OUTLET_MAX_KEEP 100

/* What can be on its way to an outlet. */
#define OUTLET_BUFFER_BYTES (4 * 1024 * 1024)

/* Starts the thread.  What goes wrong is found in the status, and tried again
 * once a second. */
struct outlet *outlet_create(const struct outlet_settings *);

/* Stops the thread, after it has written what it can. */
void outlet_destroy(struct outlet *);

struct report_sink *outlet_sink(struct outlet *);

struct outlet_status {
    uint64_t reports;           /* That went there. */
    uint64_t lost;              /* That did not. */
    char *error;                /* Why it does not work now; the caller must
                                 * free it.  Null: it does. */
};
void outlet_get_status(struct outlet *, struct outlet_status *);

#endif /* report/outlet.h */
