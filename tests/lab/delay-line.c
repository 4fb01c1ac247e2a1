/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

/* A cable with a delay, for kernels without netem.
 *
 * Usage: delay-line [OPTION]... LEFT RIGHT
 *
 * Makes two tap devices, LEFT and RIGHT, and carries frames between them until
 * SIGTERM or SIGINT.  Prints "ready" when they are there, from when on they
 * may be moved to other network namespaces, and in the end what became of the
 * frames of each.
 *
 *   --delay=US       of each frame, in both directions (default: 0)
 *   --hold=PERCENT   of the frames from LEFT, chosen at random, are delayed
 *                    further, so that others overtake them (default: 0)
 *   --hold-for=US    how much further (default: 0)
 *   --tag=VID        frames get an 802.1Q tag on the way from LEFT to RIGHT
 *                    and lose it on the way back; untagged ones end there
 *   --seed=N         of what is chosen at random (default: 1)
 *
 * A frame that was not held never overtakes another one of its direction.
 * Frames beyond MAX_FRAMES on the way are dropped. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "heap.h"
#include "random.h"
#include "util.h"

#define MAX_FRAMES 65536
#define MAX_LENGTH 65536
#define READ_BATCH 64
#define ADDRESSES_LENGTH 12
#define TAG_LENGTH 4
#define NSEC_PER_USEC 1000LL
#define NSEC_PER_SEC 1000000000LL

struct options {
    long long delay_ns;
    double hold_percent;
    long long hold_ns;
    int tag;                    /* -1: none. */
};

/* One end. */
struct device {
    const char *name;
    int fd;

    unsigned long long received, delivered, held;
    unsigned long long dropped;         /* No room, untagged, or refused. */
};

struct frame {
    struct heap_node node;      /* In 'line'; the earliest has priority. */
    long long due_ns;
    struct device *from, *to;
    size_t length;
    char data[];
};

static struct heap line;        /* Holds frames on the way. */
static volatile sig_atomic_t stopped;

static void
stop(int signal OVS_UNUSED)
{
    stopped = true;
}

static long long
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

static void
device_open(struct device *device)
{
    struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

    device->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    if (device->fd < 0) {
        ovs_fatal(errno, "/dev/net/tun");
    }
    ovs_strlcpy(ifr.ifr_name, device->name, sizeof ifr.ifr_name);
    if (ioctl(device->fd, TUNSETIFF, &ifr)) {
        ovs_fatal(errno, "%s", device->name);
    }
}

/* Puts a tag of 'vid' in the 'length' bytes of 'data', which has room for it.
 * Returns the new length. */
static size_t
push_tag(char *data, size_t length, int vid)
{
    const char tag[TAG_LENGTH] = { 0x81, 0x00, vid >> 8, vid };

    memmove(data + ADDRESSES_LENGTH + TAG_LENGTH, data + ADDRESSES_LENGTH,
            length - ADDRESSES_LENGTH);
    memcpy(data + ADDRESSES_LENGTH, tag, TAG_LENGTH);
    return length + TAG_LENGTH;
}

/* Returns the new length, or 0 if there is no tag. */
static size_t
pop_tag(char *data, size_t length)
{
    char *tag = data + ADDRESSES_LENGTH;

    if (length < ADDRESSES_LENGTH + TAG_LENGTH || memcmp(tag, "\x81\x00", 2)) {
        return 0;
    }
    memmove(tag, tag + TAG_LENGTH, length - ADDRESSES_LENGTH - TAG_LENGTH);
    return length - TAG_LENGTH;
}

/* Returns the time at which a frame that now comes from 'from' is due. */
static long long
choose_due(struct device *from, bool is_left, const struct options *options)
{
    long long due_ns = now_ns() + options->delay_ns;

    if (is_left
        && random_uint32() < options->hold_percent / 100 * UINT32_MAX) {
        from->held++;
        return due_ns + options->hold_ns;
    }
    return due_ns;
}

/* Takes the 'length' bytes of 'data', with room for a tag, from 'from' on
 * their way to 'to'. */
static void
accept_frame(struct device *from, struct device *to, bool is_left,
             char *data, size_t length, const struct options *options)
{
    struct frame *frame;

    if (options->tag >= 0) {
        length = is_left ? push_tag(data, length, options->tag)
                         : pop_tag(data, length);
    }
    if (!length || heap_count(&line) >= MAX_FRAMES) {
        from->dropped++;
        return;
    }

    frame = xmalloc(sizeof *frame + length);
    frame->due_ns = choose_due(from, is_left, options);
    frame->from = from;
    frame->to = to;
    frame->length = length;
    memcpy(frame->data, data, length);
    heap_insert(&line, &frame->node, UINT64_MAX - frame->due_ns);
}

