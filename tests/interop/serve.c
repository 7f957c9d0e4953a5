/* WAITS: for its client. A PSRP server on standard input and output, as `pwsh -s` is one: our machine with the
 * synthetic engine's words, for a client that we did not write (server.sh). */
#include "cli/endpoint_script.h"
#include "psrp/packets.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 64, PIECE_MAX = 32768 };

struct serving {
    struct psrp_server *server;
    struct endpoint_script *scripts[SCRIPTS_MAX];
};

static void fail(const struct icm_error *err)
{
    fprintf(stderr, "icm-serve: %s\n", err->text);
    exit(1);
}

static void write_packet(const struct psrp_packet *packet)
{
    ICM_OWN(icm_buf_reset) struct icm_buf line = {0};

    psrp_packet_write(&line, packet);
    fwrite(line.data, 1, line.size, stdout);
    fflush(stdout);
}

static void give_output(struct serving *s)
{
    ICM_OWN(icm_buf_reset) struct icm_buf piece = {0};
    struct psrp_packet packet = {.type = PSRP_PACKET_DATA};

    while (psrp_server_pull(s->server, PIECE_MAX, &packet.target, &piece, NULL) == ICM_OK) {
        packet.data = icm_buf_slice(&piece);
        write_packet(&packet);
        icm_buf_clear(&piece);
    }
}

/* ---- scripts ---- */

static struct endpoint_script **find(struct serving *s, const struct icm_guid *id)
{
    for (size_t i = 0; i < SCRIPTS_MAX; i++)
        if (s->scripts[i] && icm_guid_equal(endpoint_script_id(s->scripts[i]), id))
            return &s->scripts[i];
    return NULL;
}

static struct endpoint_script **room(struct serving *s)
{
    for (size_t i = 0; i < SCRIPTS_MAX; i++)
        if (!s->scripts[i])
            return &s->scripts[i];
    return NULL;
}

/* Sleeps are over at once. */
static void run(struct serving *s, struct endpoint_script **script)
{
    enum endpoint_script_state state = ENDPOINT_SCRIPT_NEEDS_ROOM;
    struct icm_error err = {0};
    int64_t wake_ms = 0;

    while (state == ENDPOINT_SCRIPT_NEEDS_ROOM || state == ENDPOINT_SCRIPT_NEEDS_TIME) {
        if (endpoint_script_run(*script, s->server, wake_ms, &state, &wake_ms, &err) != ICM_OK)
            fail(&err);
        give_output(s);
    }
    if (state != ENDPOINT_SCRIPT_ENDED)
        return;
    endpoint_script_free(*script);
    *script = NULL;
}

static void run_all(struct serving *s)
{
    for (size_t i = 0; i < SCRIPTS_MAX; i++)
        if (s->scripts[i])
            run(s, &s->scripts[i]);
}

/* ---- events ---- */

static enum icm_code begin_script(struct serving *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct endpoint_script **script = room(s);

    return script ? endpoint_script_new(script, event, err) : icm_fail(err, ICM_LIMIT, NULL, "too many scripts");
}

static enum icm_code handle(struct serving *s, struct psrp_server_event *event, struct icm_error *err)
{
    struct endpoint_script **script = find(s, &event->pipeline_id);

    switch (event->type) {
    case PSRP_SERVER_OPEN:
        return psrp_server_accept(s->server, err);
    case PSRP_SERVER_PIPELINE:
        return begin_script(s, event, err);
    case PSRP_SERVER_RESET:
        return psrp_server_answer_reset(s->server, event->call_id, true, err);
    case PSRP_SERVER_INPUT:
        return script ? endpoint_script_input(*script, event, err) : ICM_OK;
    case PSRP_SERVER_INPUT_END:
        if (script)
            endpoint_script_end_input(*script);
        return ICM_OK;
    case PSRP_SERVER_HOST_RESPONSE:
        if (script)
            endpoint_script_answer(*script, event);
        return ICM_OK;
    default:
        return ICM_OK;
    }
}

static void take_events(struct serving *s)
{
    struct psrp_server_event event;
    struct icm_error err = {0};
    enum icm_code code;

    while ((code = psrp_server_next_event(s->server, &event, &err)) == ICM_OK) {
        code = handle(s, &event, &err);
        psrp_server_event_reset(&event);
        if (code != ICM_OK)
            fail(&err);
    }
    if (code != ICM_AGAIN)
        fprintf(stderr, "icm-serve: %s\n", err.text);
    icm_error_reset(&err);
    give_output(s);
    run_all(s);
}

/* ---- packets ---- */

static void on_data(struct serving *s, const struct psrp_packet *packet)
{
    const struct icm_guid *target = icm_guid_is_zero(&packet->target) ? NULL : &packet->target;

    if (packet->is_prompt_response)
        psrp_server_feed_responses(s->server, target, packet->data, NULL);
    else
        psrp_server_feed(s->server, target, packet->data, NULL);
    take_events(s);
}

static void on_command(struct serving *s, const struct psrp_packet *packet)
{
    psrp_server_begin(s->server, &packet->target, NULL);
}

static void on_signal(struct serving *s, const struct psrp_packet *packet)
{
    struct endpoint_script **script = find(s, &packet->target);

    if (!script)
        return;
    endpoint_script_stop(*script);
    run(s, script);
}

static void on_close(struct serving *s, const struct psrp_packet *packet)
{
    on_signal(s, packet);
    if (!icm_guid_is_zero(&packet->target))
        return;
    psrp_server_close(s->server, NULL);
    give_output(s);
}

static const struct {
    void (*act)(struct serving *s, const struct psrp_packet *packet);
    enum psrp_packet_type answer;
} packets[PSRP_PACKET_TYPE_COUNT] = {
    [PSRP_PACKET_DATA] = {on_data, PSRP_PACKET_DATA_ACK},
    [PSRP_PACKET_COMMAND] = {on_command, PSRP_PACKET_COMMAND_ACK},
    [PSRP_PACKET_SIGNAL] = {on_signal, PSRP_PACKET_SIGNAL_ACK},
    [PSRP_PACKET_CLOSE] = {on_close, PSRP_PACKET_CLOSE_ACK},
};

static void take_packets(struct serving *s, struct psrp_packet_reader *reader)
{
    struct psrp_packet packet;
    struct icm_error err = {0};
    enum icm_code code;

    while ((code = psrp_packet_reader_next(reader, &packet, &err)) == ICM_OK) {
        if (!packets[packet.type].act)
            continue;
        packets[packet.type].act(s, &packet);
        write_packet(&(struct psrp_packet){.type = packets[packet.type].answer, .target = packet.target});
    }
    if (code != ICM_AGAIN)
        fail(&err);
}

int main(void)
{
    struct serving s = {0};
    struct psrp_packet_reader *reader = NULL;
    struct icm_error err = {0};
    char bytes[65536];
    ssize_t got;

    if (psrp_server_new(&s.server, &err) != ICM_OK || psrp_packet_reader_new(&reader, &err) != ICM_OK)
        fail(&err);
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) > 0) {
        if (psrp_packet_reader_feed(reader, icm_slice_of(bytes, (size_t)got), &err) != ICM_OK)
            fail(&err);
        take_packets(&s, reader);
    }
    for (size_t i = 0; i < SCRIPTS_MAX; i++)
        endpoint_script_free(s.scripts[i]);
    psrp_packet_reader_free(reader);
    psrp_server_free(s.server);
    return 0;
}
