#include "psrp/clixml_types.h"

/* the places of any value */
#define VALUE (PSRP_IN_DOCUMENT | PSRP_IN_OBJS | PSRP_IN_OBJ | PSRP_IN_LIST | PSRP_IN_EN | PSRP_IN_PROPS | PSRP_IN_MS)
#define VALUE_OR_PR (VALUE | PSRP_IN_PR)
#define SPEC(SECTION) "MS-PSRP 2.2.5." SECTION

/* clang-format off */
#define SCALAR(KIND, NAME, FORM, WITHIN, EXPECTED, SECTION) \
    [PSRP_##KIND] = {NAME, sizeof NAME - 1, PSRP_ROLE_SCALAR, PSRP_##KIND, PSRP_FORM_##FORM, WITHIN, 0, NULL, NULL, 0, 0, EXPECTED, \
                     SPEC(SECTION)}
#define NUMBER(KIND, NAME, FORM, MIN, MAX, EXPECTED, SECTION) \
    [PSRP_##KIND] = {NAME, sizeof NAME - 1, PSRP_ROLE_SCALAR, PSRP_##KIND, PSRP_FORM_##FORM, VALUE, 0, NULL, NULL, MIN, MAX, \
                     "a whole number " EXPECTED, SPEC(SECTION)}
#define CHECKED(KIND, NAME, CHECK, EXPECTED, SECTION) \
    [PSRP_##KIND] = {NAME, sizeof NAME - 1, PSRP_ROLE_SCALAR, PSRP_##KIND, PSRP_FORM_LEXICAL, VALUE, 0, NULL, CHECK, 0, 0, EXPECTED, \
                     SPEC(SECTION)}
#define KIND_OF(ELEMENT) ((int)(ELEMENT) < (int)PSRP_KIND_COUNT ? (enum psrp_kind)(int)(ELEMENT) : PSRP_OBJECT)
#define PART(ELEMENT, NAME, ROLE, FORM, WITHIN, OPENS, SECTION) \
    [ELEMENT] = {NAME, sizeof NAME - 1, PSRP_ROLE_##ROLE, KIND_OF(ELEMENT), PSRP_FORM_##FORM, WITHIN, \
                 OPENS, NULL, NULL, 0, 0, "text", SPEC(SECTION)}
#define PROGRESS(ELEMENT, NAME, KIND, FORM, MEMBER) \
    [PSRP_ELEMENT_##ELEMENT] = {NAME, sizeof NAME - 1, PSRP_ROLE_SCALAR, PSRP_##KIND, PSRP_FORM_##FORM, PSRP_IN_PR, 0, MEMBER, NULL, \
                                INT32_MIN, INT32_MAX, "a whole number of 32 bits", SPEC("1.25")}

