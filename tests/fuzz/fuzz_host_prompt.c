/* A host call in CLIXML and, behind a NUL, what a user types, given to the console host's machines. Laws: a call that
 * is the method's gets an answer of the kind that the method gives, or a refusal in words; what is shown does not act
 * on the terminal; a secret is asked for behind words that name the computer; of keys each takes at least a byte. */
#include "cli/host_about.h"
#include "cli/host_key.h"
#include "cli/host_prompt.h"
#include "cli/host_raw.h"
#include "psrp/clixml.h"

#include <stdlib.h>

#define COMPUTER "computer.of.the.test"

static struct psrp_clixml_reader *reader;

static void must(bool law)
{
    if (!law)
        abort();
}

static void check_shown(struct icm_slice text)
{
    while (text.size > 0) {
        int32_t c = icm_utf8_next(&text);

        must(c == '\n' || c == '\t' || (c >= ' ' && c < 0x7F) || c >= 0xA0);
    }
}

static bool names_computer(struct icm_slice text)
{
    return text.size > 0 && memmem(text.data, text.size, COMPUTER, strlen(COMPUTER));
}

static struct icm_slice next_line(struct icm_slice *typed)
{
    const uint8_t *end = memchr(typed->data, '\n', typed->size);
    size_t size = end ? (size_t)(end - typed->data) : typed->size;
    struct icm_slice line = icm_slice_of(typed->data, size);

    *typed = icm_slice_from(*typed, end ? size + 1 : size);
    return line;
}

static void ask(const struct psrp_host_call *call, struct icm_slice typed)
{
    struct cli_prompt *p = NULL;
    bool is_named = false;
    const char *why;

    must(cli_prompt_new(&p, call, COMPUTER, false, NULL) == ICM_OK);
    while (cli_prompt_wants(p) != CLI_PROMPT_WANTS_NOTHING) {
        check_shown(cli_prompt_text(p));
        is_named = is_named || names_computer(cli_prompt_text(p));
        must(cli_prompt_wants(p) != CLI_PROMPT_WANTS_SECRET || is_named);
        if (typed.size == 0)
            cli_prompt_end(p);
        else
            cli_prompt_take(p, next_line(&typed));
    }
    check_shown(cli_prompt_text(p));
    const struct psrp_value *answer = cli_prompt_answer(p, &why);
    must(why ? !answer && *why : psrp_host_may_give(call->method, answer));
    cli_prompt_free(p);
}

static void set_and_get(const struct psrp_host_call *call, struct icm_arena *a)
{
    struct icm_buf screen = {0};
    struct psrp_value *result = NULL;
    struct cli_raw raw;

    cli_raw_init(&raw, (struct psrp_size){80, 25});
    if (cli_raw_take(&raw, call, a, &result, &screen) || cli_about_take(call, a, &result))
        must(psrp_host_may_give(call->method, result));
    must(raw.info.window_title.size <= CLI_RAW_TITLE_MAX && screen.size <= CLI_RAW_TITLE_MAX + 8);
    must(psrp_host_info_value(a, &raw.info) != NULL);
    icm_buf_reset(&screen);
}

static void press(struct icm_slice typed)
{
    while (typed.size > 0) {
        struct icm_slice before = typed;
        struct cli_key key;

        cli_key_read(&typed, &key);
        must(typed.size < before.size && before.size - typed.size <= CLI_KEY_BYTES_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    struct icm_slice xml = icm_slice_of(data, end ? (size_t)(end - data) : size);
    struct icm_slice typed = end ? icm_slice_of(end + 1, size - xml.size - 1) : icm_slice_of(NULL, 0);
    struct psrp_value *value = NULL;
    struct psrp_host_call call;
    struct icm_arena a = {0};

    if (!reader)
        must(psrp_clixml_reader_new(&reader, NULL) == ICM_OK);
    press(typed);
    if (psrp_clixml_read(reader, xml, &a, &value, NULL) == ICM_OK &&
        psrp_host_call_read(value, &call, NULL) == ICM_OK) {
        if (cli_prompt_is_for(call.method))
            ask(&call, typed);
        set_and_get(&call, &a);
    }
    icm_arena_reset(&a);
    return 0;
}
