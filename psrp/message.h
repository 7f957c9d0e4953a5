/* PSRP messages: the 40-byte header and the table of types. MS-PSRP 2.2.1. */
#ifndef PSRP_MESSAGE_H
#define PSRP_MESSAGE_H

#include "psrp/clixml.h"

enum psrp_message_id {
    PSRP_SESSION_CAPABILITY = 0x00010002,
    PSRP_INIT_RUNSPACEPOOL = 0x00010004,
    PSRP_PUBLIC_KEY = 0x00010005,
    PSRP_ENCRYPTED_SESSION_KEY = 0x00010006,
    PSRP_PUBLIC_KEY_REQUEST = 0x00010007,
    PSRP_CONNECT_RUNSPACEPOOL = 0x00010008,
    PSRP_SET_MAX_RUNSPACES = 0x00021002,
    PSRP_SET_MIN_RUNSPACES = 0x00021003,
    PSRP_RUNSPACE_AVAILABILITY = 0x00021004,
    PSRP_RUNSPACEPOOL_STATE = 0x00021005,
    PSRP_CREATE_PIPELINE = 0x00021006,
    PSRP_GET_AVAILABLE_RUNSPACES = 0x00021007,
    PSRP_USER_EVENT = 0x00021008,
    PSRP_APPLICATION_PRIVATE_DATA = 0x00021009,
    PSRP_GET_COMMAND_METADATA = 0x0002100A,
    PSRP_RUNSPACEPOOL_INIT_DATA = 0x0002100B,
    PSRP_RESET_RUNSPACE_STATE = 0x0002100C,
    PSRP_RUNSPACEPOOL_HOST_CALL = 0x00021100,
    PSRP_RUNSPACEPOOL_HOST_RESPONSE = 0x00021101,
    PSRP_PIPELINE_INPUT = 0x00041002,
    PSRP_END_OF_PIPELINE_INPUT = 0x00041003,
    PSRP_PIPELINE_OUTPUT = 0x00041004,
    PSRP_ERROR_RECORD = 0x00041005,
    PSRP_PIPELINE_STATE = 0x00041006,
    PSRP_DEBUG_RECORD = 0x00041007,
    PSRP_VERBOSE_RECORD = 0x00041008,
    PSRP_WARNING_RECORD = 0x00041009,
    PSRP_PROGRESS_RECORD = 0x00041010,
    PSRP_INFORMATION_RECORD = 0x00041011,
    PSRP_PIPELINE_HOST_CALL = 0x00041100,
    PSRP_PIPELINE_HOST_RESPONSE = 0x00041101,
};

enum { PSRP_TO_CLIENT = 1, PSRP_TO_SERVER = 2, PSRP_MESSAGE_HEADER = 40 };

/** A message as it lies in bytes. */
struct psrp_message {
    uint32_t destination;
    uint32_t type;                        /* enum psrp_message_id, or one we do not know */
    struct icm_guid pool_id, pipeline_id; /* as written, not in wire order; zero where there is none */
    struct icm_slice payload;             /* CLIXML without its byte order mark; borrowed; may be empty */
};

/** Take @bytes apart.
 *
 *      offset 0             4              8         24            40
 *             | destination | message type | pool id | pipeline id | CLIXML …     little-endian; GUIDs in .NET order
 *
 *  ICM_SYNTAX: under 40 bytes, a destination that is neither. An unknown type is not judged here.
 *  Source: MS-PSRP 2.2.1. */
enum icm_code psrp_message_read(struct icm_slice bytes, struct psrp_message *out, struct icm_error *err);

/** Append header, byte order mark (as the real engine writes it) and @value's CLIXML; a NULL @value: header alone. */
enum icm_code psrp_message_write(struct icm_buf *out, const struct psrp_message *header, const struct psrp_value *value,
                                 struct icm_error *err);

/** Likewise, for a value that may hold SecureStrings. */
enum icm_code psrp_message_write_sealed(struct icm_buf *out, const struct psrp_message *header,
                                        const struct psrp_value *value, const struct psrp_clixml_sealer *sealer,
                                        struct icm_error *err);

/** "PIPELINE_OUTPUT" …; NULL for a type that the table does not have. */
const char *psrp_message_name(uint32_t type);

#endif
