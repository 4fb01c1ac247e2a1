/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#ifndef OFPROTO_EXT_TIMELY_H
#define OFPROTO_EXT_TIMELY_H 1

/* What a thread needs that has to be in time: a timer that is finer than the
 * milliseconds of poll_timer_wait_until(), and priority.
 *
 * Usage
 * =====
 *
 *     struct timely timer;
 *     timely_init(&timer);
 *     timely_raise_priority();
 *     for (;;) {
 *         ...
 *         timely_wait(&timer, when_us);
 *         poll_block();
 *     }
 *     timely_uninit(&timer);
 *
 * Thread-safety: a timer belongs to one thread, but any may create and destroy
 * it. */
struct timely {
    int fd;                     /* timerfd; -1 if there is none. */
};

void timely_init(struct timely *);
void timely_uninit(struct timely *);

/* Wakes the next poll_block() at 'when_us', a time of the process's monotonic
 * clock, also while that is stopped or warped for tests. */
void timely_wait(const struct timely *, long long int when_us);

/* Gives the calling thread the CPU before others, if that is permitted. */
void timely_raise_priority(void);

#endif /* ofproto-ext/timely.h */
