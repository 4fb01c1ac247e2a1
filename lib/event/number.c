/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors */

#include <config.h>
#include "event/number.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "event/suggestion.h"
#include "util.h"

/* Of a double: that many always read back to the same one. */
#define MAX_DIGITS 17

struct unit {
    const char *name;
    int exponent10;             /* The unit is 10**exponent10 */
    int exponent2;              /* times 2**exponent2. */
    bool is_time;
};

static const struct unit units[] = {
    { "", 0, 0, false },     { "B", 0, 0, false },
    { "K", 3, 0, false },    { "KB", 3, 0, false },
    { "M", 6, 0, false },    { "MB", 6, 0, false },
    { "G", 9, 0, false },    { "GB", 9, 0, false },
    { "T", 12, 0, false },   { "TB", 12, 0, false },
    { "Ki", 0, 10, false },  { "KiB", 0, 10, false },
    { "Mi", 0, 20, false },  { "MiB", 0, 20, false },
    { "Gi", 0, 30, false },  { "GiB", 0, 30, false },
    { "Ti", 0, 40, false },  { "TiB", 0, 40, false },
    { "us", 0, 0, true },    { "ms", 3, 0, true },     { "s", 6, 0, true },
};

static const struct unit *
unit_find(const char *s, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (strlen(units[i].name) == length
            && !memcmp(units[i].name, s, length)) {
            return &units[i];
        }
    }
    return NULL;
}

bool
number_is_unit(const char *s, size_t length)
{
    return length && ((length == 1 && *s == '%') || unit_find(s, length));
}

static size_t
count_digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* The error for the 'length' bytes at 's', which follow a number. */
static char *
unit_error(const char *s, size_t length, bool duration)
{
    struct suggestion suggestion;
    struct ds ds = DS_EMPTY_INITIALIZER;

    if ((*s == 'e' || *s == 'E') && length > 1
        && isdigit((unsigned char) s[1])) {
        return xstrdup("numbers have no exponent: write the digits, or a "
                       "unit such as 1M");
    } else if (*s == 'x' || *s == 'X') {
        return xstrdup("expected a decimal number, not a hexadecimal one");
    } else if (*s == '.') {
        return xstrdup("expected one decimal point with digits on both "
                       "sides");
    }

    ds_put_format(&ds, "unknown unit '%.*s'", (int) MIN(length, 32), s);
    suggestion_init(&suggestion, s, length);
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (*units[i].name && (units[i].is_time || !duration)) {
            suggestion_offer(&suggestion, units[i].name);
        }
    }
    if (suggestion.best) {
        suggestion_format(&suggestion, &ds);
    } else {
        ds_put_format(&ds, ": expected %sus, ms or s",
                      duration ? "" : "K, M, G, T, Ki, Mi, Gi, Ti, B, %, ");
    }
    return ds_steal_cstr(&ds);
}

/* Returns the length of the unit, or of what stands in a unit's place, at
 * 's'. */
static size_t
unit_length(const char *s)
{
    size_t n = 0;

    while (isalnum((unsigned char) s[n]) || s[n] == '_' || s[n] == '.') {
        n++;
    }
    return n;
}

char *
number_scan(const char *s, struct number *number, size_t *error_offset)
{
    size_t n_digits, n_unit;
    const struct unit *unit;
    char *decimal;

    n_digits = count_digits(s);
    if (s[n_digits] == '.' && isdigit((unsigned char) s[n_digits + 1])) {
        n_digits += 1 + count_digits(s + n_digits + 1);
    }
    n_unit = unit_length(s + n_digits);
    unit = unit_find(s + n_digits, n_unit);
    if (!unit) {
        *error_offset = n_digits;
        return unit_error(s + n_digits, n_unit, false);
    }

    /* Powers of ten are left to strtod(), which rounds once: 1.001K is 1001,
     * whereas 1.001 * 1000 is not. */
    decimal = xasprintf("%.*se%d", (int) n_digits, s, unit->exponent10);
    number->kind = NUMBER_PLAIN;
    number->value = ldexp(strtod(decimal, NULL), unit->exponent2);
    number->length = n_digits + n_unit;
    free(decimal);
    if (!isfinite(number->value)) {
        *error_offset = 0;
        return xstrdup("number is too large");
    }

    if (s[number->length] == '%') {
        if (n_unit) {
            *error_offset = n_digits;
            return xstrdup("expected a percentage without a unit, "
                           "such as 10%");
        }
        number->kind = NUMBER_PERCENT;
        number->length++;
    }
    return NULL;
}

