/* What was asked for, after the command line and the configuration were read. A plain value: whatever it points to lives in one
 * arena, so that a copy for one computer is an assignment. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/session_option.h"
#include "psrp/value.h"

enum cli_verb { /* bits: a parameter may belong to several */
    CLI_INVOKE_COMMAND = 1,
    CLI_SHOW_PSRP = 2,
    CLI_CONVERT_FROM_CLIXML = 4,
    CLI_CONVERT_TO_CLIXML = 8,
    CLI_WINRS = 16,
    CLI_FILE_VERBS = CLI_SHOW_PSRP | CLI_CONVERT_FROM_CLIXML | CLI_CONVERT_TO_CLIXML, /* their positions are files */
};

enum cli_output_format { CLI_OUTPUT_TEXT, CLI_OUTPUT_JSON, CLI_OUTPUT_CLIXML, CLI_OUTPUT_CSV };
enum cli_input_format { CLI_INPUT_LINES, CLI_INPUT_JSON, CLI_INPUT_CLIXML };

/* what a record of a stream does; ActionPreference */
enum cli_action { CLI_ACTION_CONTINUE, CLI_ACTION_SILENT, CLI_ACTION_IGNORE, CLI_ACTION_STOP };
enum cli_acting { CLI_ON_ERROR, CLI_ON_WARNING, CLI_ON_INFORMATION, CLI_ON_PROGRESS, CLI_ON_VERBOSE, CLI_ON_DEBUG, CLI_ACTING_COUNT };

/* what is made from the table of parameters */
enum cli_generated { CLI_GENERATED_NOTHING, CLI_GENERATED_MANUAL, CLI_GENERATED_BASH, CLI_GENERATED_ZSH, CLI_GENERATED_FISH };
enum cli_stream { /* in the order of enum psrp_event_type */
    CLI_STREAM_OUTPUT,
    CLI_STREAM_ERROR,
    CLI_STREAM_WARNING,
    CLI_STREAM_VERBOSE,
    CLI_STREAM_DEBUG,
    CLI_STREAM_INFORMATION,
};
enum cli_colors { CLI_COLORS_AUTO, CLI_COLORS_ALWAYS, CLI_COLORS_NEVER };

enum { CLI_PARAM_MAX = 96, CLI_THROTTLE_DEFAULT = 32, CLI_CODE_PAGE_UTF8 = 65001 };

struct cli_name {
    const char *text;
    struct cli_name *next;
};

/** Names in the order in which they were given. */
struct cli_names {
    struct cli_name *first, *last;
    size_t count;
};

struct cli_variable;

struct cli_options {
    struct icm_arena *arena;
    bool given[CLI_PARAM_MAX]; /* by row of cli_params */
    bool off[CLI_PARAM_MAX];   /* switches of no field that were given as $false */
    enum cli_verb verb;
    bool help, version;

    struct cli_names computers;
    bool computers_from_stdin;
    struct cli_names uris; /* in place of computers */
    bool no_new_scope;
    const char *engine_command; /* NULL: what is found */
    struct icm_slice script; /* -ScriptBlock without its braces, or what stands in -FilePath's file */
    const char *file_path;
    struct cli_variable *variables; /* of $Using:; cli/variable.h */
    const struct psrp_value *arguments; /* a list, or NULL */
    const struct psrp_value *input;     /* one object, or NULL */
    bool input_from_stdin;
    int input_format;  /* enum cli_input_format */
    int output_format; /* enum cli_output_format */
    bool hide_computer_name, native_exit_code, remote_debug;
    int actions[CLI_ACTING_COUNT]; /* enum cli_action */
    uint32_t width; /* columns of the console; 0: the terminal's */
    int colors;     /* enum cli_colors */
    int error_view; /* enum cli_error_form */
    int32_t enumeration_limit;
    bool raw_output;
    int stream; /* enum cli_stream: of objects in a file that do not say it */
    const char *origin_computer;
    uint32_t throttle_limit;
    uint32_t timeout_s; /* for all of it; 0: none */
    const char *trace_file;
    int generated;          /* enum cli_generated */
    struct cli_names files; /* of the verbs that read files; "-" is standard input */

    /* winrs */
    struct cli_names words;       /* the command */
    struct cli_names environment; /* NAME=VALUE */
    const char *directory;        /* NULL: the user's home */
    uint32_t code_page;
    bool no_echo, compresses; /* which nothing does yet */

    /* one computer's: these may come from the configuration's section for it */
    uint32_t port; /* 0: the default of the scheme */
    bool use_ssl, allow_unencrypted;
    const char *credential, *password_file, *password_command;
    const char *authentication; /* NULL: Default */
    const char *thumbprint, *certificate, *certificate_key; /* ours, for TLS */
    const char *keytab, *spn_service, *spn_host;
    bool delegates, trusts_computer, allows_old_credssp;
    const char *configuration_name, *application_name;
    struct cli_session_options session;
};

/** Nothing was asked for yet; @arena is borrowed for the life of @o and its copies. */
void cli_options_init(struct cli_options *o, struct icm_arena *arena);

/** Append a copy of @name. false when memory is short. */
bool cli_names_add(struct icm_arena *a, struct cli_names *names, struct icm_slice name);

/** A terminated copy of @text in the arena; NULL when memory is short. */
const char *cli_options_keep(struct cli_options *o, struct icm_slice text);

#endif
