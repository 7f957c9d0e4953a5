/* A value in CLIXML, read as a debugger's stop and as its reply. Laws: what is read is within the value's bounds; a reply that resumes
 * has an action that can be ordered. */
#include "psrp/clixml.h"
#include "psrp/debugger.h"

#include <stdlib.h>

static struct psrp_clixml_reader *reader;

static void must(bool law)
{
    if (!law)
        abort();
}

static void read_both(const struct psrp_value *value)
{
    struct icm_arena a = {0};
    struct psrp_debugger_stop stop;
    struct psrp_debugger_reply reply;

    if (psrp_debugger_read_stop(value, &stop)) {
        must(stop.position.size == 0 || stop.position.data != NULL);
        must(!stop.breakpoints || stop.breakpoints->as.list->count > 0);
    }
    if (psrp_debugger_read_reply(value, &reply) && reply.resumes)
        must(psrp_debugger_order(&a, PSRP_DEBUGGER_RESUME, (int32_t)reply.action) != NULL);
    must(psrp_debugger_arguments(&a, value) != NULL);
    icm_arena_reset(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct psrp_value *value = NULL;
    struct icm_arena a = {0};

    if (!reader)
        must(psrp_clixml_reader_new(&reader, NULL) == ICM_OK);
    if (psrp_clixml_read(reader, icm_slice_of(data, size), &a, &value, NULL) == ICM_OK)
        read_both(value);
    icm_arena_reset(&a);
    return 0;
}
