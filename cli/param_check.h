/* The values of parameters that are read and checked, and then not carried. */
#ifndef CLI_PARAM_CHECK_H
#define CLI_PARAM_CHECK_H

#include "cli/param_set.h"

CLI_SETTER(cli_check_flag);    /* notes a switch that is off */
CLI_SETTER(cli_check_texts);   /* a word or several, none of them empty */
CLI_SETTER(cli_check_guids);   /* identifiers of virtual machines */
CLI_SETTER(cli_check_timeout); /* milliseconds, or -1 for ever */
CLI_SETTER(cli_check_count);   /* an Int32 from 0 */
CLI_SETTER(cli_check_table);   /* one hashtable */
CLI_SETTER(cli_check_connections); /* hashtables, each an SSH connection */

#endif