const struct psrp_clixml_type psrp_clixml_types[PSRP_ELEMENT_COUNT] = {
    /*     kind          name   text     stands in    must be                section */
    SCALAR(NIL,          "Nil", NONE,    VALUE_OR_PR, "nothing",             "1.20"),
    SCALAR(STRING,       "S",   ESCAPED, VALUE_OR_PR, "text",                "1.1"),
    SCALAR(BOOL,         "B",   BOOL,    VALUE,       "true or false",       "1.3"),
    SCALAR(FLOAT,        "Sg",  REAL,    VALUE,       "a number of 32 bits", "1.14"),
    SCALAR(DOUBLE,       "Db",  REAL,    VALUE,       "a number of 64 bits", "1.15"),
    SCALAR(BYTES,        "BA",  BASE64,  VALUE,       "base64",              "1.17"),
    SCALAR(URI,          "URI", ESCAPED, VALUE,       "text",                "1.19"),
    SCALAR(XML,          "XD",  ESCAPED, VALUE,       "text",                "1.22"),
    SCALAR(SCRIPTBLOCK,  "SBK", ESCAPED, VALUE,       "text",                "1.23"),
    SCALAR(SECURESTRING, "SS",  BASE64,  VALUE,       "base64 of anything",  "1.24"),

    /*     kind  name   text      from       to          must be                    section */
    NUMBER(CHAR, "C",   UNSIGNED, 0,         UINT16_MAX, "from 0 to 65535",         "1.2"),
    NUMBER(U8,   "By",  UNSIGNED, 0,         UINT8_MAX,  "from 0 to 255",           "1.6"),
    NUMBER(I8,   "SB",  SIGNED,   INT8_MIN,  INT8_MAX,   "from -128 to 127",        "1.7"),
    NUMBER(U16,  "U16", UNSIGNED, 0,         UINT16_MAX, "from 0 to 65535",         "1.8"),
    NUMBER(I16,  "I16", SIGNED,   INT16_MIN, INT16_MAX,  "from -32768 to 32767",    "1.9"),
    NUMBER(U32,  "U32", UNSIGNED, 0,         UINT32_MAX, "of 32 bits without sign", "1.10"),
    NUMBER(I32,  "I32", SIGNED,   INT32_MIN, INT32_MAX,  "of 32 bits",              "1.11"),
    NUMBER(U64,  "U64", UNSIGNED, 0,         UINT64_MAX, "of 64 bits without sign", "1.12"),
    NUMBER(I64,  "I64", SIGNED,   INT64_MIN, INT64_MAX,  "of 64 bits",              "1.13"),

    /*      kind      name       checked by               must be                         section */
    CHECKED(DATETIME, "DT",      psrp_clixml_is_datetime, "a date and time",                 "1.4"),
    CHECKED(TIMESPAN, "TS",      psrp_clixml_is_timespan, "a duration of days and less",     "1.5"),
    CHECKED(DECIMAL,  "D",       psrp_clixml_is_decimal,  "a decimal number of 96 bits",     "1.16"),
    CHECKED(GUID,     "G",       psrp_clixml_is_guid,     "a GUID",                          "1.18"),
    CHECKED(VERSION,  "Version", psrp_clixml_is_version,  "two to four numbers with points", "1.21"),

    /*   element                  name        role            text     stands in                 opens        section */
    PART(PSRP_LIST,              "LST",      CONTAINER,      NONE,    PSRP_IN_OBJ,              PSRP_IN_LIST,  "2.6"),
    PART(PSRP_ENUMERABLE,        "IE",       CONTAINER,      NONE,    PSRP_IN_OBJ,              PSRP_IN_LIST,  "2.6"),
    PART(PSRP_QUEUE,             "QUE",      CONTAINER,      NONE,    PSRP_IN_OBJ,              PSRP_IN_LIST,  "2.6"),
    PART(PSRP_STACK,             "STK",      CONTAINER,      NONE,    PSRP_IN_OBJ,              PSRP_IN_LIST,  "2.6"),
    PART(PSRP_DICTIONARY,        "DCT",      CONTAINER,      NONE,    PSRP_IN_OBJ,              PSRP_IN_DCT,   "2.6"),
    PART(PSRP_OBJECT,            "Obj",      OBJECT,         NONE,    VALUE,                    PSRP_IN_OBJ,   "2.2"),
    PART(PSRP_ELEMENT_OBJS,      "Objs",     OBJECTS,        NONE,    PSRP_IN_DOCUMENT,         PSRP_IN_OBJS,  "2"),
    PART(PSRP_ELEMENT_REF,       "Ref",      REFERENCE,      NONE,    VALUE,                    0,             "2.1"),
    PART(PSRP_ELEMENT_TN,        "TN",       TYPE_NAMES,     NONE,    PSRP_IN_OBJ,              PSRP_IN_TN,    "2.3"),
    PART(PSRP_ELEMENT_T,         "T",        TYPE_NAME,      ESCAPED, PSRP_IN_TN | PSRP_IN_PR,  0,             "2.3"),
    PART(PSRP_ELEMENT_TNREF,     "TNRef",    TYPE_REFERENCE, NONE,    PSRP_IN_OBJ,              0,             "2.3"),
    PART(PSRP_ELEMENT_TO_STRING, "ToString", TO_STRING,      ESCAPED, PSRP_IN_OBJ,              0,             "2.4"),
    PART(PSRP_ELEMENT_PROPS,     "Props",    MEMBERS,        NONE,    PSRP_IN_OBJ,              PSRP_IN_PROPS, "2.8"),
    PART(PSRP_ELEMENT_MS,        "MS",       MEMBERS,        NONE,    PSRP_IN_OBJ | PSRP_IN_MS, PSRP_IN_MS,    "2.9"),
    PART(PSRP_ELEMENT_EN,        "En",       ENTRY,          NONE,    PSRP_IN_DCT,              PSRP_IN_EN,    "2.6"),
    PART(PSRP_ELEMENT_PR,        "PR",       PROGRESS,       NONE,    VALUE,                    PSRP_IN_PR,    "1.25"),

    /* the engine's own form of a progress record, and the members it stands for */
    PROGRESS(AV, "AV", STRING, ESCAPED, "Activity"),
    PROGRESS(AI, "AI", I32,    SIGNED,  "ActivityId"),
    PROGRESS(PI, "PI", I32,    SIGNED,  "ParentActivityId"),
    PROGRESS(PC, "PC", I32,    SIGNED,  "PercentComplete"),
    PROGRESS(SR, "SR", I32,    SIGNED,  "SecondsRemaining"),
    PROGRESS(SD, "SD", STRING, ESCAPED, "StatusDescription"),
};
/* clang-format on */

/* A hash without collisions over the names above: a second name in a slot does not compile (-Woverride-init). The
 * factors were found by trying. */
enum { SLOTS = 128 };
#define SLOT(FIRST, SECOND, LAST, SIZE) (((FIRST)*2 + (SECOND)*18 + (LAST)*11 + (SIZE)) & (SLOTS - 1))

