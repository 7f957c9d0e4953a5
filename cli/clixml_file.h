/* What stands in a file of CLIXML, whoever wrote it: documents, and the text around them where powershell.exe did. */
#ifndef CLI_CLIXML_FILE_H
#define CLI_CLIXML_FILE_H

#include "base/buf.h"

/** Make @bytes UTF-8 without a byte order mark: UTF-16 is seen by its mark, or by an XML tag in it without one (an XML declaration, which
 *  names the old encoding then, goes). ICM_SYNTAX: what is no text at all (compressed, binary) and what is none of these encodings; the
 *  byte is named. */
enum icm_code cli_clixml_decode(struct icm_buf *bytes, struct icm_error *err);

/** Whether @text may be CLIXML at all: XML, or with a line "#< CLIXML" somewhere. */
bool cli_clixml_is_likely(struct icm_slice text);

struct cli_clixml_part {
    bool is_document;      /* else text around documents, that is no CLIXML */
    struct icm_slice text; /* borrowed; without the line "#< CLIXML" */
    size_t at;             /* where it begins, in bytes from 0 */
};

/** The parts of a decoded file, one after the other. Zeroed at first but for @text. */
struct cli_clixml_parts {
    struct icm_slice text;
    size_t at;
    bool has_marks; /* "#< CLIXML" was seen */
    size_t found[3]; /* where each text that is looked for was last seen, plus 1: nothing is looked through twice */
};

/** The next part. A file in which "#< CLIXML" stands nowhere is one document, whatever is in it. Behind such a line documents are what stands
 *  from <Objs to </Objs>, and all else is text, blank lines around it left out. false: there are no more. */
bool cli_clixml_next_part(struct cli_clixml_parts *p, struct cli_clixml_part *out);

#endif
