/* What reads the bodies of replies: some are kept for the next lane that needs one. */
#include "wsman/http_state.h"

#include "wsman/limits.h"

#include <stdlib.h>

enum { SPARE_MAX = 2 /* each holds the memory of the last answer that it read: up to a megabyte */ };

static void inlet_free(struct wsman_inlet *i)
{
    wsman_reader_free(i->reader);
    wsman_unsealer_free(i->unsealer);
    icm_buf_reset(&i->unparsed);
    free(i);
}

static enum icm_code inlet_new(struct wsman_inlet **out, struct icm_error *err)
{
    struct wsman_inlet *i = calloc(1, sizeof *i);
    enum icm_code code = i ? wsman_reader_new(&i->reader, WSMAN_ENVELOPE_LATER, err) : icm_nomem(err);

    if (code != ICM_OK) {
        free(i);
        return code;
    }
    *out = i;
    return ICM_OK;
}

enum icm_code wsman_inlet_take(struct wsman_inlet **out, struct wsman_http *h, size_t bytes_max, struct icm_error *err)
{
    struct wsman_inlet *i = h->inlets;

    if (i) {
        h->inlets = i->next;
        h->inlet_count--;
    } else {
        enum icm_code code = inlet_new(&i, err);
        if (code != ICM_OK)
            return code;
    }
    icm_buf_clear(&i->unparsed);
    wsman_reader_restart(i->reader, bytes_max);
    *out = i;
    return ICM_OK;
}

void wsman_inlet_give(struct wsman_http *h, struct wsman_inlet *i)
{
    if (i && h->inlet_count < SPARE_MAX) {
        i->next = h->inlets;
        h->inlets = i;
        h->inlet_count++;
    } else if (i) {
        inlet_free(i);
    }
}

void wsman_inlets_free(struct wsman_http *h)
{
    while (h->inlets) {
        struct wsman_inlet *i = h->inlets;
        h->inlets = i->next;
        inlet_free(i);
    }
}
