/* What the endpoint knows of a runspace pool, so that it can answer who connects to it: an engine on standard input and
 * output does not know CONNECT_RUNSPACEPOOL (shared/protocol/engine.md 4, 6). What the client says to the pool itself
 * goes to a server's machine that keeps the pool's numbers and judges who connects; the engine's own private data is
 * kept as it came. MS-PSRP 3.2.5.4. */
#ifndef CLI_ENDPOINT_MEMORY_H
#define CLI_ENDPOINT_MEMORY_H

#include "base/buf.h"

struct endpoint_memory;
enum icm_code endpoint_memory_new(struct endpoint_memory **out, struct icm_error *err);
void endpoint_memory_free(struct endpoint_memory *m); /* NULL is fine */

/** Fragments that the client has sent to the pool itself. What breaks the rules of PSRP makes the pool one that nobody
 * connects to. */
void endpoint_memory_said(struct endpoint_memory *m, struct icm_slice fragments);

/** Fragments that the engine has sent for the pool itself. */
void endpoint_memory_heard(struct endpoint_memory *m, struct icm_slice fragments);

/** Judge a connectXml: append to @response what connectResponseXml says (SESSION_CAPABILITY, RUNSPACEPOOL_INIT_DATA),
 * and to @later what the pool's stream says next (APPLICATION_PRIVATE_DATA as the engine sent it, RUNSPACEPOOL_STATE
 * Opened). Other codes: the client is not to be connected. */
enum icm_code endpoint_memory_connect(struct endpoint_memory *m, struct icm_slice connect_xml, struct icm_buf *response,
                                      struct icm_buf *later, struct icm_error *err);

#endif
