/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <pcap/pcap.h>

#include "util.h"

/* libpcap reuses its buffer with each record, so the records of a burst are
 * copied.  The first record of another quantum ends a burst; it stays in
 * libpcap's buffer until the next burst is asked for. */
struct capture {
    char *name;                 /* For errors. */
    pcap_t *pcap;
    uint64_t size;              /* Of the file, 0 if not known. */
    char *error;                /* Why reading ended early, or null. */
    bool ended;

    uint64_t quantum_us;
    uint64_t now_us;            /* Time of the last record... */
    uint64_t now_ns;            /* ...in full. */
    uint64_t quantum_end_us;    /* Of the burst that is being filled. */

    /* Record that was read, but is in no burst yet; 'pending' null: none. */
    const u_char *pending;
    uint32_t pending_captured;
    uint32_t pending_bytes;

    /* The frames of the last burst. */
    uint8_t *buffer;
    size_t allocated;
};

/* Room for a burst of ordinary frames, whole or cut. */
#define CAPTURE_BUFFER_BYTES (128 * 1024)

/* Times that a capture cannot have, but may claim. */
#define CAPTURE_MAX_SECONDS (INT64_MAX / 1000000000 - 1)

static uint64_t
file_size(FILE *file)
{
    struct stat s;

    return (file && !fstat(fileno(file), &s) && S_ISREG(s.st_mode)
            ? s.st_size
            : 0);
}

char *
capture_open(const char *name, uint64_t quantum_us, struct capture **capturep)
{
    char errbuf[PCAP_ERRBUF_SIZE];
    struct capture *capture;
    const char *link;
    pcap_t *pcap;
    int type;

    *capturep = NULL;
    pcap = pcap_open_offline_with_tstamp_precision(
        name, PCAP_TSTAMP_PRECISION_NANO, errbuf);
    if (!pcap) {
        /* libpcap names the file only if it could not be opened. */
        return (!strncmp(errbuf, name, strlen(name))
                ? xstrdup(errbuf)
                : xasprintf("%s: %s", name, errbuf));
    }

    type = pcap_datalink(pcap);
    if (type != DLT_EN10MB) {
        char *error;

        link = pcap_datalink_val_to_description_or_dlt(type);
        error = xasprintf("%s: the capture's link type is %s, only Ethernet "
                          "can be replayed (capture on one Ethernet "
                          "interface, not on \"any\")", name, link);
        pcap_close(pcap);
        return error;
    }

    capture = xzalloc(sizeof *capture);
    capture->name = xstrdup(!strcmp(name, "-") ? "stdin" : name);
    capture->pcap = pcap;
    capture->quantum_us = quantum_us;
    capture->size = file_size(pcap_file(pcap));
    capture->allocated = CAPTURE_BUFFER_BYTES;
    capture->buffer = xmalloc(capture->allocated);
    *capturep = capture;
    return NULL;
}

char *
capture_close(struct capture *capture)
{
    char *error = NULL;

    if (capture) {
        error = capture->error;
        pcap_close(capture->pcap);
        free(capture->buffer);
        free(capture->name);
        free(capture);
    }
    return error;
}

/* Moves the capture's clock on to the time of a record. */
static void
advance_clock(struct capture *capture, const struct timeval *ts)
{
    /* The seconds of a pcap file are 32 bits without a sign, but libpcap
     * reads them as a number with one. */
    int64_t sec = (ts->tv_sec < 0 && ts->tv_sec >= INT32_MIN
                   ? (uint32_t) ts->tv_sec
                   : ts->tv_sec);
    int64_t nsec = ts->tv_usec;

    if (sec >= 0 && sec <= CAPTURE_MAX_SECONDS && nsec >= 0) {
        uint64_t ns = sec * UINT64_C(1000000000) + nsec;

        capture->now_ns = MAX(capture->now_ns, ns);
        capture->now_us = capture->now_ns / 1000;
    }
}

/* Makes the next record the pending one, false if there is none. */
static bool
read_record(struct capture *capture)
{
    struct pcap_pkthdr *header;
    const u_char *data;
    int retval;

    if (capture->ended) {
        return false;
    }
    retval = pcap_next_ex(capture->pcap, &header, &data);
    if (retval != 1) {
        capture->ended = true;
        if (retval == PCAP_ERROR) {
            capture->error = xasprintf("%s: %s", capture->name,
                                       pcap_geterr(capture->pcap));
        }
        return false;
    }

    advance_clock(capture, &header->ts);
    capture->pending = data;
    capture->pending_captured = header->caplen;
    capture->pending_bytes = MAX(header->len, header->caplen);
    return true;
}

/* Moves the pending record into 'burst', behind 'used' bytes of the buffer.
 * Returns the bytes that are used then. */
static size_t
take_pending(struct capture *capture, struct burst *burst, size_t used)
{
    struct frame *frame = &burst->frames[burst->n];
    uint8_t *copy = capture->buffer + used;

    memcpy(copy, capture->pending, capture->pending_captured);
    frame->data = copy;
    frame->captured = capture->pending_captured;
    frame->bytes = capture->pending_bytes;
    burst->ns[burst->n++] = capture->now_ns;
    capture->pending = NULL;
    return used + frame->captured;
}

bool
capture_read(struct capture *capture, struct burst *burst)
{
    size_t used;

    memset(&burst->entrance, 0, sizeof burst->entrance);
    burst->timed = true;
    burst->n = 0;
    if (!capture->pending && !read_record(capture)) {
        return false;
    }

    burst->now_us = capture->now_us;
    capture->quantum_end_us = (capture->now_us / capture->quantum_us + 1)
                              * capture->quantum_us;
    if (capture->pending_captured > capture->allocated) {
        capture->allocated = capture->pending_captured;
        free(capture->buffer);
        capture->buffer = xmalloc(capture->allocated);
    }
    used = take_pending(capture, burst, 0);
    while (burst->n < BURST_MAX
           && read_record(capture)
           && capture->now_us < capture->quantum_end_us
           && capture->pending_captured <= capture->allocated - used) {
        used = take_pending(capture, burst, used);
    }
    return true;
}

bool
capture_get_progress(const struct capture *capture,
                     uint64_t *done, uint64_t *total)
{
    off_t offset = (capture->size
                    ? ftello(pcap_file(capture->pcap))
                    : -1);

    *done = MAX(offset, 0);
    *total = capture->size;
    return offset >= 0;
}
