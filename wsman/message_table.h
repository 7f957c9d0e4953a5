/* Which elements an envelope may hold and where each of them goes: message.c follows the rows, and adding an element is
 * adding a row. Not for other folders. MS-WSMV 2.2.4; DSP0226. */
#ifndef WSMAN_MESSAGE_TABLE_H
#define WSMAN_MESSAGE_TABLE_H

#include "base/xml.h"
#include "wsman/message.h"

/** The section that an envelope breaks which is none: the service tells it from bad XML by this. */
#define WSMAN_SPEC_ENVELOPE "SOAP 1.2 part 1, 5.1"

/** Elements that others lie in. A leaf has no children that matter. */
enum wsman_place {
    WSMAN_IN_NOTHING, /* of the document's root */
    WSMAN_IN_ENVELOPE,
    WSMAN_IN_HEADER,
    WSMAN_IN_SELECTORS,
    WSMAN_IN_OPTIONS,
    WSMAN_IN_BODY,
    WSMAN_IN_FAULT,
    WSMAN_IN_CODE,
    WSMAN_IN_SUBCODE,
    WSMAN_IN_REASON,
    WSMAN_IN_DETAIL,
    WSMAN_IN_WSMAN_FAULT,
    WSMAN_IN_FAULT_MESSAGE,
    WSMAN_IN_WMI_ERROR,
    WSMAN_IN_IDENTIFY_RESPONSE,
    WSMAN_IN_RESOURCE_CREATED,
    WSMAN_IN_REFERENCE,
    WSMAN_IN_REFERENCE_SELECTORS,
    WSMAN_IN_SHELL,
    WSMAN_IN_ENVIRONMENT,
    WSMAN_IN_COMMAND_LINE,
    WSMAN_IN_COMMAND_RESPONSE,
    WSMAN_IN_STREAMS, /* Send and ReceiveResponse */
    WSMAN_IN_COMMAND_STATE,
    WSMAN_IN_RECEIVE,
    WSMAN_IN_SIGNAL,
    WSMAN_IN_DISCONNECT,
    WSMAN_IN_CONNECT, /* and ConnectResponse */
    WSMAN_IN_CONFIG,
    WSMAN_IN_ENUMERATE, /* and Pull, and Release */
    WSMAN_IN_FILTER,
    WSMAN_IN_FILTER_SELECTORS,
    WSMAN_IN_ENUMERATED, /* the answers to Enumerate and Pull */
    WSMAN_IN_ITEMS,
    WSMAN_IN_ITEM_SHELL,
    WSMAN_IN_ITEM_COMMAND,
    WSMAN_LEAF,
};

/** What becomes of an element's text. */
enum wsman_text {
    WSMAN_TEXT_SKIP,
    WSMAN_TEXT_KEEP,   /* trimmed, of this element alone */
    WSMAN_TEXT_DEEP,   /* trimmed, of everything in it */
    WSMAN_TEXT_BASE64, /* decoded behind the payload as it comes */
    WSMAN_TEXT_VERBATIM, /* of this element alone, with the white space around it */
    WSMAN_TEXT_ARGUMENTS, /* base64 in a shell of PowerShell, verbatim in others */
};

struct wsman_attributes {
    const struct icm_xml_attribute *first;
    size_t count;
};

/** One element. @field, where it is not 0, is the slice in the message that its text goes to; the first that comes
 * counts. */
struct wsman_element {
    enum wsman_place parent;
    const char *namespace_uri, *name;
    enum wsman_place place; /* what it is to its children */
    enum wsman_text text;
    size_t field;
    enum wsman_body body; /* of a child of the body: what the envelope is then */
    enum icm_code (*begin)(struct wsman_message *m, struct wsman_attributes attributes, struct icm_error *err);
    enum icm_code (*end)(struct wsman_message *m, struct icm_slice text, struct icm_error *err);
};

/** The row of an element in @parent, or NULL: nothing that matters here. */
const struct wsman_element *wsman_element_find(enum wsman_place parent, const char *namespace_uri, const char *name);

/** Copy the attributes that have a row to their fields. */
enum icm_code wsman_element_attributes(const struct wsman_element *element, struct wsman_message *m,
                                       struct wsman_attributes attributes, struct icm_error *err);

/** The value of the attribute @name in whatever namespace, or an empty slice. */
struct icm_slice wsman_attribute_value(struct wsman_attributes attributes, const char *name);

/** "true" or "1", as xs:boolean has it; PowerShell writes "True". */
bool wsman_attribute_is_true(struct wsman_attributes attributes, const char *name);

/** Copy @text to the message's slice at @field, unless it has one. */
enum icm_code wsman_message_keep(struct wsman_message *m, size_t field, struct icm_slice text, struct icm_error *err);

#endif