static const uint8_t slots[SLOTS] = {
    [SLOT('N', 'i', 'l', 3)] = 1 + PSRP_NIL,
    [SLOT('S', 0, 'S', 1)] = 1 + PSRP_STRING,
    [SLOT('C', 0, 'C', 1)] = 1 + PSRP_CHAR,
    [SLOT('B', 0, 'B', 1)] = 1 + PSRP_BOOL,
    [SLOT('D', 'T', 'T', 2)] = 1 + PSRP_DATETIME,
    [SLOT('T', 'S', 'S', 2)] = 1 + PSRP_TIMESPAN,
    [SLOT('B', 'y', 'y', 2)] = 1 + PSRP_U8,
    [SLOT('S', 'B', 'B', 2)] = 1 + PSRP_I8,
    [SLOT('U', '1', '6', 3)] = 1 + PSRP_U16,
    [SLOT('I', '1', '6', 3)] = 1 + PSRP_I16,
    [SLOT('U', '3', '2', 3)] = 1 + PSRP_U32,
    [SLOT('I', '3', '2', 3)] = 1 + PSRP_I32,
    [SLOT('U', '6', '4', 3)] = 1 + PSRP_U64,
    [SLOT('I', '6', '4', 3)] = 1 + PSRP_I64,
    [SLOT('S', 'g', 'g', 2)] = 1 + PSRP_FLOAT,
    [SLOT('D', 'b', 'b', 2)] = 1 + PSRP_DOUBLE,
    [SLOT('D', 0, 'D', 1)] = 1 + PSRP_DECIMAL,
    [SLOT('B', 'A', 'A', 2)] = 1 + PSRP_BYTES,
    [SLOT('G', 0, 'G', 1)] = 1 + PSRP_GUID,
    [SLOT('U', 'R', 'I', 3)] = 1 + PSRP_URI,
    [SLOT('V', 'e', 'n', 7)] = 1 + PSRP_VERSION,
    [SLOT('X', 'D', 'D', 2)] = 1 + PSRP_XML,
    [SLOT('S', 'B', 'K', 3)] = 1 + PSRP_SCRIPTBLOCK,
    [SLOT('S', 'S', 'S', 2)] = 1 + PSRP_SECURESTRING,
    [SLOT('L', 'S', 'T', 3)] = 1 + PSRP_LIST,
    [SLOT('I', 'E', 'E', 2)] = 1 + PSRP_ENUMERABLE,
    [SLOT('Q', 'U', 'E', 3)] = 1 + PSRP_QUEUE,
    [SLOT('S', 'T', 'K', 3)] = 1 + PSRP_STACK,
    [SLOT('D', 'C', 'T', 3)] = 1 + PSRP_DICTIONARY,
    [SLOT('O', 'b', 'j', 3)] = 1 + PSRP_OBJECT,
    [SLOT('O', 'b', 's', 4)] = 1 + PSRP_ELEMENT_OBJS,
    [SLOT('R', 'e', 'f', 3)] = 1 + PSRP_ELEMENT_REF,
    [SLOT('T', 'N', 'N', 2)] = 1 + PSRP_ELEMENT_TN,
    [SLOT('T', 0, 'T', 1)] = 1 + PSRP_ELEMENT_T,
    [SLOT('T', 'N', 'f', 5)] = 1 + PSRP_ELEMENT_TNREF,
    [SLOT('T', 'o', 'g', 8)] = 1 + PSRP_ELEMENT_TO_STRING,
    [SLOT('P', 'r', 's', 5)] = 1 + PSRP_ELEMENT_PROPS,
    [SLOT('M', 'S', 'S', 2)] = 1 + PSRP_ELEMENT_MS,
    [SLOT('E', 'n', 'n', 2)] = 1 + PSRP_ELEMENT_EN,
    [SLOT('P', 'R', 'R', 2)] = 1 + PSRP_ELEMENT_PR,
    [SLOT('A', 'V', 'V', 2)] = 1 + PSRP_ELEMENT_AV,
    [SLOT('A', 'I', 'I', 2)] = 1 + PSRP_ELEMENT_AI,
    [SLOT('P', 'I', 'I', 2)] = 1 + PSRP_ELEMENT_PI,
    [SLOT('P', 'C', 'C', 2)] = 1 + PSRP_ELEMENT_PC,
    [SLOT('S', 'R', 'R', 2)] = 1 + PSRP_ELEMENT_SR,
    [SLOT('S', 'D', 'D', 2)] = 1 + PSRP_ELEMENT_SD,
};

const struct psrp_clixml_type *psrp_clixml_type_of_word(uint64_t word, size_t size)
{
    const size_t last = 8 * (size - 1);
    const uint8_t found = slots[SLOT(word & 0xff, word >> 8 & 0xff, word >> last & 0xff, size)];

    if (found == 0 || psrp_clixml_word(psrp_clixml_types[found - 1].name) != word)
        return NULL;
    return &psrp_clixml_types[found - 1];
}

const struct psrp_clixml_type *psrp_clixml_type_find(struct icm_slice name)
{
    char padded[PSRP_CLIXML_ELEMENT_NAME] = "";

    if (name.size == 0 || name.size > sizeof padded)
        return NULL;
    memcpy(padded, name.data, name.size);
    return psrp_clixml_type_of_word(psrp_clixml_word(padded), name.size);
}
