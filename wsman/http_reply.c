/* A reply as it comes: its head is the handshake's, its body is opened where the conversation is sealed, and read. */
#include "wsman/http_state.h"

#include "wsman/fault.h"

#include <strings.h>

void wsman_reply_begin(struct wsman_lane *l)
{
    icm_buf_clear(&l->challenges);
    l->is_judged = false;
    l->verdict = ICM_AGAIN;
    l->reads_body = l->opens_body = l->has_ended = false;
    l->body_size = 0;
    wsman_inlet_give(l->http, l->inlet);
    l->inlet = NULL;
    icm_buf_clear(&l->body);
}

/* ---- its head ---- */

static bool begins_with(struct icm_slice line, const char *name)
{
    size_t size = strlen(name);

    return line.size >= size && strncasecmp((const char *)line.data, name, size) == 0;
}

/* The challenges are those of the last head: a 100 may come in front of it. */
void wsman_reply_header(struct wsman_lane *l, struct icm_slice line)
{
    static const char name[] = "WWW-Authenticate:";

    if (begins_with(line, "HTTP/"))
        icm_buf_clear(&l->challenges);
    if (!begins_with(line, name))
        return;
    if (l->challenges.size + line.size > WSMAN_CHALLENGES_MAX) {
        l->code = icm_fail(&l->err, ICM_LIMIT, "RFC 9110 11.6.1", "WWW-Authenticate headers of more than %d bytes",
                           WSMAN_CHALLENGES_MAX);
        return;
    }
    icm_buf_add(&l->challenges, icm_slice_trim(icm_slice_from(line, sizeof name - 1)));
    icm_buf_add_u8(&l->challenges, '\n');
}

static void judge(struct wsman_lane *l)
{
    l->is_judged = true;
    l->verdict = icm_buf_check(&l->challenges, &l->err);
    if (l->verdict == ICM_OK)
        l->verdict =
            wsman_handshake_replied(l->handshake, wsman_transfer_status(l), icm_buf_slice(&l->challenges), &l->err);
    if (l->verdict != ICM_OK && l->verdict != ICM_AGAIN)
        l->code = l->verdict;
}

/* ---- its body ---- */

static bool is_xml(const char *content_type)
{
    return content_type && (strcasestr(content_type, "soap+xml") || strcasestr(content_type, "text/xml") ||
                            strcasestr(content_type, "application/xml"));
}

/* Sealed means sealed: what is in clear is not looked at, whatever it says. Other statuses than these two carry no
 * envelope. */
static void begin_sealed_body(struct wsman_lane *l, struct auth_context *sealer, const char *content_type)
{
    unsigned status = wsman_transfer_status(l);

    if (!wsman_is_sealed(content_type) && status != 200 && status != 500)
        return;
    if (!l->inlet->unsealer)
        l->code = wsman_unsealer_new(&l->inlet->unsealer, &l->err);
    if (l->code == ICM_OK)
        l->code = wsman_unsealer_restart(l->inlet->unsealer, sealer, content_type, l->request.reply_max, &l->err);
    l->reads_body = l->opens_body = l->code == ICM_OK;
}

/* Only an answer that claims to be an envelope is parsed; the page of a proxy says nothing that its status does not. */
static void begin_body(struct wsman_lane *l)
{
    struct auth_context *sealer = wsman_handshake_sealer(l->handshake);
    char *content_type = NULL;

    l->code = wsman_inlet_take(&l->inlet, l->http, l->request.reply_max, &l->err);
    if (l->code != ICM_OK)
        return;
    curl_easy_getinfo(l->easy, CURLINFO_CONTENT_TYPE, &content_type);
    if (sealer) {
        begin_sealed_body(l, sealer, content_type);
        return;
    }
    l->reads_body = is_xml(content_type);
    if (!l->reads_body && wsman_transfer_status(l) == 200)
        l->code = icm_fail(&l->err, ICM_SYNTAX, "MS-WSMV 2.1", "the answer is '%.80s' and no SOAP envelope",
                           content_type ? content_type : "without a Content-Type");
}

static void parse(struct wsman_lane *l)
{
    struct icm_buf *unparsed = &l->inlet->unparsed;

    l->code = icm_buf_check(unparsed, &l->err);
    if (l->code == ICM_OK)
        l->code = wsman_reader_feed(l->inlet->reader, icm_buf_slice(unparsed), &l->err);
    icm_buf_clear(unparsed);
}

