/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/port-name.h"

#include <stdbool.h>

#include "openvswitch/shash.h"
#include "openvswitch/thread.h"
#include "ovs-thread.h"
#include "util.h"

/* A number, and whose it is. */
struct port_name {
    struct shash_node *node;    /* In 'ids'; null: free. */
    bool kept;                  /* By port_name_intern(). */
    uint32_t refs;              /* By port_name_ref(). */
    uint32_t next_free;         /* If free: another one, 0 for none. */
};

static struct ovs_mutex mutex = OVS_MUTEX_INITIALIZER;

/* Number of each name, from 1. */
static struct shash ids OVS_GUARDED_BY(mutex) = SHASH_INITIALIZER(&ids);

/* By number, that of number 1 first. */
static struct port_name *names OVS_GUARDED_BY(mutex);
static size_t n_names OVS_GUARDED_BY(mutex);
static size_t allocated_names OVS_GUARDED_BY(mutex);
static uint32_t first_free OVS_GUARDED_BY(mutex);

static uint32_t
allocate_id(void)
    OVS_REQUIRES(mutex)
{
    uint32_t id = first_free;

    if (id) {
        first_free = names[id - 1].next_free;
    } else {
        if (n_names >= allocated_names) {
            names = x2nrealloc(names, &allocated_names, sizeof *names);
        }
        id = ++n_names;
    }
    names[id - 1] = (struct port_name) { .node = NULL };
    return id;
}

static uint32_t
find_or_add(const char *name)
    OVS_REQUIRES(mutex)
{
    struct shash_node *node = shash_find(&ids, name);
    uint32_t id;

    if (node) {
        return (uintptr_t) node->data;
    }
    id = allocate_id();
    names[id - 1].node = shash_add(&ids, name, (void *) (uintptr_t) id);
    return id;
}

uint32_t
port_name_intern(const char *name)
{
    uint32_t id;

    ovs_mutex_lock(&mutex);
    id = find_or_add(name);
    names[id - 1].kept = true;
    ovs_mutex_unlock(&mutex);
    return id;
}

uint32_t
port_name_ref(const char *name)
{
    uint32_t id;

    ovs_mutex_lock(&mutex);
    id = find_or_add(name);
    names[id - 1].refs++;
    ovs_mutex_unlock(&mutex);
    return id;
}

void
port_name_unref(uint32_t id)
{
    struct port_name *pn;

    ovs_mutex_lock(&mutex);
    pn = &names[id - 1];
    ovs_assert(pn->refs);
    if (!--pn->refs && !pn->kept) {
        shash_delete(&ids, pn->node);
        pn->node = NULL;
        pn->next_free = first_free;
        first_free = id;
    }
    ovs_mutex_unlock(&mutex);
}

size_t
port_name_count(void)
{
    size_t n;

    ovs_mutex_lock(&mutex);
    n = shash_count(&ids);
    ovs_mutex_unlock(&mutex);
    return n;
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
    const char *name = "";

    ovs_mutex_lock(&mutex);
    if (id && id <= n_names && names[id - 1].node) {
        name = names[id - 1].node->name;
    }
    ovs_mutex_unlock(&mutex);
    return name;
}