void
number_format(double value, struct ds *ds)
{
    char buffer[MAX_DIGITS + 16];
    char digits[MAX_DIGITS + 1];
    int n_digits = 0;
    int exponent;
    char *e;

    /* The fewest digits, as "d.ddde+x". */
    for (int precision = 0; precision < MAX_DIGITS; precision++) {
        snprintf(buffer, sizeof buffer, "%.*e", precision, fabs(value));
        if (strtod(buffer, NULL) == fabs(value)) {
            break;
        }
    }
    e = strchr(buffer, 'e');
    exponent = strtol(e + 1, NULL, 10);
    for (const char *p = buffer; p < e; p++) {
        if (*p != '.') {
            digits[n_digits++] = *p;
        }
    }

    if (value < 0) {
        ds_put_char(ds, '-');
    }
    if (exponent < 0) {
        ds_put_cstr(ds, "0.");
        ds_put_char_multiple(ds, '0', -exponent - 1);
        ds_put_buffer(ds, digits, n_digits);
    } else if (exponent >= n_digits - 1) {
        ds_put_buffer(ds, digits, n_digits);
        ds_put_char_multiple(ds, '0', exponent - n_digits + 1);
    } else {
        ds_put_buffer(ds, digits, exponent + 1);
        ds_put_char(ds, '.');
        ds_put_buffer(ds, digits + exponent + 1, n_digits - exponent - 1);
    }
}

char *
number_parse_duration(const char *s, size_t length, uint64_t *duration_us,
                      size_t *error_offset)
{
    size_t n_digits = count_digits(s);
    const struct unit *unit;
    uint64_t scale, value = 0;

    *error_offset = 0;
    n_digits = MIN(n_digits, length);
    if (!n_digits) {
        return xasprintf("expected a duration such as 10ms, not '%.*s'",
                         (int) MIN(length, 32), s);
    } else if (n_digits == length) {
        *error_offset = length;
        return xasprintf("expected a unit: %.*sus, %.*sms or %.*ss",
                         (int) MIN(length, 20), s, (int) MIN(length, 20), s,
                         (int) MIN(length, 20), s);
    } else if (s[n_digits] == '.') {
        return xstrdup("expected a whole number of us, ms or s");
    }

    unit = unit_find(s + n_digits, length - n_digits);
    if (!unit || !unit->is_time) {
        *error_offset = n_digits;
        return unit_error(s + n_digits, length - n_digits, true);
    }

    scale = unit->exponent10 == 6 ? 1000000 : unit->exponent10 ? 1000 : 1;
    for (size_t i = 0; i < n_digits; i++) {
        value = value * 10 + (s[i] - '0');
        if (value > INT64_MAX / scale) {
            return xstrdup("duration is too long");
        }
    }
    if (!value) {
        return xstrdup("expected a duration of more than 0");
    }
    *duration_us = value * scale;
    return NULL;
}

void
number_format_duration(uint64_t duration_us, struct ds *ds)
{
    if (!(duration_us % 1000000)) {
        ds_put_format(ds, "%"PRIu64"s", duration_us / 1000000);
    } else if (!(duration_us % 1000)) {
        ds_put_format(ds, "%"PRIu64"ms", duration_us / 1000);
    } else {
        ds_put_format(ds, "%"PRIu64"us", duration_us);
    }
}
