/* SOAP faults and the codes of WinRM. MS-WSMV 2.2.4.43; shared facts in the table of fault.c. */
#ifndef WSMAN_FAULT_H
#define WSMAN_FAULT_H

#include "base/buf.h"

/* the codes that icm itself acts on or answers with */
#define WSMAN_CODE_ACCESS_DENIED 5u
#define WSMAN_CODE_INVALID_PARAMETER 87u
#define WSMAN_CODE_BROKEN_PIPE 109u
#define WSMAN_CODE_NO_DATA 232u
#define WSMAN_CODE_FILE_NOT_FOUND 2147942402u /* an HRESULT of a Win32 error, as are the next */
#define WSMAN_CODE_BROKEN_PIPE_WRAPPED 2147942509u
#define WSMAN_CODE_NO_DATA_WRAPPED 2147942632u
#define WSMAN_CODE_BAD_DIRECTORY 2147942667u
#define WSMAN_CODE_DESTINATION_UNREACHABLE 2150858770u
#define WSMAN_CODE_MUST_UNDERSTAND 2150858768u
#define WSMAN_CODE_BAD_HEADER 2150858767u
#define WSMAN_CODE_ACTION_NOT_SUPPORTED 2150858771u
#define WSMAN_CODE_ENVELOPE_TOO_LARGE 2150858790u
#define WSMAN_CODE_INVALID_BODY 2150858791u
#define WSMAN_CODE_TIMED_OUT 2150858793u
#define WSMAN_CODE_INVALID_OPTIONS 2150858809u
#define WSMAN_CODE_INVALID_RESOURCE_URI 2150858811u
#define WSMAN_CODE_INVALID_XML 2150858819u
#define WSMAN_CODE_MISSING_SELECTOR 2150858842u
#define WSMAN_CODE_NO_SUCH_SHELL 2150858843u
#define WSMAN_CODE_PLUGIN_FAILED 2150858883u
#define WSMAN_CODE_RECEIVE_IN_PROGRESS 2150859047u
#define WSMAN_CODE_QUOTA_SHELLS 2150859173u
#define WSMAN_CODE_SHELL_DISCONNECTED 2150859204u
#define WSMAN_CODE_DISCONNECT_NOT_SUPPORTED 2150859205u
#define WSMAN_CODE_OTHER_CLIENT 2150859206u
#define WSMAN_CODE_CONNECTED_ELSEWHERE 2150859213u
#define WSMAN_CODE_DISCONNECT_NOT_VALID 2150859215u
#define WSMAN_CODE_RECONNECT_NOT_VALID 2150859216u
#define WSMAN_CODE_STREAM_DISCONNECTED 2150859230u
#define WSMAN_CODE_IDLE_TIMEOUT 2150859250u
#define WSMAN_CODE_NO_SUCH_ENUMERATION 2150858779u
#define WSMAN_CODE_BAD_FILTER 2150858778u
#define WSMAN_CODE_INTERNAL 2150858752u

struct wsman_fault_code {
    uint32_t code;
    const char *symbol;     /* "WSMAN_OPERATION_TIMEDOUT" without ERROR_WSMAN_ */
    const char *short_name; /* PowerShell's, as in "CannotConnect,PSSessionStateBroken", or NULL */
    const char *remedy;     /* what the user can do, or NULL */
    char retry;             /* Y after a pause, R at once, C with another size, N no, - other */
};

/** The table's row, or NULL for a code that it does not have. */
const struct wsman_fault_code *wsman_fault_lookup(uint32_t code);

/** Word a fault that a peer sent as an ICM_FAULT error with its provider detail: "REASON (0x8033…)". All texts may be
 * empty. */
enum icm_code wsman_fault_fail(struct icm_error *err, uint32_t code, struct icm_slice subcode, struct icm_slice reason,
                               struct icm_slice detail);

/** What an HTTP status without a SOAP body means, as an error with a remedy: 401 is ICM_DENIED, 404, 413, 503 … ICM_IO.
 */
enum icm_code wsman_fault_http_status(struct icm_error *err, unsigned status);

/** The code as PowerShell writes it: "<short name>,PSSessionStateBroken", or the signed decimal in front. @out holds 96
 * bytes. */
void wsman_fault_qualified_id(const struct icm_fault *fault, char out[96]);

#endif
