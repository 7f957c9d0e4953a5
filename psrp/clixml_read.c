/* CLIXML to values: the events of a document against the table of clixml_types.c, on a stack of open elements.
 * MS-PSRP 2.2.5. */
#include "psrp/clixml_reader.h"

#include <stdlib.h>

enum {
    TEXT_KEPT = 1024 * 1024, /* a longer text's memory is given back after its document */
    NAMES_KEPT = 1024,       /* likewise, type names */
    SMALL = 16 * 1024,       /* bytes of a message */
    USUAL_MEMORY = 200,      /* percent, until something is known */
};

static bool is_value_of_its_own(const struct psrp_clixml_type *type, unsigned place)
{
    switch (type->role) {
    case PSRP_ROLE_OBJECT:
    case PSRP_ROLE_PROGRESS:
        return true;
    case PSRP_ROLE_SCALAR:
    case PSRP_ROLE_REFERENCE:
        return place != PSRP_IN_OBJ;
    default:
        return place == PSRP_IN_MS;
    }
}

static enum icm_code check_depth(const struct psrp_clixml_reader *r, const struct psrp_clixml_type *type,
                                 unsigned place, struct icm_error *err)
{
    if (r->depth + 1 < PSRP_CLIXML_DEPTH_MAX || !is_value_of_its_own(type, place))
        return ICM_OK;
    return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.5", "values nested deeper than %d", PSRP_CLIXML_DEPTH_MAX - 1);
}

/* The stream that an object of PowerShell's standard output is of; MS-PSRP knows none of this. */
static enum psrp_origin origin_of(const struct psrp_clixml_tag *tag)
{
    static const char *const names[] = {
        [PSRP_ORIGIN_OUTPUT] = "output",           [PSRP_ORIGIN_ERROR] = "error", [PSRP_ORIGIN_WARNING] = "warning",
        [PSRP_ORIGIN_VERBOSE] = "verbose",         [PSRP_ORIGIN_DEBUG] = "debug", [PSRP_ORIGIN_PROGRESS] = "progress",
        [PSRP_ORIGIN_INFORMATION] = "information",
    };
    const struct psrp_clixml_attribute *stream = psrp_clixml_attribute(tag, "S");

    if (stream)
        for (size_t i = 1; i < ICM_COUNT(names); i++)
            if (icm_slice_equal_nocase(stream->value, icm_slice_text(names[i])))
                return (enum psrp_origin)i;
    return PSRP_ORIGIN_NONE;
}

static enum icm_code no_name(const struct psrp_clixml_type *type, struct icm_error *err)
{
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.3", "%s without its name N", type->name);
}

static enum icm_code name_half(struct psrp_clixml_frame *frame, struct icm_slice name, struct icm_error *err)
{
    frame->is_key = icm_slice_is(name, "Key");
    if (frame->is_key || icm_slice_is(name, "Value"))
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.2.6", "%s in En is neither Key nor Value", frame->type->name);
}

/* The property's name, or which half of a dictionary's entry it is. */
static enum icm_code name_frame(struct psrp_clixml_reader *r, unsigned place, const struct psrp_clixml_tag *tag,
                                struct icm_error *err)
{
    struct psrp_clixml_frame *frame = r->top;

    if (place == PSRP_IN_PR) /* the only one without a name of its own is the operation */
        frame->name = icm_slice_text(frame->type->member ? frame->type->member : "CurrentOperation");
    if (place == PSRP_IN_OBJS)
        frame->origin = origin_of(tag);
    if (!(place & (PSRP_IN_PROPS | PSRP_IN_MS | PSRP_IN_EN)))
        return ICM_OK;
    const struct psrp_clixml_attribute *name = psrp_clixml_attribute(tag, "N");
    if (!name)
        return no_name(frame->type, err);
    if (place == PSRP_IN_EN)
        return name_half(frame, name->value, err);
    return psrp_clixml_take_name(r, name->value, name->is_plain, &frame->name, err);
}

unsigned psrp_clixml_place_inside(const struct psrp_clixml_reader *r, const struct psrp_clixml_frame *frame)
{
    if (frame->type)
        return frame->type->opens;
    return frame == r->frames ? PSRP_IN_DOCUMENT : 0;
}

