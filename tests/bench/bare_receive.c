/* The floor that icm is measured against: a program that only fetches a command's answers with libcurl and parses them with libxml2,
 * and does nothing with what they hold. `bare_receive URL USER PASSWORD-FILE SCRIPT` opens a pool and begins the script by
 * libicm (not counted), then prints "answers N bytes N cpu SECONDS" for the bare part. */
#include "tests/bench/bare.h"
#include "wsman/names.h"

#include <libxml/parser.h>
#include <stdio.h>

/* whether any element of the tree is CommandState Done; the walk is what "parses" ends with */
static int has_done(const xmlNode *node)
{
    for (; node; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (xmlStrEqual(node->name, BAD_CAST "CommandState")) {
            xmlChar *state = xmlGetProp(node, BAD_CAST "State");
            int is_done = xmlStrEqual(state, BAD_CAST WSMAN_COMMAND_STATE_DONE);
            xmlFree(state);
            if (is_done)
                return 1;
        }
        if (has_done(node->children))
            return 1;
    }
    return 0;
}

static void fetch_and_parse(struct bare_session *s)
{
    struct wsman_request request = {0};
    unsigned long answers = 0, bytes = 0;
    double began = bare_cpu();

    wsman_shell_receive(s->shell, s->command_id, &request, &s->err);
    for (int is_done = 0; !is_done; answers++) {
        bare_post(s, icm_buf_slice(&request.envelope)); /* the same message id again: this server does not mind */
        bytes += s->answer.size;
        xmlDoc *doc = xmlReadMemory((const char *)s->answer.data, (int)s->answer.size, NULL, NULL,
                                    XML_PARSE_NONET | XML_PARSE_HUGE);
        is_done = doc && has_done(xmlDocGetRootElement(doc));
        if (!doc)
            is_done = 1;
        xmlFreeDoc(doc);
    }
    printf("answers %lu bytes %lu cpu %.3f\n", answers, bytes, bare_cpu() - began);
    wsman_request_reset(&request);
}

int main(int argc, char **argv)
{
    struct bare_session s = {0};
    struct bare_login login;

    if (argc != 5) {
        fputs("usage: bare_receive URL USER PASSWORD-FILE SCRIPT\n", stderr);
        return 2;
    }
    bare_login_read(&login, argv[2], argv[3]);
    s.curl = bare_handle_new(argv[1], &login, &s.answer);
    curl_easy_setopt(s.curl, CURLOPT_BUFFERSIZE, 256L * 1024);
    bare_begin(&s, argv[1], argv[4]);
    fetch_and_parse(&s);
    bare_delete(&s);
    bare_reset(&s);
    return 0;
}
