/* How much and how long, and why. */
#ifndef WSMAN_LIMITS_H
#define WSMAN_LIMITS_H

enum {
    /* what WinRM 2.0 (2008 R2) takes, so what is safe to say to a server that is not known yet */
    WSMAN_ENVELOPE_FIRST = 153600,
    /* what WinRM 3.0 and later takes; said once the server has shown protocol 2.2 or later */
    WSMAN_ENVELOPE_LATER = 512000,
    WSMAN_ENVELOPE_MIN = 8192, /* smaller than MS-WSMV 3.1.4.1.6 allows */
    WSMAN_ENVELOPE_MOST = 32 * 1024 * 1024, /* what we say at the most, however much a server's configuration takes */
    /* no answer is longer than what we asked for, plus what a careless server adds */
    WSMAN_REPLY_SLACK = 64 * 1024,
    WSMAN_DEPTH_MAX = 32,
    WSMAN_ELEMENTS_MAX = 64 * 1024,
    WSMAN_ATTRIBUTES_MAX = 64,
    WSMAN_TEXT_MAX = 64 * 1024, /* one header or one field that is no stream */
    WSMAN_SELECTORS_MAX = 64,   /* and as many options */
    WSMAN_ARGUMENTS_MAX = 1024, /* of one command, and as many variables of a shell's environment */
    WSMAN_VARIABLES_MAX = 1024,
    WSMAN_ITEMS_MAX = 4096,     /* of one answer to Enumerate or Pull; a computer has some dozen shells */
    WSMAN_STREAMS_MAX = 8192,   /* stream elements in one answer; real servers send up to some forty */

    /* sealed bodies, MS-WSMV 2.2.9.1 */
    WSMAN_SEAL_LINE_MAX = 512,       /* the longest that anybody writes has 90 bytes */
    WSMAN_SEAL_LINES_MAX = 16,       /* of a part; it has two */
    WSMAN_SEAL_HEADER_MAX = 1024,    /* NTLM has 16 bytes, Kerberos up to 76, a CBC record's trailer up to 64 */
    WSMAN_SEAL_PADDING_MAX = 8,      /* one byte with RC4, up to eight with DES; RFC 4757, RFC 1964 */
    WSMAN_SEAL_RECORD_HEAD = 5,      /* TLS: type, version, length */
    WSMAN_SEAL_RECORD_MAX = 16384 + 2048, /* RFC 5246 6.2.3 */
    WSMAN_SEAL_RECORD_SLACK = 4096,  /* what heads and trailers of one piece's records may add */

    WSMAN_OPERATION_TIMEOUT_MS = 180 * 1000, /* Create, Command, Send …: PSSessionOption's default */
    WSMAN_RECEIVE_TIMEOUT_MS = 60 * 1000,    /* one long poll; most servers cap it at MaxTimeoutms, 60 s */
    WSMAN_CANCEL_TIMEOUT_MS = 60 * 1000,     /* Signal and Delete */
    WSMAN_CONNECT_TIMEOUT_MS = 30 * 1000,
    /* the HTTP time-out is longer than the operation's, else healthy waits are cut; MS-WSMV 3.2.2 NetworkDelayms */
    WSMAN_NETWORK_DELAY_MS = 15 * 1000,
};

#endif
