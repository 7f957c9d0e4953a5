/* Each dialogue of fixtures/psrp (or $ICM_DATA_DIR/psrp): the server's lines, recorded from the real engine, are given
 * to our pool, and what the recorded client did our pool does at the same time. The events are to be those that the
 * index names; what we send is to be messages of the same types, and the ones that everything begins with are to have
 * the same members. */
#include "tests/psrp/peers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "psrp/packets.h"

enum { NAME_COLUMN = 0, CLIENT_COLUMN = 2, MESSAGES_COLUMN = 7, CASES_MAX = 10000 };

struct recorded_case {
    char *name, *client, *messages;
};

/* a stream of fragments, in either direction of either client */
struct stream {
    struct stream *next;
    struct icm_guid target;
    bool is_prompt_response;
    struct psrp_defragmenter *joined;
};

/* one client's messages: theirs as recorded, and ours */
struct client {
    struct stream *streams;
    struct icm_buf names; /* of the messages that both may send, in order */
    unsigned host_responses;
    struct icm_buf first[3]; /* the first of each of compared[] */
};

struct replay {
    const struct recorded_case *recorded;
    size_t step; /* how many bytes the pool gets at a time */
    struct psrp_pool *pool;
    struct psrp_packet_reader *packets;
    struct psrp_clixml_reader *reader;
    struct client theirs, ours;
    struct icm_buf events;
    bool is_from_client, has_foreign_version;
};

static const uint32_t compared[] = {PSRP_SESSION_CAPABILITY, PSRP_INIT_RUNSPACEPOOL, PSRP_CREATE_PIPELINE};

static const char *folder(void)
{
    static char path[4096];
    const char *other = getenv("ICM_DATA_DIR");

    snprintf(path, sizeof path, "%s/psrp", other ? other : ICM_FIXTURES);
    return path;
}

