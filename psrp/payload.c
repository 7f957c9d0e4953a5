#include "psrp/payload.h"

#include <stdio.h>

/* ---- what several payloads have ---- */

struct psrp_value *psrp_payload_borrow(struct icm_arena *a, const struct psrp_value *value)
{
    struct psrp_value *copy = value ? icm_arena_take(a, sizeof *copy) : psrp_value_nil(a);

    if (copy && value)
        *copy = *value;
    return copy;
}

struct psrp_value *psrp_payload_enum(struct icm_arena *a, const char *type, int32_t number, const char *name)
{
    char digits[16];

    snprintf(digits, sizeof digits, "%d", number);
    return psrp_value_enum(a, type, number, name ? name : digits);
}

/* @names: by number */
static struct psrp_value *named_enum(struct icm_arena *a, const char *type, int32_t number, const char *const *names,
                                     size_t count)
{
    bool is_known = number >= 0 && (size_t)number < count;

    return psrp_payload_enum(a, type, number, is_known ? names[number] : NULL);
}

struct psrp_value *psrp_payload_apartment_state(struct icm_arena *a, int32_t state)
{
    static const char *const names[] = {"STA", "MTA", "Unknown"};

    return named_enum(a, "System.Threading.ApartmentState", state, names, ICM_COUNT(names));
}

static struct psrp_value *thread_options(struct icm_arena *a, int32_t options)
{
    static const char *const names[] = {"Default", "UseNewThread", "ReuseThread", "UseCurrentThread"};

    return named_enum(a, "System.Management.Automation.Runspaces.PSThreadOptions", options, names, ICM_COUNT(names));
}

/* ---- the pool's messages ---- */

static struct psrp_value *version(struct icm_arena *a, struct icm_slice text)
{
    return psrp_value_text(a, PSRP_VERSION, text);
}

struct psrp_value *psrp_payload_capability(struct icm_arena *a, struct icm_slice protocol_version)
{
    struct psrp_value *v = psrp_value_object(a, NULL);
    struct icm_slice ps = icm_slice_text(PSRP_PS_VERSION), serialization = icm_slice_text(PSRP_SERIALIZATION_VERSION);

    bool whole = v && psrp_value_add_note(a, v, "protocolversion", version(a, protocol_version)) &&
                 psrp_value_add_note(a, v, "PSVersion", version(a, ps)) &&
                 psrp_value_add_note(a, v, "SerializationVersion", version(a, serialization));
    return whole ? v : NULL;
}

/* whatever kind of dictionary the caller has: the server takes a PSPrimitiveDictionary only */
static struct psrp_value *application_arguments(struct icm_arena *a, const struct psrp_value *arguments)
{
    struct psrp_value *v = psrp_value_primitive_dictionary(a);
    bool is_dictionary = arguments && arguments->kind == PSRP_DICTIONARY;

    for (const struct psrp_entry *e = is_dictionary ? arguments->as.dictionary->first : NULL; v && e; e = e->next)
        if (!psrp_value_add_entry(a, v, psrp_payload_borrow(a, e->key), psrp_payload_borrow(a, e->value)))
            return NULL;
    return v;
}

struct psrp_value *psrp_payload_init(struct icm_arena *a, const struct psrp_opening *o)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole =
        v && psrp_value_add_note(a, v, "MinRunspaces", psrp_value_i32(a, o->min_runspaces)) &&
        psrp_value_add_note(a, v, "MaxRunspaces", psrp_value_i32(a, o->max_runspaces)) &&
        psrp_value_add_note(a, v, "PSThreadOptions", thread_options(a, o->thread_options)) &&
        psrp_value_add_note(a, v, "ApartmentState", psrp_payload_apartment_state(a, o->apartment_state)) &&
        psrp_value_add_note(a, v, "ApplicationArguments", application_arguments(a, o->application_arguments)) &&
        psrp_value_add_note(a, v, "HostInfo", psrp_host_info_value(a, &o->host));
    return whole ? v : NULL;
}

struct psrp_value *psrp_payload_connect(struct icm_arena *a, int32_t min_runspaces, int32_t max_runspaces)
{
    if (min_runspaces == 0 && max_runspaces == 0)
        return psrp_value_string(a, "");
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, "MinRunspaces", psrp_value_i32(a, min_runspaces)) &&
                 psrp_value_add_note(a, v, "MaxRunspaces", psrp_value_i32(a, max_runspaces));
    return whole ? v : NULL;
}

struct psrp_value *psrp_payload_question(struct icm_arena *a, const char *name, int32_t number, int64_t call_id)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && (!name || psrp_value_add_note(a, v, name, psrp_value_i32(a, number))) &&
                 psrp_value_add_note(a, v, "ci", psrp_value_i64(a, call_id));
    return whole ? v : NULL;
}

struct psrp_value *psrp_payload_key(struct icm_arena *a, const char *name, struct icm_slice text)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    return v && psrp_value_add_note(a, v, name, psrp_value_text(a, PSRP_STRING, text)) ? v : NULL;
}

struct psrp_value *psrp_payload_state(struct icm_arena *a, const char *name, int32_t state,
                                      const struct psrp_value *reason)
{
    struct psrp_value *v = psrp_value_object(a, NULL);

    bool whole = v && psrp_value_add_note(a, v, name, psrp_value_i32(a, state)) &&
                 (!reason || psrp_value_add_note(a, v, "ExceptionAsErrorRecord", psrp_payload_borrow(a, reason)));
    return whole ? v : NULL;
}

bool psrp_payload_read_version(const struct psrp_value *value, int64_t *major, int64_t *minor)
{
    struct icm_slice text = psrp_value_text_of(value);
    const uint8_t *dot = text.size > 0 ? memchr(text.data, '.', text.size) : NULL;
    if (!dot)
        return false;

    struct icm_slice first = icm_slice_of(text.data, (size_t)(dot - text.data));
    struct icm_slice second = icm_slice_from(text, first.size + 1);
    const uint8_t *next = second.size > 0 ? memchr(second.data, '.', second.size) : NULL;
    if (next)
        second.size = (size_t)(next - second.data);
    return icm_parse_i64(first, 0, INT32_MAX, major) && icm_parse_i64(second, 0, INT16_MAX, minor);
}
