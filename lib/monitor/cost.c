/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>

#include "monitor/cost.h"

#include <stddef.h>
#include <string.h>

#include "util.h"

static const struct {
    enum cost_part part;
    double cycles;
    const char *name;
} costs[N_COSTS] = {
#define COST(ID, PART, CYCLES, NAME, HELP)              \
    [COST_##ID] = { COST_PART_##PART, CYCLES, NAME },
#include "monitor/cost-table.h"
};

void
cost_model_init(struct cost_model *model)
{
    memset(model, 0, sizeof *model);
}

void
cost_work_add(struct cost_work *dst, const struct cost_work *src,
              double factor)
{
    for (int i = 0; i < N_COSTS; i++) {
        dst->n[i] += src->n[i] * factor;
    }
}

/* The cycles of 'part' on the benchmark's machine. */
static double
default_cycles(enum cost_part part, const struct cost_work *work)
{
    double cycles = 0;

    for (int i = 0; i < N_COSTS; i++) {
        if (costs[i].part == part) {
            cycles += work->n[i] * costs[i].cycles;
        }
    }
    return cycles;
}

void
cost_model_observe(struct cost_model *model, enum cost_part part,
                   const struct cost_work *work, double cycles, double n)
{
    model->parts[part].measured += cycles;
    model->parts[part].modelled += default_cycles(part, work);
    model->parts[part].n += n;
    while (model->parts[part].n >= COST_MAX_OBSERVATIONS) {
        model->parts[part].measured /= 2;
        model->parts[part].modelled /= 2;
        model->parts[part].n /= 2;
    }
}

bool
cost_model_is_measured(const struct cost_model *model, enum cost_part part)
{
    return (model->parts[part].n >= COST_MIN_OBSERVATIONS
            && model->parts[part].measured > 0
            && model->parts[part].modelled > 0);
}

static double
scale(const struct cost_model *model, enum cost_part part)
{
    return (cost_model_is_measured(model, part)
            ? model->parts[part].measured / model->parts[part].modelled
            : 1);
}

double
cost_model_unit(const struct cost_model *model, enum cost_id id)
{
    return costs[id].cycles * scale(model, costs[id].part);
}

double
cost_model_cycles(const struct cost_model *model, enum cost_part part,
                  const struct cost_work *work)
{
    return default_cycles(part, work) * scale(model, part);
}

double
cost_model_packet_thread(const struct cost_model *model,
                         const struct cost_work *work)
{
    return (cost_model_cycles(model, COST_PART_PACKETS, work)
            + cost_model_cycles(model, COST_PART_MATCHES, work));
}

double
cost_model_sweeper(const struct cost_model *model,
                   const struct cost_work *work)
{
    return (cost_model_cycles(model, COST_PART_EPOCHS, work)
            + cost_model_cycles(model, COST_PART_SWEEPS, work));
}

double
cost_model_percent(const struct cost_model *model, double cycles)
{
    return model->hz > 0 ? 100 * cycles / model->hz : 0;
}

enum cost_part
cost_part(enum cost_id id)
{
    return costs[id].part;
}

double
cost_default_cycles(enum cost_id id)
{
    return costs[id].cycles;
}

void
cost_model_format(const struct cost_model *model, struct ds *ds)
{
    static const char *const parts[N_COST_PARTS] = {
        [COST_PART_PACKETS] = "packets",
        [COST_PART_MATCHES] = "new flows",
        [COST_PART_EPOCHS] = "epochs",
        [COST_PART_SWEEPS] = "sweeps",
    };

    for (int part = 0; part < N_COST_PARTS; part++) {
        const char *separator = "";

        ds_put_format(ds, "  cycles of %s (%s): ", parts[part],
                      (cost_model_is_measured(model, part) ? "measured"
                       : "not measured yet"));
        for (int i = 0; i < N_COSTS; i++) {
            if (costs[i].part == part) {
                ds_put_format(ds, "%s%s %.0f", separator, costs[i].name,
                              cost_model_unit(model, i));
                separator = ", ";
            }
        }
        ds_put_char(ds, '\n');
    }
}
