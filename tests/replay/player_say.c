#include "tests/replay/player_private.h"

#include "base/text.h"
#include "wsman/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define BRIEFLY "PT0.02S" /* of a Receive that the recorded client waited for */
#define LEFT_OPEN "PT20S" /* of one that it left open until it deleted the shell */

const char player_configuration[] = WSMAN_NS_POWERSHELL "/Microsoft.PowerShell";

static void replace(struct icm_buf *text, const char *from, const char *to)
{
    struct icm_buf out = {0};
    struct icm_slice rest = icm_buf_slice(text);
    const uint8_t *found;

    while (*from && rest.size > 0 && (found = memmem(rest.data, rest.size, from, strlen(from)))) {
        icm_buf_add(&out, icm_slice_of(rest.data, (size_t)(found - rest.data)));
        icm_buf_add_text(&out, to);
        rest = icm_slice_from(rest, (size_t)(found - rest.data) + strlen(from));
    }
    icm_buf_add(&out, rest);
    icm_buf_move(text, &out);
}

/* Put @value where the element at @path has another. */
static void put(struct icm_buf *text, const struct replay_envelope *e, const char *path, const char *value)
{
    struct icm_slice old = replay_envelope_get(e, path);
    char from[512], to[512];

    if (old.size == 0 || old.size > 400)
        return;
    snprintf(from, sizeof from, ">%.*s<", (int)old.size, (const char *)old.data);
    snprintf(to, sizeof to, ">%s<", value);
    replace(text, from, to);
}

/* the address with our port; scheme, path and query are the client's */
static void put_address(struct player *p, struct icm_buf *text, const struct replay_envelope *e)
{
    struct icm_buf old = {0};
    char value[400];

    icm_buf_add(&old, replay_envelope_get(e, "s:Header/a:To"));
    const char *host = strstr(icm_buf_text(&old), "://"), *path = host ? strchr(host + 3, '/') : NULL;
    if (path) {
        snprintf(value, sizeof value, "%.*s127.0.0.1:%u%s", (int)(host + 3 - (const char *)old.data), (char *)old.data,
                 p->options->port, path);
        put(text, e, "s:Header/a:To", value);
    }
    icm_buf_reset(&old);
}

/* a fresh one of the client's form: its last digits count */
static void put_message_id(struct player *p, struct player_step *s, struct icm_buf *text)
{
    struct icm_slice id = s->request.message_id;
    int kept = id.size > 12 && id.size < 100 ? (int)id.size - 12 : 0;

    if (id.size == 0)
        return;
    snprintf(s->message_id, sizeof s->message_id, "%.*s%012X", kept, (const char *)id.data, ++p->message_number);
    put(text, &s->request.envelope, "s:Header/a:MessageID", s->message_id);
}

static void write_body(struct player *p, struct player_step *s, struct icm_buf *out)
{
    const struct replay_envelope *e = &s->request.envelope;

    icm_buf_add(out, icm_buf_slice(&s->row->request));
    for (size_t i = 0; i < p->ids.text_count; i++)
        replace(out, p->ids.texts[i].recorded, p->ids.texts[i].live);
    put_message_id(p, s, out);
    put_address(p, out, e);
    if (s->request.operation == REPLAY_RECEIVE)
        put(out, e, "s:Header/w:OperationTimeout", s->is_left_open ? LEFT_OPEN : BRIEFLY);
    put(out, e, "s:Body/rsp:Shell/rsp:WorkingDirectory", "/");
    if (s->request.is_powershell)
        put(out, e, "s:Header/w:ResourceURI", player_configuration);
}

/* The login was removed from recordings. Where it was refused it is the recorded scheme with what is no login. */
void player_add_authorization(const struct player *p, const struct replay_row *row, struct icm_buf *out)
{
    struct icm_buf headers = {0}, login = {0};
    char scheme[32] = "Basic";
    bool is_refused = row->status == 401;

    icm_buf_add(&headers, icm_buf_slice(&row->request_headers));
    const char *said = strstr(icm_buf_text(&headers), "Authorization: ");
    if (is_refused && said)
        sscanf(said, "Authorization: %31s", scheme);
    icm_buf_add_format(&login, "%s:%s", p->options->user, is_refused ? "wrong" : p->options->password);
    if (!is_refused || said) {
        icm_buf_add_format(out, "Authorization: %s ", scheme);
        icm_base64_write(out, icm_buf_slice(&login));
        icm_buf_add_text(out, "\r\n");
    }
    icm_buf_reset(&login);
    icm_buf_reset(&headers);
}

/* what the recorder saw, but for what has to be another here */
void player_add_headers(const struct replay_row *row, struct icm_buf *out)
{
    static const char *const ours[] = {"Host:", "Content-Length:", "Authorization:", "Accept-Encoding:", "Expect:"};
    struct icm_slice all = icm_buf_slice(&row->request_headers);
    char *text = all.size > 0 ? strndup((const char *)all.data, all.size) : NULL, *rest;

    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line; line = strtok_r(NULL, "\n", &rest)) {
        bool is_ours = false;
        for (size_t i = 0; i < ICM_COUNT(ours); i++)
            is_ours = is_ours || strncasecmp(line, ours[i], strlen(ours[i])) == 0;
        if (!is_ours)
            icm_buf_add_format(out, "%s\r\n", line);
    }
    free(text);
    if (all.size == 0)
        icm_buf_add_text(out, "Content-Type: application/soap+xml;charset=UTF-8\r\n");
}

void player_write_request(struct player *p, struct player_step *s, struct icm_buf *out)
{
    struct icm_buf body = {0};
    struct icm_buf line = {0};

    write_body(p, s, &body);
    icm_buf_add(&line, icm_buf_slice(&s->row->request_line));
    icm_buf_add_format(out, "%s\r\nHost: 127.0.0.1:%u\r\nContent-Length: %zu\r\n",
                       line.size > 0 ? icm_buf_text(&line) : "POST /wsman HTTP/1.1", p->options->port, body.size);
    player_add_authorization(p, s->row, out);
    player_add_headers(s->row, out);
    icm_buf_add_text(out, "\r\n");
    icm_buf_add(out, icm_buf_slice(&body));
    icm_buf_reset(&body);
    icm_buf_reset(&line);
}

/* whether @id was given by an answer, or chosen by the client */
static bool is_known(const struct player *p, struct icm_slice id)
{
    for (size_t i = 0; i < p->ids.text_count; i++)
        if (icm_slice_equal_nocase(id, icm_slice_text(p->ids.texts[i].recorded)))
            return true;
    for (size_t i = 0; i < p->capture->row_count; i++) {
        const struct replay_request *r = &p->steps[i].request;
        bool is_asked = r->operation == REPLAY_COMMAND && icm_slice_equal_nocase(r->command_id, id);
        if (is_asked || icm_slice_equal_nocase(r->asked_id, id))
            return true;
    }
    return false;
}

void player_adopt_ids(struct player *p, const struct player_step *s)
{
    const struct replay_request *r = &s->request;

    if (s->row->status != 200)
        return;
    if (r->shell_id.size > 0 && !is_known(p, r->shell_id))
        replay_ids_add_text(&p->ids, r->shell_id, icm_buf_slice(&p->newest_shell));
    if (r->command_id.size > 0 && !is_known(p, r->command_id))
        replay_ids_add_text(&p->ids, r->command_id, icm_buf_slice(&p->newest_command));
}
