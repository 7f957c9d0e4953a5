/* WS-Management: envelopes, faults and shells, both roles. */
#ifndef ICM_WSMAN_H
#define ICM_WSMAN_H

#include "wsman/envelope.h"
#include "wsman/fault.h"
#include "wsman/http.h"
#include "wsman/limits.h"
#include "wsman/message.h"
#include "wsman/names.h"
#include "wsman/service.h"
#include "wsman/shell.h"
#include "wsman/winrs.h"

#endif
