/* PowerShell remoting: values and CLIXML, runspace pools and pipelines, both roles, and the drive that runs many sessions. */
#ifndef ICM_PSRP_H
#define ICM_PSRP_H

#include "psrp/child.h"
#include "psrp/clixml.h"
#include "psrp/defragmenter.h"
#include "psrp/drive.h"
#include "psrp/event.h"
#include "psrp/fragment.h"
#include "psrp/fragmenter.h"
#include "psrp/message.h"
#include "psrp/over_packets.h"
#include "psrp/over_process.h"
#include "psrp/over_wsman.h"
#include "psrp/packets.h"
#include "psrp/pipeline.h"
#include "psrp/pool.h"
#include "psrp/server.h"
#include "psrp/transport.h"
#include "psrp/value.h"

#endif