static enum icm_code too_much_memory(const struct psrp_clixml_reader *r, struct icm_error *err)
{
    return icm_fail(err, ICM_LIMIT, NULL, "values of more than %zu bytes in a document of %zu",
                    r->memory_max - r->memory_before, r->document.size);
}

static enum icm_code on_start(void *context, const struct psrp_clixml_tag *tag, struct icm_error *err)
{
    struct psrp_clixml_reader *r = context;
    const struct psrp_clixml_type *type = tag->type;
    unsigned place = psrp_clixml_place_inside(r, r->top);

    *++r->top = (struct psrp_clixml_frame){0};
    if (!type || !(type->within & place) || tag->is_foreign)
        return psrp_clixml_unknown_start(r, tag, err);
    r->piece.size = 0;
    icm_buf_clear(&r->text);
    r->is_plain = true;
    r->top->type = type;
    enum icm_code code = check_depth(r, type, place, err);
    if (code == ICM_OK && r->arena->used > r->memory_max)
        code = too_much_memory(r, err);
    if (code == ICM_OK)
        code = name_frame(r, place, tag, err);
    if (code == ICM_OK && psrp_clixml_roles[type->role].start)
        code = psrp_clixml_roles[type->role].start(r, tag, err);
    return code;
}

static enum icm_code on_end(void *context, struct icm_error *err)
{
    struct psrp_clixml_reader *r = context;
    struct psrp_clixml_frame *done = r->top--; /* it stays until the next element begins */

    return done->type ? psrp_clixml_roles[done->type->role].end(r, done, err) : psrp_clixml_unknown_end(r, done, err);
}

/* One piece that lasts is the text itself; of several, or of one that does not last, a copy is made. */
static enum icm_code add_text(struct psrp_clixml_reader *r, struct icm_slice text, bool is_plain, struct icm_error *err)
{
    r->is_plain = r->is_plain && is_plain;
    if (r->piece.size == 0 && r->text.size == 0 && psrp_clixml_is_lasting(r, text)) {
        r->piece = text;
        return ICM_OK;
    }
    icm_buf_add(&r->text, r->piece);
    icm_buf_add(&r->text, text);
    r->piece.size = 0;
    return icm_buf_check(&r->text, err);
}

/* White space is there for people's eyes. */
static enum icm_code check_blank(const struct psrp_clixml_type *type, struct icm_slice text, struct icm_error *err)
{
    char part[PSRP_CLIXML_SHOWN];

    text = icm_slice_trim(text);
    if (text.size == 0)
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, type->spec, "text \"%s\" in %s, which has none", psrp_clixml_shown(text, part),
                    type->name);
}

static enum icm_code on_text(void *context, struct icm_slice text, bool is_plain, struct icm_error *err)
{
    struct psrp_clixml_reader *r = context;
    const struct psrp_clixml_type *type = r->top->type;

    if (type && type->form != PSRP_FORM_NONE)
        return add_text(r, text, is_plain, err);
    return type ? check_blank(type, text, err) : psrp_clixml_unknown_text(r, text, err);
}

/* ---- the reader ---- */

enum icm_code psrp_clixml_reader_new(struct psrp_clixml_reader **out, struct icm_error *err)
{
    ICM_OWN(psrp_clixml_reader_freep) struct psrp_clixml_reader *r = calloc(1, sizeof *r);
    struct icm_guid seed;

    if (!r)
        return icm_nomem(err);
    enum icm_code code = icm_guid_random(&seed, err);
    if (code == ICM_OK)
        code = psrp_clixml_xml_new(&r->xml, err);
    if (code != ICM_OK)
        return code;
    r->events = (struct psrp_clixml_events){on_start, on_text, on_end, r};
    memcpy(&r->objects.seed, seed.bytes, sizeof r->objects.seed);
    r->objects.seed |= 1;
    r->types.seed = r->objects.seed;
    r->usual_memory = USUAL_MEMORY;
    *out = r;
    r = NULL;
    return ICM_OK;
}

