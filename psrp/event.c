#include "psrp/event.h"

void psrp_event_reset(struct psrp_event *e)
{
    icm_arena_reset(&e->arena);
    icm_error_reset(&e->warning);
    memset(e, 0, sizeof *e);
}