/* A second message in one body comes to those who ask for it by an OperationID, which we do not. MS-WSMV 3.1.4.1.39 */
static void open_piece(struct wsman_lane *l, struct icm_slice piece)
{
    struct icm_buf *unparsed = &l->inlet->unparsed;

    while (l->code == ICM_OK && piece.size > 0) {
        size_t taken, before = unparsed->size;
        bool ended, had_ended = l->has_ended;

        l->code = wsman_unsealer_feed(l->inlet->unsealer, piece, &taken, &ended, unparsed, &l->err);
        if (l->code == ICM_OK && had_ended && unparsed->size > before)
            l->code = icm_fail(&l->err, ICM_SYNTAX, "MS-WSMV 3.1.4.1.39", "a second message in the answer to %s",
                               wsman_operation_name(l->request.operation));
        l->has_ended |= ended;
        if (l->keeps_body)
            icm_buf_add(&l->body, icm_slice_from(icm_buf_slice(unparsed), before));
        piece = icm_slice_from(piece, taken);
    }
}

static void keep_piece(struct wsman_lane *l, struct icm_slice piece)
{
    if (l->keeps_body)
        icm_buf_add(&l->body, piece);
    icm_buf_add(&l->inlet->unparsed, piece);
}

/* What is not read tells nothing but its status: the answer to a token, or the page of something in between. */
static void ignore_piece(struct wsman_lane *l, struct icm_slice piece)
{
    if (l->body_size > WSMAN_IGNORED_MAX)
        l->code = icm_fail(&l->err, ICM_LIMIT, "RFC 9110 11",
                           "a page of more than %d bytes where %s was asked for (HTTP status %u)", WSMAN_IGNORED_MAX,
                           l->verdict == ICM_OK ? "an envelope" : "a logon", wsman_transfer_status(l));
    else if (l->verdict == ICM_OK && l->keeps_body)
        icm_buf_add(&l->body, piece);
}

bool wsman_reply_body(struct wsman_lane *l, struct icm_slice piece)
{
    if (!l->is_judged)
        judge(l);
    if (!l->inlet && l->verdict == ICM_OK && l->code == ICM_OK)
        begin_body(l);
    l->body_size += piece.size;
    if (l->code != ICM_OK)
        return false;
    if (l->verdict != ICM_OK || !l->reads_body)
        ignore_piece(l, piece);
    else if (l->opens_body)
        open_piece(l, piece);
    else
        keep_piece(l, piece);
    if (l->code == ICM_OK && l->inlet && l->inlet->unparsed.size >= WSMAN_PARSED_PIECE)
        parse(l);
    return l->code == ICM_OK;
}

/* ---- its end ---- */

/* A service that was not told to allow it calls a body in clear bad, and says no more. */
static enum icm_code fail_status(const struct wsman_lane *l, unsigned status, struct icm_error *err)
{
    const struct wsman_login *login = l->login;
    bool is_bare = l->sends_body && !login->is_tls && auth_mechanism_has(login->mechanism, AUTH_SEALS) &&
                   !login->options.needs_sealing;
    enum icm_code code = wsman_fault_http_status(err, status);

    if (is_bare && status == 400 && icm_error_fault(err))
        icm_set_text(&err->fault->remedy,
                     "leave -SessionOption NoEncryption out: the service takes nothing in clear (its AllowUnencrypted)");
    return code;
}

enum icm_code wsman_reply_finish(struct wsman_lane *l, struct wsman_message **reply, struct icm_error *err)
{
    unsigned status = wsman_transfer_status(l);

    if (!l->is_judged)
        judge(l);
    if (l->code == ICM_OK && l->verdict == ICM_AGAIN)
        return ICM_AGAIN;
    if (l->code == ICM_OK && l->opens_body)
        l->code = wsman_unsealer_finish(l->inlet->unsealer, &l->err);
    if (l->code == ICM_OK && l->reads_body)
        parse(l);
    if (l->code != ICM_OK) {
        icm_error_copy(err, &l->err);
        return l->code;
    }
    if (!l->reads_body || l->body_size == 0 || status == 403)
        return status == 200 ? icm_fail(err, ICM_SYNTAX, "MS-WSMV 3.1.4", "an empty answer to %s",
                                        wsman_operation_name(l->request.operation))
                             : fail_status(l, status, err);
    return wsman_reader_finish(l->inlet->reader, reply, err);
}