void psrp_clixml_reader_free(struct psrp_clixml_reader *r)
{
    if (!r)
        return;
    psrp_clixml_tokens_reset(&r->tokens);
    psrp_clixml_xml_free(r->xml);
    psrp_clixml_ids_free(&r->objects);
    psrp_clixml_ids_free(&r->types);
    icm_buf_reset(&r->text);
    icm_buf_reset(&r->decoded);
    icm_buf_reset(&r->unknown);
    icm_error_reset(&r->warning);
    free(r->names);
    free(r);
}

size_t psrp_clixml_reader_at(const struct psrp_clixml_reader *r)
{
    return r->is_by_xml ? psrp_clixml_xml_at(r->xml) : psrp_clixml_tokens_at(&r->tokens);
}

const struct icm_error *psrp_clixml_warning(const struct psrp_clixml_reader *r)
{
    return &r->warning;
}

/* ---- one document ---- */

static void shrink(struct icm_buf *b)
{
    icm_buf_clear(b);
    if (b->capacity > TEXT_KEPT)
        icm_buf_reset(b);
}

static void forget(struct psrp_clixml_reader *r)
{
    psrp_clixml_ids_clear(&r->objects);
    psrp_clixml_ids_clear(&r->types);
    shrink(&r->text);
    shrink(&r->decoded);
    shrink(&r->unknown);
    if (r->names_room > NAMES_KEPT) {
        free(r->names);
        r->names = NULL;
        r->names_room = 0;
    }
}

/* Be ready for @r->document, of which nothing has been told. */
static enum icm_code begin(struct psrp_clixml_reader *r, bool is_by_xml, struct icm_error *err)
{
    r->is_by_xml = is_by_xml;
    r->top = r->frames;
    r->frames[0] = (struct psrp_clixml_frame){0};
    r->depth = r->unknown_open = 0;
    r->lenient = r->has_root = r->is_result_unknown = false;
    r->referenced = 0;
    r->memory_before = r->arena->used;
    r->memory_max = r->memory_before + r->document.size * PSRP_CLIXML_MEMORY_TIMES + PSRP_CLIXML_MEMORY_MORE;
    if (r->warning.code != ICM_OK)
        icm_error_reset(&r->warning);
    r->result = r->want_all ? psrp_value_array(r->arena) : NULL;
    return r->want_all && !r->result ? icm_nomem(err) : ICM_OK;
}

static enum icm_code read_tokens(struct psrp_clixml_reader *r, struct icm_error *err)
{
    enum icm_code code = begin(r, false, err);

    return code == ICM_OK ? psrp_clixml_tokens_read(&r->tokens, r->document, &r->events, err) : code;
}

static enum icm_code read_xml(struct psrp_clixml_reader *r, struct icm_error *err)
{
    enum icm_code code = begin(r, true, err);

    return code == ICM_OK ? psrp_clixml_xml_read(r->xml, r->document, &r->events, err) : code;
}

/* Where a document was found wanting: the bytes up to there have been read. */
static enum icm_code say_where(const struct psrp_clixml_reader *r, enum icm_code code, struct icm_error *err)
{
    if (!err || (code != ICM_SYNTAX && code != ICM_LIMIT))
        return code;
    return icm_fail(err, code, err->spec, "%s, at byte %zu of %zu", err->text, psrp_clixml_reader_at(r),
                    r->document.size);
}

static enum icm_code read_document(struct psrp_clixml_reader *r, struct icm_error *err)
{
    enum icm_code code = ICM_UNSUPPORTED;

    if (r->sources != PSRP_CLIXML_LIBXML)
        code = read_tokens(r, err);
    if (code == ICM_UNSUPPORTED && r->sources != PSRP_CLIXML_TOKENS) {
        forget(r);
        code = read_xml(r, err);
    }
    forget(r);
    return say_where(r, code, err);
}

static bool is_empty(struct icm_slice text)
{
    return text.size == 0 || icm_slice_is(text, "\xEF\xBB\xBF");
}

static enum icm_code read_empty(struct psrp_clixml_reader *r, struct icm_error *err)
{
    enum icm_code code = begin(r, false, err);