static void
receive(struct device *from, struct device *to, bool is_left,
        const struct options *options)
{
    static char data[MAX_LENGTH + TAG_LENGTH];

    for (int i = 0; i < READ_BATCH; i++) {
        ssize_t length = read(from->fd, data, MAX_LENGTH);

        if (length < ADDRESSES_LENGTH) {
            return;
        }
        from->received++;
        accept_frame(from, to, is_left, data, length, options);
    }
}

/* Delivers the frames that are due.  Returns how long until the next one is,
 * or -1 if there is none. */
static long long
deliver(void)
{
    while (!heap_is_empty(&line)) {
        struct frame *frame = CONTAINER_OF(heap_max(&line), struct frame,
                                           node);
        long long wait_ns = frame->due_ns - now_ns();

        if (wait_ns > 0) {
            return wait_ns;
        }
        heap_remove(&line, &frame->node);
        if (write(frame->to->fd, frame->data, frame->length)
            == frame->length) {
            frame->from->delivered++;
        } else {
            frame->from->dropped++;
        }
        free(frame);
    }
    return -1;
}

static void
run(struct device *left, struct device *right, const struct options *options)
{
    sigset_t blocked, unblocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    signal(SIGINT, stop);
    signal(SIGTERM, stop);

    heap_init(&line);
    while (!stopped) {
        struct pollfd fds[] = {
            { .fd = left->fd, .events = POLLIN },
            { .fd = right->fd, .events = POLLIN },
        };
        long long wait_ns = deliver();
        struct timespec wait = {
            .tv_sec = wait_ns / NSEC_PER_SEC,
            .tv_nsec = wait_ns % NSEC_PER_SEC,
        };

        ppoll(fds, ARRAY_SIZE(fds), wait_ns < 0 ? NULL : &wait, &unblocked);
        if (fds[0].revents & POLLIN) {
            receive(left, right, true, options);
        }
        if (fds[1].revents & POLLIN) {
            receive(right, left, false, options);
        }
    }
}

static void
print_counts(const struct device *device)
{
    printf("%s received=%llu delivered=%llu held=%llu dropped=%llu\n",
           device->name, device->received, device->delivered, device->held,
           device->dropped);
}

static double
parse_number(const char *s, const char *option, double max)
{
    char *end;
    double value = strtod(s, &end);

    if (end == s || *end || !(value >= 0 && value <= max)) {
        ovs_fatal(0, "--%s: expected a number from 0 to %.0f, not '%s'",
                  option, max, s);
    }
    return value;
}

static void
parse_options(int argc, char *argv[], struct options *options)
{
    static const struct option long_options[] = {
        { "delay", required_argument, NULL, 'd' },
        { "hold", required_argument, NULL, 'h' },
        { "hold-for", required_argument, NULL, 'f' },
        { "tag", required_argument, NULL, 't' },
        { "seed", required_argument, NULL, 's' },
        { NULL, 0, NULL, 0 },
    };
    static const double max_us = 60e6;
    int c;

    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case 'd':
            options->delay_ns = parse_number(optarg, "delay", max_us)
                                * NSEC_PER_USEC;
            break;
        case 'h':
            options->hold_percent = parse_number(optarg, "hold", 100);
            break;
        case 'f':
            options->hold_ns = parse_number(optarg, "hold-for", max_us)
                               * NSEC_PER_USEC;
            break;
        case 't':
            options->tag = parse_number(optarg, "tag", 4095);
            break;
        case 's':
            random_set_seed(parse_number(optarg, "seed", UINT32_MAX));
            break;
        default:
            exit(EXIT_FAILURE);
        }
    }
    if (argc - optind != 2) {
        ovs_fatal(0, "usage: %s [OPTION]... LEFT RIGHT", program_name);
    }
}

int
main(int argc, char *argv[])
{
    struct options options = { .tag = -1 };
    struct device left, right;

    set_program_name(argv[0]);
    random_set_seed(1);
    parse_options(argc, argv, &options);
    left = (struct device) { .name = argv[optind] };
    right = (struct device) { .name = argv[optind + 1] };
    device_open(&left);
    device_open(&right);
    prctl(PR_SET_TIMERSLACK, 1);        /* In ns; it is 50 us else. */
    puts("ready");
    fflush(stdout);

    run(&left, &right, &options);
    print_counts(&left);
    print_counts(&right);
    return 0;
}
