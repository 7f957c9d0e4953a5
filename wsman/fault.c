#include "wsman/fault.h"

#include <stdio.h>

/* @text with every run of white space and control characters as one blank: what a peer says is one line, and no
 * terminal's command */
static void add_line(struct icm_buf *out, struct icm_slice text)
{
    text = icm_slice_trim(text);
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (c > ' ' && c != 0x7F)
            icm_buf_add_u8(out, c);
        else if (out->size > 0 && out->data[out->size - 1] != ' ')
            icm_buf_add_u8(out, ' ');
    }
}

/* the provider's words where there are any, as the reason is often the same for everything; else the reason, else a
 * name */
static void add_words(struct icm_buf *out, const struct wsman_fault_code *row, struct icm_slice subcode,
                      struct icm_slice reason, struct icm_slice detail)
{
    add_line(out, detail);
    if (out->size == 0)
        add_line(out, reason);
    if (out->size == 0 && row)
        icm_buf_add_text(out, row->symbol);
    if (out->size == 0)
        add_line(out, subcode);
    if (out->size == 0)
        icm_buf_add_text(out, "a fault without a reason");
    while (out->size > 0 && (out->data[out->size - 1] == '.' || out->data[out->size - 1] == ' '))
        out->size--;
}

static void fill_fault(struct icm_error *err, uint32_t code, const struct wsman_fault_code *row,
                       struct icm_slice subcode, const char *words)
{
    struct icm_fault *fault = icm_error_fault(err);

    if (!fault)
        return;
    struct icm_buf name = {0};
    add_line(&name, subcode);
    fault->wsman_code = code;
    icm_set_text(&fault->reason, words);
    icm_set_text(&fault->subcode, name.size > 0 ? icm_buf_text(&name) : NULL);
    icm_set_text(&fault->remedy, row ? row->remedy : NULL);
    icm_buf_reset(&name);
}

enum icm_code wsman_fault_fail(struct icm_error *err, uint32_t code, struct icm_slice subcode, struct icm_slice reason,
                               struct icm_slice detail)
{
    const struct wsman_fault_code *row = wsman_fault_lookup(code);
    struct icm_buf words = {0};

    add_words(&words, row, subcode, reason, detail);
    const char *text = icm_buf_text(&words);
    if (code != 0)
        icm_fail(err, ICM_FAULT, NULL, "%.*s (0x%08X)", 300, text, code);
    else
        icm_fail(err, ICM_FAULT, NULL, "%s", text);
    fill_fault(err, code, row, subcode, text);
    icm_buf_reset(&words);
    return ICM_FAULT;
}

/* RFC 9110 15: what it means that a WinRM service, or what stands before it, answers so */
static const struct {
    unsigned first, last;
    enum icm_code code;
    uint32_t wsman_code;
    const char *text, *remedy;
} statuses[] = {
    {300, 399, ICM_IO, 2150859161u, "the server redirects to another address", NULL},
    {400, 400, ICM_IO, 2150859121u, "the server calls the request bad", NULL},
    {401, 401, ICM_DENIED, WSMAN_CODE_ACCESS_DENIED, "the server did not accept the user name and password",
     "check the user name, the password, and that the server allows this -Authentication"},
    {403, 403, ICM_DENIED, WSMAN_CODE_ACCESS_DENIED, "the server refuses access", NULL},
    {404, 404, ICM_IO, 2150859027u, "there is nothing at that address", NULL},
    {407, 407, ICM_DENIED, 0, "a proxy wants a user name and password", "check the proxy settings"},
    {408, 408, ICM_TIMEOUT, 2150859046u, "the server waited too long for the request", NULL},
    {413, 413, ICM_IO, WSMAN_CODE_ENVELOPE_TOO_LARGE, "the request is larger than the server takes", NULL},
    {500, 500, ICM_IO, 2150859120u, "the server failed and gave no reason", NULL},
    {502, 502, ICM_IO, WSMAN_CODE_DESTINATION_UNREACHABLE, "a proxy or gateway cannot reach the server", NULL},
    {503, 503, ICM_IO, 2150859026u, "the WinRM service is not available", NULL},
    {504, 504, ICM_TIMEOUT, 2150859046u, "a proxy or gateway waited too long for the server", NULL},
    {0, UINT32_MAX, ICM_IO, 2150859023u, "the server answered with an unexpected status", NULL},
};

enum icm_code wsman_fault_http_status(struct icm_error *err, unsigned status)
{
    size_t i = 0;

    while (status < statuses[i].first || status > statuses[i].last)
        i++;
    const struct wsman_fault_code *row = wsman_fault_lookup(statuses[i].wsman_code);
    icm_fail(err, statuses[i].code, NULL, "%s (HTTP status %u)", statuses[i].text, status);
    struct icm_fault *fault = icm_error_fault(err);
    if (fault) {
        fault->http_status = status;
        fault->wsman_code = statuses[i].wsman_code;
        icm_set_text(&fault->reason, statuses[i].text);
        icm_set_text(&fault->remedy, statuses[i].remedy || !row ? statuses[i].remedy : row->remedy);
    }
    return statuses[i].code;
}

void wsman_fault_qualified_id(const struct icm_fault *fault, char out[96])
{
    const struct wsman_fault_code *row = wsman_fault_lookup(fault->wsman_code);

    if (row && row->short_name)
        snprintf(out, 96, "%s,PSSessionStateBroken", row->short_name);
    else
        snprintf(out, 96, "%d,PSSessionStateBroken", (int)(int32_t)fault->wsman_code);
}