    if (code == ICM_OK && !r->result)
        r->result = psrp_value_nil(r->arena);
    return r->result ? ICM_OK : icm_nomem(err);
}

/* Messages that follow one another are alike: as much memory as the larger ones of late took, so that most need one
 * block. */
static void learn_memory(struct psrp_clixml_reader *r)
{
    size_t percent = (r->arena->used - r->memory_before) * 100 / r->document.size + 1;

    r->usual_memory = percent > r->usual_memory ? percent : (r->usual_memory * 7 + percent) / 8;
}

/* Only Obj makes values of a size that is not known: others are one. */
static bool is_object(struct icm_slice text)
{
    const size_t mark = text.size > 0 && text.data[0] == 0xEF ? 3 : 0;

    return text.size > mark + 3 && text.data[mark + 1] == 'O' && text.data[mark + 2] == 'b';
}

static void expect_memory(const struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                          size_t more)
{
    size_t values = is_object(text) ? (text.size / 100 + 1) * r->usual_memory : sizeof(struct psrp_value);

    icm_arena_expect(arena, values + more);
}

static enum icm_code borrow(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena, bool want_all,
                            struct psrp_value **out, struct icm_error *err)
{
    r->document = text;
    r->arena = arena;
    r->want_all = want_all;
    expect_memory(r, text, arena, 0);
    enum icm_code code = is_empty(text) ? read_empty(r, err) : read_document(r, err);
    if (code != ICM_OK)
        return code;
    if (is_object(text))
        learn_memory(r);
    if (!r->result)
        r->result = psrp_value_nil(arena); /* a root and nothing in it */
    if (!r->result)
        return icm_nomem(err);
    *out = r->result;
    return ICM_OK;
}

/* The copy is part of the arena like the values, which borrow from it. */
static enum icm_code copy(struct psrp_clixml_reader *r, struct icm_slice *text, struct icm_arena *arena,
                          struct icm_error *err)
{
    if (text->size > PSRP_CLIXML_BYTES_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "a document of %zu bytes, at most %zu", text->size,
                        PSRP_CLIXML_BYTES_MAX);
    expect_memory(r, *text, arena, text->size + 1);
    return icm_arena_copy(arena, *text, text) ? ICM_OK : icm_nomem(err);
}

enum icm_code psrp_clixml_read(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                               struct psrp_value **out, struct icm_error *err)
{
    enum icm_code code = copy(r, &text, arena, err);

    return code == ICM_OK ? borrow(r, text, arena, false, out, err) : code;
}

enum icm_code psrp_clixml_read_all(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                   struct psrp_value **out, struct icm_error *err)
{
    enum icm_code code = copy(r, &text, arena, err);

    return code == ICM_OK ? borrow(r, text, arena, true, out, err) : code;
}

enum icm_code psrp_clixml_borrow(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                 struct psrp_value **out, struct icm_error *err)
{
    return borrow(r, text, arena, false, out, err);
}

enum icm_code psrp_clixml_borrow_all(struct psrp_clixml_reader *r, struct icm_slice text, struct icm_arena *arena,
                                     struct psrp_value **out, struct icm_error *err)
{
    return borrow(r, text, arena, true, out, err);
}

/* A small message is copied: its bytes and values have one block then, and nothing of it is empty. */
static enum icm_code take(struct psrp_clixml_reader *r, struct icm_buf *bytes, struct icm_slice *payload,
                          struct icm_arena *arena, struct icm_error *err)
{
    if (payload->size > SMALL)
        return icm_arena_adopt(arena, bytes) ? ICM_OK : icm_nomem(err);
    enum icm_code code = copy(r, payload, arena, err);
    if (code == ICM_OK)
        icm_buf_reset(bytes);
    return code;
}

enum icm_code psrp_clixml_take(struct psrp_clixml_reader *r, struct icm_buf *bytes, struct icm_slice payload,
                               struct icm_arena *arena, struct psrp_value **out, struct icm_error *err)
{
    enum icm_code code = take(r, bytes, &payload, arena, err);

    return code == ICM_OK ? borrow(r, payload, arena, false, out, err) : code;
}
