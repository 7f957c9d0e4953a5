#include "cli/format_view.h"

#include "cli/format_type.h"

#define SMA(name) "System.Management.Automation." name
#define MPC(name) "Microsoft.PowerShell.Commands." name
#define CIM(name) "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/" name
#define DESERIALIZED "Deserialized."

static const struct cli_view_group directories = {"Directory", "PSParentPath", "directory(PSParentPath)"};
static const struct cli_view_group signed_directories = {"Directory", "parent(Path)", "parent(Path)"};
static const struct cli_view_group module_folders = {"Directory", "modules_of(Path)", "modules_of(Path)"};
static const struct cli_view_group byte_labels = {NULL, "Label", NULL};
static const struct cli_view_group hives = {"Hive", "PSParentPath", "hive(PSParentPath)"};
static const struct cli_view_group parents = {NULL, "PSParentPath", NULL};
static const struct cli_view_group wsman = {"WSManConfig", "PSParentPath", NULL};
static const struct cli_view_group providers = {NULL, "ProviderName", NULL};
static const struct cli_view_group stream_files = {NULL, "Filename", NULL};
static const struct cli_view_group member_types = {NULL, "TypeName", NULL};
static const struct cli_view_group destinations = {NULL, "Destination", NULL};
static const struct cli_view_group targets = {NULL, "Target", NULL};
static const struct cli_view_group namespaces = {"NameSpace", "__Namespace", NULL};
static const struct cli_view_group cim_namespaces = {"NameSpace", "of(CimSystemProperties Namespace)", NULL};

