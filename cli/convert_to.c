#include "cli/convert.h"

#include "cli/input.h"
#include "cli/run.h"
#include "cli/run_write.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

/* Objects pass from the input, whose one reader we are, to the renderer. */
struct making {
    const struct cli_options *options;
    struct cli_renderer *renderer;
    struct cli_writer writer;
    struct cli_input *input; /* of the file that is open */
    struct cli_queue_reader objects;
};

static void pass_on(struct making *m)
{
    struct psrp_event event = {.type = PSRP_EVENT_OUTPUT};

    while (!m->writer.is_out_gone && cli_queue_next(&m->objects, &event.value, NULL) == ICM_OK) {
        cli_render_event(m->renderer, &m->writer.sink, NULL, &event);
        cli_writer_settle(&m->writer);
    }
}

static enum icm_code read_piece(int fd, uint8_t *piece, size_t *size, struct icm_error *err)
{
    ssize_t got;

    do
        got = read(fd, piece, PIECE);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return icm_fail(err, ICM_USAGE, NULL, "%s", strerror(errno));
    *size = (size_t)got;
    return ICM_OK;
}

/* what stood in front of a failure counts */
static enum icm_code take_all(struct making *m, int fd, struct icm_error *err)
{
    uint8_t piece[PIECE];
    size_t size = 1;
    enum icm_code code = ICM_OK;

    while (code == ICM_OK && size > 0 && !m->writer.is_out_gone) {
        if ((code = read_piece(fd, piece, &size, err)) != ICM_OK)
            return code;
        code = size > 0 ? cli_input_feed(m->input, icm_slice_of(piece, size), err) : cli_input_finish(m->input, err);
        pass_on(m);
    }
    return code;
}

static enum icm_code take_file(struct making *m, const char *path, struct icm_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return icm_fail(err, ICM_USAGE, NULL, "%s", strerror(errno));
    enum icm_code code = cli_input_new(&m->input, m->options->input_format, 1, err);
    if (code == ICM_OK) {
        m->objects = (struct cli_queue_reader){.queue = cli_input_queue(m->input)};
        code = take_all(m, fd, err);
    }
    cli_queue_leave(&m->objects);
    cli_input_free(m->input);
    m->input = NULL;
    if (!is_stdin)
        close(fd);
    return code;
}

static int take_named(struct making *m, const char *path)
{
    struct icm_error why = {0}, err = {0};
    int status = CLI_EXIT_OK;

    if (take_file(m, path, &why) != ICM_OK) {
        status = why.code == ICM_USAGE ? CLI_EXIT_USAGE : CLI_EXIT_ERRORS;
        icm_fail(&err, why.code, NULL, "%s%s: %s", status == CLI_EXIT_USAGE ? "cannot read " : "",
                 strcmp(path, "-") == 0 ? "standard input" : path, why.text);
        cli_complain(&err);
    }
    icm_error_reset(&why);
    icm_error_reset(&err);
    return status;
}

static int take_files(struct making *m)
{
    const struct cli_name *n = m->options->files.first;
    int status = n ? CLI_EXIT_OK : take_named(m, "-");

    for (; n && status == CLI_EXIT_OK && !m->writer.is_out_gone; n = n->next)
        status = take_named(m, n->text);
    return status;
}

static int finish(struct making *m, int status)
{
    struct icm_error err = {0};
    bool is_whole = cli_render_finish(m->renderer, &m->writer.sink);

    cli_writer_finish(&m->writer);
    if (m->writer.out_errno != 0) {
        is_whole = false;
        icm_fail(&err, ICM_IO, NULL, "cannot write standard output: %s", strerror(m->writer.out_errno));
        cli_complain(&err);
    }
    icm_error_reset(&err);
    return status == CLI_EXIT_OK && !is_whole ? CLI_EXIT_ERRORS : status;
}

int cli_convert_to(const struct cli_options *o)
{
    const struct cli_renderer_options options = {.format = CLI_OUTPUT_CLIXML};
    struct making m = {.options = o};
    struct icm_error err = {0};
    int status = CLI_EXIT_ERRORS;

    if (cli_renderer_new(&m.renderer, &options, &err) == ICM_OK)
        status = finish(&m, take_files(&m));
    else
        cli_complain(&err);
    icm_error_reset(&err);
    cli_renderer_free(m.renderer);
    cli_writer_reset(&m.writer);
    return status;
}
