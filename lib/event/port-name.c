/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/port-name.h"

#include "openvswitch/shash.h"
#include "openvswitch/thread.h"
#include "ovs-thread.h"
#include "util.h"

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;

/* Number of each name, from 1. */
static struct shash ids OVS_GUARDED_BY(mutex) = SHASH_INITIALIZER(&ids);

/* Names, that of number 1 first.  Their strings belong to 'ids'. */
static const char **names OVS_GUARDED_BY(mutex);
static size_t n_names OVS_GUARDED_BY(mutex);
static size_t allocated_names OVS_GUARDED_BY(mutex);

uint32_t
port_name_intern(const char *name)
{
    struct shash_node *node;
    uint32_t id;

    ovs_mutex_lock(&mutex);
    node = shash_find(&ids, name);
    if (!node) {
        if (n_names >= allocated_names) {
            names = x2nrealloc(names, &allocated_names, sizeof *names);
        }
        node = shash_add(&ids, name, (void *) (uintptr_t) (n_names + 1));
        names[n_names++] = node->name;
    }
    id = (uintptr_t) node->data;
    ovs_mutex_unlock(&mutex);
    return id;
}

uint32_t
port_name_find(const char *name)
{
    const struct shash_node *node;
    uint32_t id;

    ovs_mutex_lock(&mutex);
    node = shash_find(&ids, name);
    id = node ? (uintptr_t) node->data : 0;
    ovs_mutex_unlock(&mutex);
    return id;
}

const char *
port_name_get(uint32_t id)
{
    const char *name;

    ovs_mutex_lock(&mutex);
    name = id && id <= n_names ? names[id - 1] : "";
    ovs_mutex_unlock(&mutex);
    return name;
}
