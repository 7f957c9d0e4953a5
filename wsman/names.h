/* The names of WS-Management: namespaces, actions, resource URIs, signals. MS-WSMV 2.2.1, 3.1.4; DSP0226. */
#ifndef WSMAN_NAMES_H
#define WSMAN_NAMES_H

#define WSMAN_NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define WSMAN_NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define WSMAN_NS_WSMAN "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
#define WSMAN_NS_WSMV "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"
#define WSMAN_NS_FAULT "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
#define WSMAN_NS_SHELL "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
#define WSMAN_NS_TRANSFER "http://schemas.xmlsoap.org/ws/2004/09/transfer"
#define WSMAN_NS_ENUMERATION "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
#define WSMAN_NS_CONFIG "http://schemas.microsoft.com/wbem/wsman/1/config"
#define WSMAN_NS_IDENTITY "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
#define WSMAN_NS_POWERSHELL "http://schemas.microsoft.com/powershell"
#define WSMAN_NS_XML "http://www.w3.org/XML/1998/namespace"

#define WSMAN_ANONYMOUS WSMAN_NS_ADDRESSING "/role/anonymous"

#define WSMAN_ACTION_CREATE WSMAN_NS_TRANSFER "/Create"
#define WSMAN_ACTION_DELETE WSMAN_NS_TRANSFER "/Delete"
#define WSMAN_ACTION_COMMAND WSMAN_NS_SHELL "/Command"
#define WSMAN_ACTION_SEND WSMAN_NS_SHELL "/Send"
#define WSMAN_ACTION_RECEIVE WSMAN_NS_SHELL "/Receive"
#define WSMAN_ACTION_SIGNAL WSMAN_NS_SHELL "/Signal"
#define WSMAN_ACTION_DISCONNECT WSMAN_NS_SHELL "/Disconnect"
#define WSMAN_ACTION_RECONNECT WSMAN_NS_SHELL "/Reconnect"
#define WSMAN_ACTION_CONNECT WSMAN_NS_SHELL "/Connect"
#define WSMAN_ACTION_GET WSMAN_NS_TRANSFER "/Get"
#define WSMAN_ACTION_ENUMERATE WSMAN_NS_ENUMERATION "/Enumerate"
#define WSMAN_ACTION_PULL WSMAN_NS_ENUMERATION "/Pull"
#define WSMAN_ACTION_RELEASE WSMAN_NS_ENUMERATION "/Release"
#define WSMAN_ACTION_ENUMERATION_FAULT WSMAN_NS_ENUMERATION "/fault"
#define WSMAN_ACTION_FAULT "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
#define WSMAN_ACTION_ADDRESSING_FAULT WSMAN_NS_ADDRESSING "/fault"

#define WSMAN_RESOURCE_POWERSHELL WSMAN_NS_POWERSHELL "/Microsoft.PowerShell"
#define WSMAN_RESOURCE_CMD WSMAN_NS_SHELL "/cmd"

#define WSMAN_RESOURCE_CONFIG WSMAN_NS_CONFIG
#define WSMAN_RESOURCE_SHELLS WSMAN_NS_SHELL
#define WSMAN_RESOURCE_COMMANDS WSMAN_NS_SHELL "/Command"
#define WSMAN_DIALECT_SELECTORS "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"

#define WSMAN_SIGNAL_TERMINATE WSMAN_NS_SHELL "/signal/terminate"
#define WSMAN_SIGNAL_CTRL_C WSMAN_NS_SHELL "/signal/ctrl_c"
#define WSMAN_SIGNAL_CTRL_BREAK WSMAN_NS_SHELL "/signal/ctrl_break"
/* the letters are swapped in the engine itself, and servers know this spelling best; MS-PSRP 3.1.5.3.9 */
#define WSMAN_SIGNAL_PIPELINE_STOP "powershell/signal/crtl_c"

#define WSMAN_COMMAND_STATE_DONE WSMAN_NS_SHELL "/CommandState/Done"
#define WSMAN_COMMAND_STATE_RUNNING WSMAN_NS_SHELL "/CommandState/Running"
#define WSMAN_COMMAND_STATE_PENDING WSMAN_NS_SHELL "/CommandState/Pending"

#define WSMAN_CONTENT_TYPE "application/soap+xml;charset=UTF-8"
#define WSMAN_CONTENT_TYPE_UTF16 "application/soap+xml;charset=UTF-16"

#endif
