/* icm: Invoke-Command as a native program. */
#include "cli/command_line.h"
#include "cli/convert.h"
#include "cli/generate.h"
#include "cli/help.h"
#include "cli/password.h"
#include "cli/run.h"
#include "cli/show_psrp.h"
#include "cli/winrs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Answers of some 400 KB come one after the other. glibc would give each one's memory back to the system, and the system would clear
 * it again for the next: a tenth of the processor time of a long answer. */
#ifdef __GLIBC__
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 8 * 1024 * 1024);
    mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
}
#else
static void keep_memory(void)
{
}
#endif

static int show(const struct cli_options *o)
{
    int highest = CLI_EXIT_OK;

    for (const struct cli_name *n = o->files.first; n; n = n->next) {
        struct icm_error err = {0};
        enum icm_code code = cli_show_psrp(n->text, stdout, &err);
        int status = code == ICM_OK ? CLI_EXIT_OK : code == ICM_USAGE ? CLI_EXIT_USAGE : CLI_EXIT_ERRORS;

        if (code != ICM_OK)
            cli_complain(&err);
        highest = status > highest ? status : highest;
        icm_error_reset(&err);
    }
    return highest;
}

static int help(const struct cli_options *o)
{
    struct icm_buf text = {0};

    if (o->generated != CLI_GENERATED_NOTHING)
        cli_generate(&text, (enum cli_generated)o->generated);
    else if (o->version)
        cli_help_write_version(&text);
    else
        cli_help_write(&text, o->verb);
    bool is_written = !text.failed && fwrite(text.data, 1, text.size, stdout) == text.size && fflush(stdout) == 0;
    icm_buf_reset(&text);
    return is_written ? CLI_EXIT_OK : CLI_EXIT_ERRORS;
}

static int refuse(const struct icm_error *err)
{
    cli_complain(err);
    return CLI_EXIT_USAGE;
}

static int invoke(const struct cli_options *o, const struct icm_buf *password, struct icm_error *err)
{
    struct cli_config *config = NULL;
    struct cli_options all;

    enum icm_code code = cli_config_load(&config, err);
    if (code == ICM_OK)
        code = cli_config_apply(config, o, NULL, &all, err);
    int status = code != ICM_OK              ? refuse(err)
                 : o->verb == CLI_WINRS ? cli_winrs(&all, config, password)
                                        : cli_run(&all, config, password);
    cli_config_free(config);
    return status;
}

static int do_verb(const struct cli_options *o, const struct icm_buf *password, struct icm_error *err)
{
    if (o->help || o->version || o->generated != CLI_GENERATED_NOTHING)
        return help(o);
    switch (o->verb) {
    case CLI_SHOW_PSRP:
        return show(o);
    case CLI_CONVERT_FROM_CLIXML:
        return cli_convert_from(o);
    case CLI_CONVERT_TO_CLIXML:
        return cli_convert_to(o);
    case CLI_INVOKE_COMMAND:
    case CLI_WINRS:
    case CLI_FILE_VERBS: /* a mask */
        break;
    }
    return invoke(o, password, err);
}

/* As the shell expects of a program whose reader went away; everything is put away by now. */
static void die_of(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

int main(int argc, char **argv)
{
    struct icm_buf password = {0};
    struct icm_arena arena = {0};
    struct icm_error err = {0};
    struct cli_options options;

    keep_memory();
    enum icm_code code = cli_password_take_environment(&password, &err);
    cli_password_guard_process();
    cli_options_init(&options, &arena);
    if (code == ICM_OK)
        code = cli_command_line_read(&options, argc, argv, &err);
    int status = code == ICM_OK ? do_verb(&options, &password, &err) : refuse(&err);
    icm_buf_reset(&password);
    icm_arena_reset(&arena);
    icm_error_reset(&err);
    if (status == CLI_EXIT_SIGNAL + SIGPIPE)
        die_of(SIGPIPE);
    return status;
}