/* Of several views of one type the first is shown; names with DESERIALIZED are for objects from the wire alone. */
/* clang-format off */
const struct cli_view cli_views[] = {
    /* files: the object says whether it is from Unix */
    {"System.IO.DirectoryInfo|System.IO.FileInfo", CLI_SHAPE_TABLE, CLI_VIEW_WRAPS | CLI_VIEW_OF_UNIX,
     "UnixMode:10L=|User:10R=|Group:10L=|LastWriteTime:16R=unix_time(LastWriteTime)|Size:12R=|Name:L=any(NameString Name)", &directories},
    {"System.IO.DirectoryInfo|System.IO.FileInfo", CLI_SHAPE_TABLE, CLI_VIEW_WRAPS,
     "Mode:7L=any(ModeWithoutHardLink Mode)|LastWriteTime:26R=windows_time(LastWriteTimeString LastWriteTime)|Length:14R=any(LengthString Length)|Name:L=any(NameString Name)", &directories},
    {"System.Security.AccessControl.FileSystemSecurity", CLI_SHAPE_TABLE, 0,
     "Path=leaf(Path)|Owner|Access=AccessToString", &directories},
    {"System.Security.AccessControl.ObjectSecurity", CLI_SHAPE_TABLE, 0,
     "Path|Owner|Access=AccessToString", NULL},
    {MPC("AlternateStreamData"), CLI_SHAPE_TABLE, 0,
     "Stream:20L|Length:10R", &stream_files},
    /* processes, services, .NET */
    {"System.Diagnostics.Process", CLI_SHAPE_TABLE, 0,
     "NPM(K):7R=kibi(NPM)|PM(M):8R=mebi(PM)|WS(M):10R=mebi(WS)|CPU(s):10R=hundredths(CPU)|Id:7R|SI:3R|ProcessName", NULL},
    {"System.Diagnostics.Process#IncludeUserName", CLI_SHAPE_TABLE, 0,
     "WS(M):10R=mebi(WS)|CPU(s):8R=hundredths(CPU)|Id:7R|UserName:30|ProcessName", NULL},
    {"System.Diagnostics.ProcessModule", CLI_SHAPE_TABLE, 0,
     "Size(K):10R=Size|ModuleName:50|FileName", NULL},
    {"System.Diagnostics.FileVersionInfo", CLI_SHAPE_TABLE, 0,
     "ProductVersion:16|FileVersion:16|FileName", NULL},
    {"System.ServiceProcess.ServiceController", CLI_SHAPE_TABLE, 0,
     "Status:8|Name:18|DisplayName:38", NULL},
    {"System.Globalization.CultureInfo", CLI_SHAPE_TABLE, 0,
     "LCID:16|Name:16|DisplayName", NULL},
    {"System.Reflection.Assembly", CLI_SHAPE_TABLE, 0,
     "GAC:6=GlobalAssemblyCache|Version:14=ImageRuntimeVersion|Location", NULL},
    {"System.Reflection.AssemblyName", CLI_SHAPE_TABLE, 0,
     "Version:14|Name", NULL},
    {"System.RuntimeType", CLI_SHAPE_TABLE, 0,
     "IsPublic:8=|IsSerial:8=IsSerializable|Name:40|BaseType", NULL},
    {"System.Version", CLI_SHAPE_TABLE, 0,
     "Major:6|Minor:6|Build:6|Revision:8", NULL},
    {"System.Version#IncludeLabel", CLI_SHAPE_TABLE, 0,
     "Major:6|Minor:6|Build:6|Revision:8|PSSemVerPreReleaseLabel:26|PSSemVerBuildLabel:27", NULL},
    {SMA("SemanticVersion"), CLI_SHAPE_TABLE, 0,
     "Major:6|Minor:6|Patch:6|PreReleaseLabel:15|BuildLabel:11", NULL},
    {"System.Collections.DictionaryEntry", CLI_SHAPE_TABLE, 0,
     "Name:30|Value", NULL},
    {"System.Guid", CLI_SHAPE_TABLE, 0,
     "Guid", NULL},
    {"System.TimeSpan", CLI_SHAPE_LIST, 0,
     "Days|Hours|Minutes|Seconds|Milliseconds|Ticks|TotalDays|TotalHours|TotalMinutes|TotalSeconds|TotalMilliseconds", NULL},
    {"System.DateTime", CLI_SHAPE_CUSTOM, 0,
     "DateTime", NULL},
    {"System.AppDomain", CLI_SHAPE_LIST, 0,
     "FriendlyName|Id|ApplicationDescription|BaseDirectory|DynamicDirectory|RelativeSearchPath|SetupInformation|ShadowCopyFiles", NULL},
    {"System.CodeDom.Compiler.CompilerError", CLI_SHAPE_LIST, 0,
     "ErrorText|Line|Column|ErrorNumber|LineSource", NULL},
    {"System.DirectoryServices.DirectoryEntry", CLI_SHAPE_LIST, 0,
     "distinguishedName=|Path=path", NULL},
    {"System.Drawing.Printing.PrintDocument", CLI_SHAPE_TABLE, 0,
     "Color:10|Duplex:10|Name", NULL},
    {"System.Net.NetworkCredential", CLI_SHAPE_TABLE, 0,
     "UserName:50=|Domain:50=", NULL},
    /* event logs and counters */
    {"System.Diagnostics.EventLogEntry", CLI_SHAPE_TABLE, 0,
     "Index:8R=|Time:13=log_time(TimeGenerated)|EntryType:11=|Source:20=|InstanceID:12R=|Message=", NULL},
    {"System.Diagnostics.EventLog", CLI_SHAPE_TABLE, 0,
     "Max(K):8R=grouped(MaximumKilobytes)|Retain:6R=MinimumRetentionDays|OverflowAction:18=|Entries:10R=count(Entries)|Log=", NULL},
    {"System.Diagnostics.Eventing.Reader.EventLogRecord", CLI_SHAPE_TABLE, 0,
     "TimeCreated:26|Id:8R|LevelDisplayName:16|Message", &providers},
    {"System.Diagnostics.Eventing.Reader.EventLogConfiguration", CLI_SHAPE_TABLE, 0,
     "LogMode:9=|MaximumSizeInBytes:18R=|RecordCount:11R=|LogName", NULL},
    {"System.Diagnostics.Eventing.Reader.ProviderMetadata", CLI_SHAPE_LIST, 0,
     "Name|LogLinks|Opcodes|Tasks", NULL},
    {MPC("GetCounter.PerformanceCounterSampleSet"), CLI_SHAPE_TABLE, CLI_VIEW_WRAPS,
     "Timestamp:26L=|CounterSamples:100L=Readings", NULL},
    {MPC("GetCounter.CounterFileInfo"), CLI_SHAPE_TABLE, CLI_VIEW_WRAPS,
     "OldestRecord:30L|NewestRecord:30L|SampleCount:30L", NULL},
    /* WMI and CIM */
    {"System.Management.ManagementObject#root\\cimv2\\Win32_QuickFixEngineering", CLI_SHAPE_TABLE, 0,
     "Source:13=__SERVER|Description:16=|HotFixID:13=|InstalledBy:20=|InstalledOn:26=", NULL},
    {CIM("Win32_QuickFixEngineering"), CLI_SHAPE_TABLE, 0,
     "Source:13=ComputerName|Description:16=|HotFixID:13=|InstalledBy:20=|InstalledOn:26=", NULL},
    {"System.Management.ManagementObject#root\\cimv2\\Win32_PingStatus", CLI_SHAPE_TABLE, 0,
     "Source:13=__Server|Destination:15=Address|IPV4Address:16=|IPV6Address:40=|Bytes:8=BufferSize|Time(ms):9=ResponseTime", NULL},
    {CIM("Win32_PingStatus"), CLI_SHAPE_TABLE, 0,
     "Source:13=PSComputerName|Destination:15=Address|IPV4Address:16=|IPV6Address:40=|Bytes:8=BufferSize|Time(ms):9=ResponseTime", NULL},
    {CIM("Win32_Process"), CLI_SHAPE_TABLE, 0,
     "ProcessId=|Name:16=|HandleCount=|WorkingSetSize=|VirtualSize=", NULL},
    {CIM("Win32_ComputerSystem"), CLI_SHAPE_TABLE, 0,
     "Name:16=|PrimaryOwnerName=|Domain=|TotalPhysicalMemory=|Model=|Manufacturer=", NULL},
    {CIM("WIN32_PROCESSOR"), CLI_SHAPE_TABLE, 0,
     "DeviceID=|Name:16=|Caption=|MaxClockSpeed=|SocketDesignation=|Manufacturer=", NULL},
    {CIM("WIN32_DCOMApplication"), CLI_SHAPE_TABLE, 0,
     "AppID=|Name:16=|InstallDate=", NULL},
    {CIM("WIN32_DESKTOP"), CLI_SHAPE_TABLE, 0,
     "SettingID=|Name:16=|ScreenSaverActive=|ScreenSaverSecure=|ScreenSaverTimeout=", NULL},
    {CIM("WIN32_DESKTOPMONITOR"), CLI_SHAPE_TABLE, 0,
     "DeviceID=|Name:16=|DisplayType=|MonitorManufacturer=|ScreenHeight=|ScreenWidth=", NULL},
    {CIM("Win32_DeviceMemoryAddress"), CLI_SHAPE_TABLE, 0,
     "Name:16=|MemoryType=|Status=", NULL},
    {CIM("Win32_DiskDrive"), CLI_SHAPE_TABLE, 0,
     "DeviceID=|Caption=|Partitions=|Size=|Model=", NULL},
    {CIM("Win32_DiskQuota"), CLI_SHAPE_TABLE, 0,
     "DiskSpaceUsed=|Limit=|QuotaVolume=|User=", NULL},
    {CIM("Win32_Environment"), CLI_SHAPE_TABLE, 0,
     "Name:16=|UserName=|VariableValue=", NULL},
    {CIM("Win32_Directory"), CLI_SHAPE_TABLE, 0,
     "Name:16=|Hidden=|Archive=|Writeable=|LastModified=", NULL},
    {CIM("Win32_Group"), CLI_SHAPE_TABLE, 0,
     "SID=|Name:16=|Caption=|Domain=", NULL},
    {CIM("Win32_IDEController"), CLI_SHAPE_TABLE, 0,
     "Name:16=|Status=|StatusInfo=|ProtocolSupported=|Manufacturer=", NULL},
    {CIM("Win32_IRQResource"), CLI_SHAPE_TABLE, 0,
     "Name:16=|IRQNumber=|Hardware=|TriggerLevel=|TriggerType=", NULL},
    {CIM("Win32_ScheduledJob"), CLI_SHAPE_TABLE, 0,
     "JobId=|Name:16=|Owner=|Priority=|Command=", NULL},
    {CIM("Win32_LoadOrderGroup"), CLI_SHAPE_TABLE, 0,
     "Name:16=|GroupOrder=", NULL},
    {CIM("Win32_LogicalDisk"), CLI_SHAPE_TABLE, 0,
     "DeviceID=|DriveType=|ProviderName:16=|VolumeName:16=|Size=|FreeSpace=", NULL},
    {CIM("Win32_LogonSession"), CLI_SHAPE_TABLE, 0,
     "LogonId=|Name:16=|LogonType=|StartTime=|Status=|AuthenticationPackage=", NULL},
    {CIM("Win32_PhysicalMemoryArray"), CLI_SHAPE_TABLE, 0,
     "Name:16=|MemoryDevices=|MaxCapacity=|Model=", NULL},
    {CIM("Win32_OnBoardDevice"), CLI_SHAPE_TABLE, 0,
     "DeviceType=|SerialNumber=|Enabled=|Description=", NULL},
    {CIM("Win32_OperatingSystem"), CLI_SHAPE_TABLE, 0,
     "SystemDirectory=|Organization=|BuildNumber=|RegisteredUser=|SerialNumber=|Version=", NULL},
    {CIM("Win32_DiskPartition"), CLI_SHAPE_TABLE, 0,
     "Name:16=|NumberOfBlocks=|BootPartition=|PrimaryPartition=|Size=|Index=", NULL},
    {CIM("Win32_PortConnector"), CLI_SHAPE_TABLE, 0,
     "Tag=|PortType=|ConnectorType=|SerialNumber=|ExternalReferenceDesignator=", NULL},
    {CIM("Win32_QuotaSetting"), CLI_SHAPE_TABLE, 0,
     "SettingID=|Caption=|State=|VolumePath=|DefaultLimit=|DefaultWarningLimit=", NULL},
    {CIM("Win32_SCSIController"), CLI_SHAPE_TABLE, 0,
     "Name:16=|DriverName:16=|Status=|StatusInfo=|ProtocolSupported=|Manufacturer=", NULL},
    {CIM("Win32_Service"), CLI_SHAPE_TABLE, 0,
     "ProcessId=|Name:16=|StartMode=|State=|Status=|ExitCode=", NULL},
    {CIM("Win32_UserAccount"), CLI_SHAPE_TABLE, 0,
     "Name:16=|Caption=|AccountType=|SID=|Domain=", NULL},
    {CIM("Win32_NetworkProtocol"), CLI_SHAPE_TABLE, 0,
     "Name:16=|Caption=|Status=", NULL},
    {CIM("Win32_NetworkAdapter"), CLI_SHAPE_TABLE, 0,
     "DeviceID=|Name:16=|AdapterType=|ServiceName=", NULL},
    {CIM("Win32_NetworkAdapterConfiguration"), CLI_SHAPE_TABLE, 0,
     "ServiceName:16=|DHCPEnabled=|Index=|Description=", NULL},
    {CIM("Win32_NTDomain"), CLI_SHAPE_TABLE, 0,
     "DomainName:16=|DnsForestName=|DomainControllerName=", NULL},
    {CIM("Win32_Printer"), CLI_SHAPE_TABLE, 0,
     "Name:16=|ShareName=|SystemName=|PrinterState=|PrinterStatus=|Location=", NULL},
    {CIM("Win32_PrintJob"), CLI_SHAPE_TABLE, 0,
     "JobId=|Name:16=|JobStatus=|Owner=|Priority=|Size=|Document=", NULL},
    {CIM("Win32_Product"), CLI_SHAPE_TABLE, 0,
     "Name:16=|Caption=|Vendor=|Version=|IdentifyingNumber=", NULL},
    {"System.Management.ManagementClass", CLI_SHAPE_TABLE, 0,
     "Name:35|Methods:20|Properties", &namespaces},
    {"Microsoft.Management.Infrastructure.CimClass", CLI_SHAPE_TABLE, 0,
     "CimClassName:35=|CimClassMethods:20|CimClassProperties", &cim_namespaces},
    /* registry, certificates, signatures */
    {"Microsoft.Win32.RegistryKey", CLI_SHAPE_TABLE, CLI_VIEW_WRAPS,
     "Name:30=PSChildName|Property=nothing()", &hives},
    {"System.Security.Cryptography.X509Certificates.X509Certificate2", CLI_SHAPE_TABLE, 0,
     "Thumbprint:41|Subject:20|EnhancedKeyUsageList=of(EnhancedKeyUsageList FriendlyName)", &parents},
    {"System.Security.Cryptography.X509Certificates.X509CertificateEx", CLI_SHAPE_TABLE, 0,
     "Thumbprint:41|Subject", &parents},
    {SMA("Signature"), CLI_SHAPE_TABLE, 0,
     "SignerCertificate:41=of(SignerCertificate Thumbprint)|Status|StatusMessage|Path=leaf(Path)", &signed_directories},
    /* PowerShell's own */
    {SMA("AliasInfo") "|" SMA("ApplicationInfo") "|" SMA("CmdletInfo") "|" SMA("ExternalScriptInfo") "|" SMA("FilterInfo") "|" SMA("FunctionInfo") "|" SMA("ScriptInfo"), CLI_SHAPE_TABLE, 0,
     "CommandType:15=|Name:50=command_name()|Version:10=|Source=", NULL},
    {SMA("CommandInfo"), CLI_SHAPE_TABLE, 0,
     "CommandType:15|Name", NULL},
    {"ModuleInfoGrouping", CLI_SHAPE_TABLE, 0, /* Get-Module -ListAvailable */
     "ModuleType:10L|Version:10L|PreRelease:10L=prerelease(PrivateData)|Name:35L|PSEdition:9L=editions(CompatiblePSEditions)|ExportedCommands:L=keys(ExportedCommands)", &module_folders},
    {SMA("PSModuleInfo"), CLI_SHAPE_TABLE, 0,
     "ModuleType:10L|Version:10L|PreRelease:10L=prerelease(PrivateData)|Name:35L|ExportedCommands:L=keys(ExportedCommands)", NULL},
    {SMA("PSDriveInfo"), CLI_SHAPE_TABLE, 0,
     "Name:10|Used (GB):13R=gibi(Used Free)|Free (GB):13R=gibi(Free Used)|Provider:13=of(Provider Name)|Root:35=any(DisplayRoot Root)|CurrentLocation:R", NULL},
    {SMA("ProviderInfo"), CLI_SHAPE_TABLE, 0,
     "Name:20|Capabilities|Drives", NULL},
    {SMA("PSVariable"), CLI_SHAPE_TABLE, 0,
     "Name:30|Value", NULL},
    {SMA("PathInfo"), CLI_SHAPE_TABLE, 0,
     "Path", NULL},
    {SMA("Job"), CLI_SHAPE_TABLE, 0,
     "Id:6L=|Name:15L=|PSJobTypeName:15L=|State:13L=|HasMoreData:15L=|Location:20L=|Command:25L=", NULL},
    {SMA("Runspaces.PSSession"), CLI_SHAPE_TABLE, 0,
     "Id:3R=|Name:15L=|Transport:9L=|ComputerName:15L=|ComputerType:15L=|State:13L=|ConfigurationName:20L=|Availability:13R=", NULL},
    {SMA("Runspaces.Runspace"), CLI_SHAPE_TABLE, 0,
     "Id:3R=|Name:15L=|ComputerName:15L=of_else(ConnectionInfo ComputerName localhost)|Type:13L=whether(ConnectionInfo Remote Local)|State:13L=of(RunspaceStateInfo State)|Availability:15L=RunspaceAvailability", NULL},
    {SMA("Runspaces.TypeData"), CLI_SHAPE_TABLE, 0,
     "TypeName=|Members=", NULL},
    {SMA("CallStackFrame"), CLI_SHAPE_TABLE, 0,
     "Command=|Arguments=|Location=", NULL},
    {SMA("CommandBreakpoint") "|" SMA("LineBreakpoint") "|" SMA("VariableBreakpoint"), CLI_SHAPE_TABLE, 0,
     "ID:4R=|Script=leaf(Script)|Line:4R=|Command=|Variable=|Action=", NULL},
    {SMA("ExperimentalFeature"), CLI_SHAPE_TABLE, 0,
     "Name:35L|Enabled:7R|Source:35L|Description:L", NULL},
    {SMA("PSSnapInInfo"), CLI_SHAPE_LIST, 0,
     "Name=|PSVersion=|Description=", NULL},
    {SMA("ShellVariable"), CLI_SHAPE_LIST, 0,
     "Name|Value", NULL},
    {SMA("Subsystem.SubsystemInfo"), CLI_SHAPE_TABLE, 0,
     "Kind:17L=|SubsystemType:18L=of(SubsystemType Name)|IsRegistered:12R=|Implementations:L=", NULL},
    /* what cmdlets give */
    {MPC("MemberDefinition"), CLI_SHAPE_TABLE, CLI_VIEW_AUTOSIZE,
     "Name=|MemberType=|Definition=", &member_types},
    {MPC("GroupInfo"), CLI_SHAPE_TABLE, 0,
     "Count:5R=|Name:25|Group", NULL},
    {MPC("GroupInfoNoElement"), CLI_SHAPE_TABLE, 0,
     "Count:5R=|Name:25", NULL},
    {MPC("HistoryInfo"), CLI_SHAPE_TABLE, 0,
     "Id:4R|Duration:12R=duration(Duration)|CommandLine", NULL},
    {DESERIALIZED MPC("MatchInfo"), CLI_SHAPE_CUSTOM, 0,
     "Line", NULL},
    {DESERIALIZED MPC("TextMeasureInfo"), CLI_SHAPE_TABLE, 0,
     "Lines=|Words=|Characters=|Property=", NULL},
    {DESERIALIZED MPC("GenericMeasureInfo"), CLI_SHAPE_LIST, 0,
     "Count|Average|Sum|Maximum|Minimum|Property", NULL},
    {MPC("FileHashInfo"), CLI_SHAPE_TABLE, 0,
     "Algorithm:15L|Hash:70L|Path", NULL},
    {MPC("ComputerChangeInfo"), CLI_SHAPE_TABLE, 0,
     "HasSucceeded:12L=|ComputerName:25=", NULL},
    {MPC("RenameComputerChangeInfo"), CLI_SHAPE_TABLE, 0,
     "HasSucceeded:12L=|OldComputerName:25=|NewComputerName:25=", NULL},
    {MPC("TestConnectionCommand+PingStatus"), CLI_SHAPE_TABLE, 0,
     "Ping:4R=|Source:16L=|Address:25L=DisplayAddress|Latency(ms):7R=unless_timed_out(Latency)|BufferSize(B):10R=unless_timed_out(BufferSize)|Status:L=", &destinations},
    {MPC("TestConnectionCommand+PingMtuStatus"), CLI_SHAPE_TABLE, 0,
     "Source:16L=|Address:25L=DisplayAddress|Latency(ms):7R=unless_timed_out(Latency)|Status:16L=|MtuSize(B):7R=MtuSize", &destinations},
    {MPC("TestConnectionCommand+TraceStatus"), CLI_SHAPE_TABLE, 0,
     "Hop:3R=|Hostname:25L=or_star(Hostname)|Ping:4R=|Latency(ms):7R=unless_timed_out(Latency)|Status:16L=|Source:12L=|TargetAddress:15L=", &targets},
    {MPC("TestConnectionCommand+TcpPortStatus"), CLI_SHAPE_TABLE, 0,
     "Id:4R=|Source:16L=|Address:25L=TargetAddress|Port:7R=|Latency(ms):7R=Latency|Connected:10L=|Status:24L=", &targets},
    {MPC("PSSessionConfigurationCommands#PSSessionConfiguration"), CLI_SHAPE_LIST, 0,
     "Name|PSVersion|StartupScript|RunAsUser|Permission", NULL},
    {MPC("PSRunspaceDebug"), CLI_SHAPE_TABLE, 0,
     "Id:3R=RunspaceId|Name:20L=RunspaceName|Enabled:10L=|BreakAll:10L=", NULL},
    {MPC("ControlPanelItem"), CLI_SHAPE_TABLE, 0,
     "Name=|CanonicalName=|Category=|Description=", NULL},
    {SMA("Subsystem.SubsystemInfo+ImplementationInfo"), CLI_SHAPE_LIST, 0,
     "Id|Kind|Name|Description|ImplementationType", NULL},
    {"HelpInfoShort", CLI_SHAPE_TABLE, 0,
     "Name:33L=|Category:9L=|Module:25L=any(ModuleName PSSnapIn)|Synopsis", NULL},
    {SMA("PSTraceSource"), CLI_SHAPE_TABLE, 0,
     "Options:8|Name:20|Listeners:20|Description", NULL},
    {MPC("ListCommand+MemberInfo"), CLI_SHAPE_TABLE, 0,
     "Class:11=MemberClass|Name:25|MemberData", NULL},
    {MPC("ByteCollection"), CLI_SHAPE_TABLE, 0, /* Format-Hex */
     "Offset:16R=HexOffset|Bytes\n00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F:47L=HexBytes|Ascii:16L=", &byte_labels},
    {MPC("WebResponseObject"), CLI_SHAPE_LIST, 0,
     "StatusCode|StatusDescription|Content|RawContent=beginning(RawContent)|Headers|RawContentLength|RelationLink", NULL},
    {MPC("BasicHtmlWebResponseObject"), CLI_SHAPE_LIST, 0,
     "StatusCode|StatusDescription|Content=beginning(Content)|RawContent=beginning(RawContent)|Headers|Images|InputFields|Links|"
     "RawContentLength|RelationLink", NULL},
    {MPC("X509StoreLocation"), CLI_SHAPE_LIST, 0,
     "Location|StoreNames", NULL},
    {"System.Security.Cryptography.X509Certificates.X509Store", CLI_SHAPE_LIST, 0,
     "Name", NULL},
    {"System.Threading.Tasks.Task", CLI_SHAPE_TABLE, 0,
     "Id=|IsCompleted=|Status=", NULL},
    {SMA("PSStyle"), CLI_SHAPE_LIST, 0,
     "Reset=style(Reset)|BlinkOff=style(BlinkOff)|Blink=style(Blink)|BoldOff=style(BoldOff)|Bold=style(Bold)|DimOff=style(DimOff)|"
     "Dim=style(Dim)|Hidden=style(Hidden)|HiddenOff=style(HiddenOff)|Reverse=style(Reverse)|ReverseOff=style(ReverseOff)|"
     "ItalicOff=style(ItalicOff)|Italic=style(Italic)|UnderlineOff=style(UnderlineOff)|Underline=style(Underline)|"
     "StrikethroughOff=style(StrikethroughOff)|Strikethrough=style(Strikethrough)|OutputRendering|AutoSizeDefaultFormatting|"
     "Formatting.FormatAccent=style(Formatting FormatAccent)|Formatting.ErrorAccent=style(Formatting ErrorAccent)|"
     "Formatting.Error=style(Formatting Error)|Formatting.Warning=style(Formatting Warning)|"
     "Formatting.Verbose=style(Formatting Verbose)|Formatting.Debug=style(Formatting Debug)|"
     "Formatting.TableHeader=style(Formatting TableHeader)|"
     "Formatting.CustomTableHeaderLabel=style(Formatting CustomTableHeaderLabel)|"
     "Formatting.FeedbackName=style(Formatting FeedbackName)|Formatting.FeedbackText=style(Formatting FeedbackText)|"
     "Formatting.FeedbackAction=style(Formatting FeedbackAction)|Progress.Style=style(Progress Style)|"
     "Progress.MaxWidth=path(Progress MaxWidth)|Progress.View=path(Progress View)|"
     "Progress.UseOSCIndicator=path(Progress UseOSCIndicator)|FileInfo.Directory=style(FileInfo Directory)|"
     "FileInfo.SymbolicLink=style(FileInfo SymbolicLink)|FileInfo.Executable=style(FileInfo Executable)|"
     "FileInfo.Extension=nothing(FileInfo)|Foreground.Black=style(Foreground Black)|"
     "Foreground.BrightBlack=style(Foreground BrightBlack)|Foreground.White=style(Foreground White)|"
     "Foreground.BrightWhite=style(Foreground BrightWhite)|Foreground.Red=style(Foreground Red)|"
     "Foreground.BrightRed=style(Foreground BrightRed)|Foreground.Magenta=style(Foreground Magenta)|"
     "Foreground.BrightMagenta=style(Foreground BrightMagenta)|Foreground.Blue=style(Foreground Blue)|"
     "Foreground.BrightBlue=style(Foreground BrightBlue)|Foreground.Cyan=style(Foreground Cyan)|"
     "Foreground.BrightCyan=style(Foreground BrightCyan)|Foreground.Green=style(Foreground Green)|"
     "Foreground.BrightGreen=style(Foreground BrightGreen)|Foreground.Yellow=style(Foreground Yellow)|"
     "Foreground.BrightYellow=style(Foreground BrightYellow)|Background.Black=style(Background Black)|"
     "Background.BrightBlack=style(Background BrightBlack)|Background.White=style(Background White)|"
     "Background.BrightWhite=style(Background BrightWhite)|Background.Red=style(Background Red)|"
     "Background.BrightRed=style(Background BrightRed)|Background.Magenta=style(Background Magenta)|"
     "Background.BrightMagenta=style(Background BrightMagenta)|Background.Blue=style(Background Blue)|"
     "Background.BrightBlue=style(Background BrightBlue)|Background.Cyan=style(Background Cyan)|"
     "Background.BrightCyan=style(Background BrightCyan)|Background.Green=style(Background Green)|"
     "Background.BrightGreen=style(Background BrightGreen)|Background.Yellow=style(Background Yellow)|"
     "Background.BrightYellow=style(Background BrightYellow)", NULL},
    {SMA("PSStyle+FormattingData"), CLI_SHAPE_LIST, 0,
     "FormatAccent=style(FormatAccent)|ErrorAccent=style(ErrorAccent)|Error=style(Error)|Warning=style(Warning)|"
     "Verbose=style(Verbose)|Debug=style(Debug)|TableHeader=style(TableHeader)|"
     "CustomTableHeaderLabel=style(CustomTableHeaderLabel)|FeedbackName=style(FeedbackName)|FeedbackText=style(FeedbackText)|"
     "FeedbackAction=style(FeedbackAction)", NULL},
    {SMA("PSStyle+ProgressConfiguration"), CLI_SHAPE_LIST, 0,
     "Style=style(Style)|MaxWidth|View|UseOSCIndicator", NULL},
    {SMA("PSStyle+FileInfoFormatting"), CLI_SHAPE_LIST, 0,
     "Directory=style(Directory)|SymbolicLink=style(SymbolicLink)|Executable=style(Executable)|Extension=nothing(Extension)", NULL},
    {SMA("PSStyle+ForegroundColor"), CLI_SHAPE_LIST, 0,
     "Black=style(Black)|BrightBlack=style(BrightBlack)|White=style(White)|BrightWhite=style(BrightWhite)|Red=style(Red)|"
     "BrightRed=style(BrightRed)|Magenta=style(Magenta)|BrightMagenta=style(BrightMagenta)|Blue=style(Blue)|"
     "BrightBlue=style(BrightBlue)|Cyan=style(Cyan)|BrightCyan=style(BrightCyan)|Green=style(Green)|BrightGreen=style(BrightGreen)|"
     "Yellow=style(Yellow)|BrightYellow=style(BrightYellow)", NULL},
    {SMA("PSStyle+BackgroundColor"), CLI_SHAPE_LIST, 0,
     "Black=style(Black)|BrightBlack=style(BrightBlack)|White=style(White)|BrightWhite=style(BrightWhite)|Red=style(Red)|"
     "BrightRed=style(BrightRed)|Magenta=style(Magenta)|BrightMagenta=style(BrightMagenta)|Blue=style(Blue)|"
     "BrightBlue=style(BrightBlue)|Cyan=style(Cyan)|BrightCyan=style(BrightCyan)|Green=style(Green)|BrightGreen=style(BrightGreen)|"
     "Yellow=style(Yellow)|BrightYellow=style(BrightYellow)", NULL},
    /* WSMan */
    {"Microsoft.WSMan.Management.WSManConfigElement", CLI_SHAPE_TABLE, 0,
     "Type:15=TypeNameOfElement|Name:30=", &wsman},
    {"Microsoft.WSMan.Management.WSManConfigContainerElement", CLI_SHAPE_TABLE, 0,
     "Type:15=TypeNameOfElement|Keys:35=|Name=", &wsman},
    {"Microsoft.WSMan.Management.WSManConfigLeafElement", CLI_SHAPE_TABLE, 0,
     "Type:15=TypeNameOfElement|Name:30=|SourceOfValue:15=|Value=", &wsman},
    {"Microsoft.WSMan.Management.WSManConfigLeafElement#InitParams", CLI_SHAPE_TABLE, 0,
     "ParamName:30=Name|ParamValue:20=Value", &wsman},
    {"Microsoft.WSMan.Management.WSManConfigContainerElement#ComputerLevel", CLI_SHAPE_TABLE, 0,
     "ComputerName:45=Name|Type:20=TypeNameOfElement", &wsman},
    {"System.Xml.XmlElement#http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd#IdentifyResponse", CLI_SHAPE_LIST, 0,
     "wsmid|ProtocolVersion|ProductVendor|ProductVersion", NULL},
};
const size_t cli_view_count = ICM_COUNT(cli_views);

const struct cli_view cli_views_aside[] = {
    {SMA("ErrorRecord"), CLI_SHAPE_CUSTOM, CLI_VIEW_OF_ERRORS,
     "text()", NULL},
    {SMA("ScriptBlock"), CLI_SHAPE_CUSTOM, 0,
     "text()", NULL},
    {SMA("InformationRecord"), CLI_SHAPE_CUSTOM, 0,
     "text()", NULL},
    {SMA("WarningRecord"), CLI_SHAPE_CUSTOM, 0,
     "Message", NULL},
    {DESERIALIZED SMA("WarningRecord"), CLI_SHAPE_CUSTOM, 0,
     "InformationalRecord_Message", NULL},
    {SMA("VerboseRecord") "|" SMA("DebugRecord"), CLI_SHAPE_CUSTOM, 0,
     "Message", NULL},
    {DESERIALIZED SMA("VerboseRecord") "|" DESERIALIZED SMA("DebugRecord"), CLI_SHAPE_CUSTOM, 0,
     "InformationalRecord_Message", NULL},
};
const size_t cli_view_aside_count = ICM_COUNT(cli_views_aside);
/* clang-format on */