static bool load(const char *name, struct icm_buf *out)
{
    char path[8192];
    size_t got = 1;

    snprintf(path, sizeof path, "%s/%s", folder(), name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    for (; got > 0; out->size += got) {
        uint8_t *room = icm_buf_room(out, 65536);
        got = room ? fread(room, 1, 65536, file) : 0;
    }
    fclose(file);
    return true;
}

/* ---- what was said ---- */

static struct stream *find_stream(struct client *c, const struct icm_guid *target, bool is_prompt_response)
{
    struct stream *s = c->streams;

    while (s && !(icm_guid_equal(&s->target, target) && s->is_prompt_response == is_prompt_response))
        s = s->next;
    return s;
}

static struct psrp_defragmenter *stream_of(struct client *c, const struct icm_guid *target, bool is_prompt_response)
{
    struct stream *s = find_stream(c, target, is_prompt_response);

    if (s)
        return s->joined;
    s = calloc(1, sizeof *s);
    assert_non_null(s);
    *s = (struct stream){c->streams, *target, is_prompt_response, NULL};
    assert_int_equal(psrp_defragmenter_new(&s->joined, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    c->streams = s;
    return s->joined;
}

static void client_reset(struct client *c)
{
    for (struct stream *s; (s = c->streams);) {
        c->streams = s->next;
        psrp_defragmenter_free(s->joined);
        free(s);
    }
    icm_buf_reset(&c->names);
    for (size_t i = 0; i < ICM_COUNT(c->first); i++)
        icm_buf_reset(&c->first[i]);
}

static void note_message(struct client *c, const struct psrp_message *m)
{
    const char *name = psrp_message_name(m->type);

    c->host_responses += m->type == PSRP_PIPELINE_HOST_RESPONSE || m->type == PSRP_RUNSPACEPOOL_HOST_RESPONSE;
    for (size_t i = 0; i < ICM_COUNT(compared); i++)
        if (m->type == compared[i] && c->first[i].size == 0)
            icm_buf_add(&c->first[i], m->payload);
    for (size_t i = 0; i < ICM_COUNT(compared); i++)
        if (m->type == compared[i])
            icm_buf_add_format(&c->names, "%s ", name);
    if (m->type == PSRP_PIPELINE_INPUT || m->type == PSRP_END_OF_PIPELINE_INPUT)
        icm_buf_add_format(&c->names, "%s ", name);
}

static void take_events(struct replay *r)
{
    struct psrp_event event;

    while (psrp_pool_next_event(r->pool, &event, NULL) == ICM_OK) {
        peers_describe_kind(&r->events, &event);
        icm_buf_add_u8(&r->events, ' ');
        psrp_event_reset(&event);
    }
}

/* ---- our client does what theirs did ---- */

static void take_ours_from(struct replay *r, struct psrp_pipeline *pipeline, enum psrp_stream stream)
{
    struct icm_guid target = pipeline ? *psrp_pipeline_id(pipeline) : peers_guid(ZERO_ID);
    struct psrp_defragmenter *d = stream_of(&r->ours, &target, stream == PSRP_STREAM_PROMPT_RESPONSE);
    struct icm_buf bytes = {0}, message = {0};
    struct psrp_message m;

    while (psrp_pool_pull(r->pool, pipeline, stream, 32768, &bytes, NULL) == ICM_OK)
        continue;
    assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
    while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK) {
        assert_int_equal(psrp_message_read(icm_buf_slice(&message), &m, NULL), ICM_OK);
        note_message(&r->ours, &m);
    }
    icm_buf_reset(&message);
    icm_buf_reset(&bytes);
}

static void take_ours(struct replay *r)
{
    for (enum psrp_stream stream = 0; stream < PSRP_STREAM_COUNT; stream++) {
        take_ours_from(r, NULL, stream);
        for (struct psrp_pipeline *p = r->pool->pipelines; p; p = p->next)
            take_ours_from(r, p, stream);
    }
}

static void open_pool(struct replay *r, const struct psrp_message *m, const struct psrp_value *value)
{
    struct psrp_pool_options options = {.pool_id = m->pool_id, .is_encrypted = true}; /* 2.4 is to stay that */
    struct icm_slice version = psrp_value_text_of(psrp_value_member(value, "protocolversion"));
    char text[32];

    snprintf(text, sizeof text, "%.*s", (int)version.size, version.size ? (const char *)version.data : "");
    r->has_foreign_version = strncmp(text, "2.", 2) != 0;
    if (!r->has_foreign_version)
        options.protocol_version = text;
    psrp_pool_free(r->pool);
    r->pool = NULL;
    assert_int_equal(psrp_pool_new(&r->pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(r->pool, NULL), ICM_OK);
}

static struct icm_slice script_text(const struct psrp_value *creation)
{
    const struct psrp_value *commands = psrp_value_member(psrp_value_member(creation, "PowerShell"), "Cmds");

    if (!commands || !commands->as.list->first)
        return icm_slice_text("");
    return psrp_value_text_of(psrp_value_member(commands->as.list->first->value, "Cmd"));
}

static void create_pipeline(struct replay *r, const struct psrp_message *m, const struct psrp_value *value)
{
    const struct psrp_value *no_input = psrp_value_member(value, "NoInput");
    struct psrp_script script = {.text = script_text(value), .has_input = no_input && !no_input->as.boolean};
    struct psrp_pipeline *pipeline = NULL;

    assert_int_equal(psrp_pipeline_new(&pipeline, r->pool, &script, NULL), ICM_OK);
    psrp_pipeline_set_id(pipeline, &m->pipeline_id);
}

/* Whether ours does it too: it begins nothing in a pool that is not open, and says nothing to a pipeline that has
 * ended. */
static bool follow(struct replay *r, const struct psrp_message *m, const struct psrp_value *value)
{
    bool is_open = r->pool && psrp_pool_state(r->pool) == PSRP_POOL_OPENED;
    struct psrp_pipeline *pipeline = is_open ? psrp_pool_find(r->pool, &m->pipeline_id) : NULL;

    if (m->type == PSRP_SESSION_CAPABILITY) {
        if (r->pool && !psrp_pool_is_over(r->pool))
            return false;
        open_pool(r, m, value);
        return true;
    }
    if (m->type == PSRP_CREATE_PIPELINE || m->type == PSRP_GET_COMMAND_METADATA) {
        if (is_open)
            create_pipeline(r, m, value);
        return is_open;
    }
    if (m->type != PSRP_PIPELINE_INPUT && m->type != PSRP_END_OF_PIPELINE_INPUT)
        return r->pool != NULL;
    if (!pipeline || psrp_pipeline_has_ended(pipeline))
        return false;
    assert_int_equal(m->type == PSRP_PIPELINE_INPUT ? psrp_pipeline_input(pipeline, value, NULL)
                                                    : psrp_pipeline_end_input(pipeline, NULL),
                     ICM_OK);
    return true;
}

static void their_message(struct replay *r, struct icm_slice bytes)
{
    struct icm_arena a = {0};
    struct psrp_value *value = NULL;
    struct psrp_message m;

    if (psrp_message_read(bytes, &m, NULL) == ICM_OK &&
        psrp_clixml_read(r->reader, m.payload, &a, &value, NULL) == ICM_OK && follow(r, &m, value)) {
        if (m.type == PSRP_GET_COMMAND_METADATA) /* which ours asks by a script */
            m = (struct psrp_message){.type = PSRP_CREATE_PIPELINE};
        note_message(&r->theirs, &m);
        take_ours(r);
    }
    icm_arena_reset(&a);
}

/* Some of their lines are wrong on purpose. Data for a pipeline without a Command before it the server does not see. */
static void their_data(struct replay *r, const struct psrp_packet *packet)
{
    struct icm_buf message = {0};

    if (!icm_guid_is_zero(&packet->target) && !find_stream(&r->theirs, &packet->target, false))
        return;
    struct psrp_defragmenter *d = stream_of(&r->theirs, &packet->target, packet->is_prompt_response);
    psrp_defragmenter_feed(d, packet->data, NULL);
    while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK)
        their_message(r, icm_buf_slice(&message));
    icm_buf_reset(&message);
}

static void from_client(struct replay *r, const struct psrp_packet *packet)
{
    struct psrp_pipeline *pipeline = r->pool ? psrp_pool_find(r->pool, &packet->target) : NULL;

    if (packet->type == PSRP_PACKET_DATA)
        their_data(r, packet);
    if (packet->type == PSRP_PACKET_COMMAND)
        stream_of(&r->theirs, &packet->target, false);
    if (packet->type == PSRP_PACKET_SIGNAL && pipeline)
        psrp_pipeline_stop(pipeline);
}

static void server_data(struct replay *r, const struct psrp_packet *packet)
{
    struct psrp_pipeline *pipeline = psrp_pool_find(r->pool, &packet->target);

    for (struct icm_slice rest = packet->data; rest.size > 0;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < r->step ? rest.size : r->step);

        assert_int_equal(psrp_pool_feed(r->pool, pipeline, piece, NULL), ICM_OK);
        take_events(r);
        rest = icm_slice_from(rest, piece.size);
    }
}

static void from_server(struct replay *r, const struct psrp_packet *packet)
{
    if (!r->pool)
        return;
    struct psrp_pipeline *pipeline = psrp_pool_find(r->pool, &packet->target);
    if (packet->type == PSRP_PACKET_DATA)
        server_data(r, packet);
    if (packet->type == PSRP_PACKET_CLOSE_ACK && pipeline)
        psrp_pipeline_transport_ended(pipeline);
    if (packet->type == PSRP_PACKET_CLOSE_ACK && icm_guid_is_zero(&packet->target))
        psrp_pool_closed(r->pool);
    take_events(r);
    take_ours(r);
}

/* ---- the file's lines ---- */

static void replay_line(struct replay *r, struct icm_slice line)
{
    struct psrp_packet packet;

    assert_int_equal(psrp_packet_reader_feed(r->packets, line, NULL), ICM_OK);
    assert_int_equal(psrp_packet_reader_feed(r->packets, icm_slice_text("\n"), NULL), ICM_OK);
    enum icm_code code = psrp_packet_reader_next(r->packets, &packet, NULL);
    if (r->is_from_client && code == ICM_OK)
        from_client(r, &packet);
    if (r->is_from_client)
        return;
    assert_int_equal(code, ICM_OK); /* the real server makes no mistakes */
    from_server(r, &packet);
}

static enum icm_code visit(void *context, const struct icm_json_event *event, struct icm_error *err)
{
    static enum { OTHER, C2S, S2C } dir;
    struct replay *r = context;

    if (event->type != ICM_JSON_STRING)
        return ICM_OK;
    if (strcmp(event->key, "dir") == 0)
        dir = icm_slice_is(event->text, "c2s") ? C2S : icm_slice_is(event->text, "s2c") ? S2C : OTHER;
    if (strcmp(event->key, "line") == 0 && dir != OTHER) {
        r->is_from_client = dir == C2S;
        replay_line(r, event->text);
    }
    return ICM_OK;
}

static void replay_file(struct replay *r)
{
    struct icm_json_reader *json = NULL;
    struct icm_buf text = {0};
    struct icm_error err = {0};
    char name[300];

    snprintf(name, sizeof name, "%s.jsonl", r->recorded->name);
    if (!load(name, &text))
        fail_msg("%s/%s cannot be opened", folder(), name);
    assert_int_equal(icm_json_reader_new(&json, visit, r, NULL), ICM_OK);
    if (icm_json_feed(json, icm_buf_slice(&text), &err) != ICM_OK || icm_json_finish(json, &err) != ICM_OK)
        fail_msg("%s: %s", name, err.text);
    if (r->pool)
        psrp_pool_closed(r->pool);
    if (r->pool)
        take_events(r);
    icm_json_reader_free(json);
    icm_buf_reset(&text);
}

/* ---- what the index expects ---- */

static const struct {
    const char *token, *event;
} events_of_tokens[] = {
    {"SESSION_CAPABILITY", "pool=NegotiationSucceeded "},
    {"APPLICATION_PRIVATE_DATA", "private-data "},
    {"RUNSPACEPOOL_STATE=2", "pool=Opened "},
    {"RUNSPACEPOOL_STATE=3", "pool=Closed "},
    {"RUNSPACEPOOL_STATE=4", "pool=Closing "},
    {"RUNSPACEPOOL_STATE=5", "pool=Broken(fault) "},
    {"RUNSPACEPOOL_HOST_CALL", "host-call "},
    {"RUNSPACE_AVAILABILITY", "warned "},
    {"PUBLIC_KEY_REQUEST", ""},
    {"ENCRYPTED_SESSION_KEY", "warned "},
    {"USER_EVENT", "user-event "},
    {"PIPELINE_OUTPUT", "output "},
    {"ERROR_RECORD", "error "},
    {"WARNING_RECORD", "warning "},
    {"VERBOSE_RECORD", "verbose "},
    {"DEBUG_RECORD", "debug "},
    {"INFORMATION_RECORD", "information "},
    {"PROGRESS_RECORD", "progress "},
    {"PIPELINE_STATE=3", "pipeline=Stopped "},
    {"PIPELINE_STATE=4", "pipeline=Completed "},
    {"PIPELINE_STATE=5", "pipeline=Failed "},
    {"PIPELINE_HOST_CALL", "host-call "},
    {"DataAck", ""},
    {"CommandAck", ""},
    {"SignalAck", ""},
    {"CloseAck", ""},
};

static void expect_token(struct icm_buf *out, const char *token)
{
    const char *star = strchr(token, '*');
    size_t size = star ? (size_t)(star - token) : strlen(token);
    long count = star ? strtol(star + 1, NULL, 10) : 1;

    for (size_t i = 0; i < ICM_COUNT(events_of_tokens); i++)
        if (icm_slice_is(icm_slice_of(token, size), events_of_tokens[i].token)) {
            for (; count > 0; count--)
                icm_buf_add_text(out, events_of_tokens[i].event);
            return;
        }
    fail_msg("%s in the index is unknown here", token);
}

/* An init script's pipeline is nobody's: its state comes before a pipeline was created, and says nothing. A server that
 * went without a word closed the pool. */
static void expect(const struct replay *r, struct icm_buf *out)
{
    char *messages = strdup(r->recorded->messages), *rest;
    bool has_pipeline = false, is_over = false;

    if (r->has_foreign_version) {
        icm_buf_add_text(out, "pool=Broken(unsupported) ");
        free(messages);
        return;
    }
    for (char *token = strtok_r(messages, " ", &rest); token; token = strtok_r(NULL, " ", &rest)) {
        has_pipeline |= strncmp(token, ">CREATE_PIPELINE", 16) == 0 || strncmp(token, ">GET_COMMAND", 12) == 0;
        bool is_init_scripts = strncmp(token, "<PIPELINE_STATE", 15) == 0 && !has_pipeline;
        if (token[0] == '<' && !is_init_scripts)
            expect_token(out, token + 1);
        if (strncmp(token, "<RUNSPACEPOOL_STATE=", 20) == 0)
            is_over = token[20] == '3' || token[20] == '5';
    }
    if (!is_over && strchr(r->recorded->messages, '<') && r->pool)
        icm_buf_add_text(out, "pool=Closed ");
    free(messages);
}

/* ---- the members of what everything begins with ---- */

/* what only their client may have, or have of another type: it has a screen, runs batches, and its user's wishes */
static const char *const theirs_alone[] = {"_hostDefaultData", "ExtraCmds"}, *const free_kinds[] = {"UseLocalScope"};

static bool is_one_of(struct icm_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (icm_slice_is(name, names[i]))
            return true;
    return false;
}

static struct icm_slice first_type(const struct psrp_value *value)
{
    const struct psrp_type_names *types = value->object ? value->object->types : NULL;

    return types ? types->names[0] : icm_slice_text("");
}

static const struct psrp_member *members_of(const struct psrp_value *value)
{
    return value->object ? value->object->extended : NULL;
}

static const struct psrp_value *member(const struct psrp_value *value, struct icm_slice name)
{
    char text[200];

    snprintf(text, sizeof text, "%.*s", (int)name.size, (const char *)name.data);
    return psrp_value_member(value, text);
}

/* @where: the member's name, for people */
static void compare_shape(const struct psrp_value *ours, const struct psrp_value *theirs, struct icm_slice where,
                          int depth)
{
    struct icm_slice our_type = first_type(ours), their_type = first_type(theirs);

    assert_true(depth < PSRP_CLIXML_DEPTH_MAX);
    if ((ours->kind != theirs->kind && !is_one_of(where, free_kinds, ICM_COUNT(free_kinds))) ||
        !icm_slice_equal(our_type, their_type))
        fail_msg("%.*s is of another type", (int)where.size, (const char *)where.data);
    for (const struct psrp_member *m = members_of(ours); m; m = m->next) {
        const struct psrp_value *other = member(theirs, m->name);

        if (!other)
            fail_msg("%.*s is sent by nobody else", (int)m->name.size, (const char *)m->name.data);
        compare_shape(m->value, other, m->name, depth + 1);
    }
    for (const struct psrp_member *m = members_of(theirs); m; m = m->next)
        if (!member(ours, m->name) && !is_one_of(m->name, theirs_alone, ICM_COUNT(theirs_alone)))
            fail_msg("%.*s is missing", (int)m->name.size, (const char *)m->name.data);
    if (ours->kind == PSRP_LIST && theirs->kind == PSRP_LIST && ours->as.list->first && theirs->as.list->first)
        compare_shape(ours->as.list->first->value, theirs->as.list->first->value, where, depth + 1);
}

static void compare_first(struct replay *r, size_t index)
{
    struct icm_arena a = {0};
    struct psrp_value *ours = NULL, *theirs = NULL;

    if (r->theirs.first[index].size == 0)
        return;
    assert_int_equal(psrp_clixml_read(r->reader, icm_buf_slice(&r->ours.first[index]), &a, &ours, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(r->reader, icm_buf_slice(&r->theirs.first[index]), &a, &theirs, NULL), ICM_OK);
    compare_shape(ours, theirs, icm_slice_text(psrp_message_name(compared[index])), 0);
    icm_arena_reset(&a);
}

/* ---- a case ---- */

static void replay_with_step(const struct recorded_case *recorded, size_t step)
{
    struct replay r = {.recorded = recorded, .step = step};
    struct icm_buf expected = {0};

    assert_int_equal(psrp_packet_reader_new(&r.packets, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_reader_new(&r.reader, NULL), ICM_OK);
    replay_file(&r);
    expect(&r, &expected);
    assert_string_equal(icm_buf_text(&r.events), icm_buf_text(&expected));
    if (strcmp(recorded->client, "raw") != 0) /* which says something wrong on purpose */
        assert_string_equal(icm_buf_text(&r.ours.names), icm_buf_text(&r.theirs.names));
    assert_true(r.ours.host_responses >= r.theirs.host_responses); /* theirs may wait for a user who never comes */
    if (strcmp(recorded->client, "engine") == 0)
        for (size_t i = 0; i < ICM_COUNT(compared); i++)
            compare_first(&r, i);
    icm_buf_reset(&expected);
    icm_buf_reset(&r.events);
    client_reset(&r.theirs);
    client_reset(&r.ours);
    psrp_pool_free(r.pool);
    psrp_packet_reader_free(r.packets);
    psrp_clixml_reader_free(r.reader);
}

static void replays(void **state)
{
    replay_with_step(*state, SIZE_MAX);
    replay_with_step(*state, 1);
}

/* ---- the index ---- */

/* A copy of the @index-th column of a line. */
static char *column(const char *line, unsigned index)
{
    for (; index > 0 && line; index--) {
        line = strchr(line, '\t');
        line = line ? line + 1 : NULL;
    }
    return line ? strndup(line, strcspn(line, "\t")) : NULL;
}

static size_t load_cases(struct recorded_case *cases)
{
    struct icm_buf index = {0};
    size_t count = 0;
    char *rest;

    if (!load("index.tsv", &index))
        return 0;
    icm_buf_add_u8(&index, '\0');
    strtok_r((char *)index.data, "\n", &rest); /* the names of the columns */
    for (char *line; count < CASES_MAX && (line = strtok_r(NULL, "\n", &rest)); count++)
        cases[count] = (struct recorded_case){column(line, NAME_COLUMN), column(line, CLIENT_COLUMN),
                                              column(line, MESSAGES_COLUMN)};
    icm_buf_reset(&index);
    return count;
}

static void case_reset(struct recorded_case *recorded)
{
    free(recorded->name);
    free(recorded->client);
    free(recorded->messages);
}

int main(void)
{
    static struct recorded_case cases[CASES_MAX];
    static struct CMUnitTest tests[CASES_MAX];
    size_t count = load_cases(cases);

    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){cases[i].name, replays, NULL, NULL, &cases[i]};
    int failed = count > 0 ? _cmocka_run_group_tests("dialogues of the real engine", tests, count, NULL, NULL) : 1;
    for (size_t i = 0; i < count; i++)
        case_reset(&cases[i]);
    return failed;
}
