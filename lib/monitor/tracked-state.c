/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/tracker-private.h"

#include <math.h>

#include "util.h"

/* seq, ack and dup of a trigger's key.
 *
 * A key may have flows at several places; its state is that of the flow of its
 * last packet.  So flows with one 5-tuple, siblings, know each other, and with
 * each state the number of the flow's last packet is filed. */

static struct flow_fields
without_place(const struct flow_fields *fields)
{
    struct flow_fields tuple = *fields;

    tuple.in_port = 0;
    tuple.tun_id = 0;
    tuple.vlan = 0;
    tuple.dl_type = 0;
    tuple.has = 0;
    return tuple;
}

static struct siblings *
tracker_find_siblings(const struct tracker *tracker,
                      const struct flow_fields *tuple, uint32_t hash)
{
    struct siblings *siblings;

    HMAP_FOR_EACH_WITH_HASH (siblings, node, hash, &tracker->siblings) {
        if (flow_fields_equal(&siblings->fields, tuple)) {
            return siblings;
        }
    }
    return NULL;
}

void
siblings_add(struct tracker *tracker, struct tracked_flow *flow)
{
    struct flow_fields tuple = without_place(&flow->fields);
    uint32_t hash = flow_fields_hash(&tuple, tracker->secret);
    struct siblings *siblings = tracker_find_siblings(tracker, &tuple, hash);

    if (!siblings) {
        siblings = xmalloc(sizeof *siblings);
        siblings->fields = tuple;
        ovs_list_init(&siblings->flows);
        hmap_insert(&tracker->siblings, &siblings->node, hash);
    }
    flow->siblings = siblings;
    ovs_list_push_back(&siblings->flows, &flow->siblings_node);
}

/* Returns the history of 'flow' for 'trigger' if its key there is 'key', or
 * null. */
static struct state_history *
find_history(const struct tracked_flow *flow, const struct trigger *trigger,
             const struct flow_fields *key)
{
    struct flow_fields own;

    for (size_t i = 0; i < flow->n_histories; i++) {
        if (flow->histories[i].trigger == trigger) {
            return (granularity_key(&trigger->event->granularity,
                                    &flow->fields, &own)
                    && flow_fields_equal(&own, key)
                    ? &flow->histories[i] : NULL);
        }
    }
    return NULL;
}

/* Tells the siblings of 'flow', which is forgotten, up to which packet its
 * place was the last one of a key that they share. */
static void
supersede(const struct tracked_flow *flow)
{
    for (size_t i = 0; i < flow->n_histories; i++) {
        const struct state_history *history = &flow->histories[i];
        const struct trigger *trigger = history->trigger;
        uint64_t last = MAX(flow->last_packet, history->superseded);
        struct flow_fields key;
        struct tracked_flow *sibling;

        if (!granularity_key(&trigger->event->granularity, &flow->fields,
                             &key)) {
            continue;
        }
        LIST_FOR_EACH (sibling, siblings_node, &flow->siblings->flows) {
            struct state_history *other = find_history(sibling, trigger, &key);

            if (other) {
                other->superseded = MAX(other->superseded, last);
            }
        }
    }
}

void
siblings_remove(struct tracker *tracker, struct tracked_flow *flow)
{
    struct siblings *siblings = flow->siblings;

    ovs_list_remove(&flow->siblings_node);
    supersede(flow);
    if (ovs_list_is_empty(&siblings->flows)) {
        hmap_remove(&tracker->siblings, &siblings->node);
        free(siblings);
    }
}

/* Stores in 'filed' the state of 'flow' at the end of 'interval', as
 * 'history' knows it. */
static bool
get_filed(const struct tracker *tracker, const struct tracked_flow *flow,
          const struct state_history *history, uint64_t interval,
          struct filed_state *filed)
{
    struct flow_state now;

    tracked_flow_get_state(flow, &now);
    return state_history_get(history, &now,
                             tracker->settings.history.life_ns, interval,
                             filed);
}

/* Returns the flow that had the last packet of 'key' up to the end of
 * 'interval', and its state then; null if that is forgotten. */
static const struct tracked_flow *
tracker_find_last(const struct tracker *tracker,
                  const struct trigger *trigger,
                  const struct flow_fields *key, uint64_t interval,
                  struct filed_state *state,
                  const struct state_history **historyp)
{
    struct flow_fields tuple = without_place(key);
    const struct siblings *siblings
        = tracker_find_siblings(tracker, &tuple,
                                flow_fields_hash(&tuple, tracker->secret));
    const struct tracked_flow *flow, *last = NULL;

    if (!siblings) {
        return NULL;
    }
    LIST_FOR_EACH (flow, siblings_node, &siblings->flows) {
        const struct state_history *history = find_history(flow, trigger,
                                                           key);
        struct filed_state filed;

        if (history
            && get_filed(tracker, flow, history, interval, &filed)
            && filed.state.last_packet > history->superseded
            && (!last
                || filed.state.last_packet > state->state.last_packet)) {
            last = flow;
            *historyp = history;
            *state = filed;
        }
    }
    return last;
}

/* Duplicate ACKs of 'flow' in the 'n' intervals up to 'interval', at the end
 * of which it was in 'state'. */
static uint32_t
count_duplicates(const struct tracker *tracker,
                 const struct tracked_flow *flow,
                 const struct state_history *history,
                 const struct tcp_state *state, uint64_t interval, unsigned n)
{
    struct filed_state before;

    return (interval >= n
            && get_filed(tracker, flow, history, interval - n, &before)
            && before.state.tcp.life == state->life
            ? state->duplicates - before.state.tcp.duplicates
            : state->duplicates);
}

/* Largest payload that is assumed where none was seen: Ethernet's. */
#define DEFAULT_PAYLOAD 1460

double
tracker_get_state(const struct tracker *tracker,
                  const struct trigger *trigger,
                  const struct flow_fields *key, enum measure_kind kind,
                  uint64_t interval, unsigned n)
{
    const struct state_history *history = NULL;
    struct filed_state filed = { .interval = 0 };
    const struct tracked_flow *flow = tracker_find_last(tracker, trigger, key,
                                                interval, &filed, &history);
    const struct tcp_state *tcp = &filed.state.tcp;
    uint32_t duplicates;

    if (!flow || !filed.alive || !tcp->seen) {
        return NAN;
    }
    switch ((int) kind) {
    case MEASURE_SEQ:
        return tcp->has_seq ? (double) tcp->seq : (double) NAN;
    case MEASURE_ACK:
        return tcp->has_ack ? (double) tcp->ack : (double) NAN;
    case MEASURE_DUP:
        duplicates = count_duplicates(tracker, flow, history, tcp, interval,
                                      n);
        return ((double) duplicates
                * (tcp->largest ? tcp->largest : DEFAULT_PAYLOAD));
    default:
        OVS_NOT_REACHED();
    }
}
