#include "cli/format_set.h"

#include "cli/format_type.h"

struct set {
    const char *type, *properties; /* blanks between them */
};

/* clang-format off */
static const struct set sets[] = {
    {"System.Management.Automation.PSModuleInfo", "Name Path Description Guid Version ModuleBase ModuleType PrivateData AccessMode ExportedAliases ExportedCmdlets ExportedFunctions ExportedVariables NestedModules"},
    {"System.ServiceProcess.ServiceController", "Status Name DisplayName"},
    {"Deserialized.System.ServiceProcess.ServiceController", "Status Name DisplayName"},
    {"System.DirectoryServices.DirectoryEntry", "distinguishedName Path"},
    {"System.IO.FileInfo", "LastWriteTime Length Name"},
    {"System.Diagnostics.Process", "Id Handles CPU SI Name"},
    {"Deserialized.System.Diagnostics.Process", "Id Handles CPU Name"},
    {"System.Management.ManagementObject#root\\cli\\Msft_CliAlias", "FriendlyName PWhere Target"},
    {"System.Management.Automation.ExtendedTypeDefinition", "TypeNames FormatViewDefinition"},
    {"System.Management.Automation.ListControlEntry", "Items EntrySelectedBy"},
    {"Microsoft.Management.Infrastructure.CimInstance#root/cimv2/Win32_Process", "ProcessId Name HandleCount WorkingSetSize VirtualSize"},
    {"System.Diagnostics.Eventing.Reader.EventLogConfiguration", "LogName MaximumSizeInBytes RecordCount LogMode"},
    {"System.Diagnostics.Eventing.Reader.EventLogRecord", "TimeCreated ProviderName Id Message"},
    {"System.Diagnostics.Eventing.Reader.ProviderMetadata", "Name LogLinks"},
    {"Microsoft.PowerShell.Commands.GetCounter.PerformanceCounterSample", "Path InstanceName CookedValue"},
    {"Microsoft.PowerShell.Commands.GetCounter.PerformanceCounterSampleSet", "Timestamp Readings"},
};

/* of root\\cimv2, by way of WMI and of CIM */
static const struct set classes[] = {
    {"Win32_BaseBoard", "Manufacturer Model Name SerialNumber SKU Product"},
    {"Win32_BIOS", "SMBIOSBIOSVersion Manufacturer Name SerialNumber Version"},
    {"Win32_BootConfiguration", "BootDirectory Name SettingID Caption"},
    {"Win32_CDROMDrive", "Caption Drive Manufacturer VolumeName"},
    {"Win32_ComputerSystem", "Domain Manufacturer Model Name PrimaryOwnerName TotalPhysicalMemory"},
    {"WIN32_PROCESSOR", "Caption DeviceID Manufacturer MaxClockSpeed Name SocketDesignation"},
    {"Win32_ComputerSystemProduct", "IdentifyingNumber Name Vendor Version Caption"},
    {"CIM_DataFile", "Compressed Encrypted Size Hidden Name Readable System Version Writeable"},
    {"WIN32_DCOMApplication", "AppID InstallDate Name"},
    {"WIN32_DESKTOP", "Name ScreenSaverActive ScreenSaverSecure ScreenSaverTimeout SettingID"},
    {"WIN32_DESKTOPMONITOR", "DeviceID DisplayType MonitorManufacturer Name ScreenHeight ScreenWidth"},
    {"Win32_DeviceMemoryAddress", "MemoryType Name Status"},
    {"Win32_DiskDrive", "Partitions DeviceID Model Size Caption"},
    {"Win32_DiskQuota", "DiskSpaceUsed Limit QuotaVolume User"},
    {"Win32_DMAChannel", "AddressSize DMAChannel MaxTransferSize Name Port"},
    {"Win32_Environment", "VariableValue Name UserName"},
    {"Win32_Directory", "Hidden Archive EightDotThreeFileName FileSize Name Compressed Encrypted Readable"},
    {"Win32_Group", "Caption Domain Name SID"},
    {"Win32_IDEController", "Manufacturer Name ProtocolSupported Status StatusInfo"},
    {"Win32_IRQResource", "Hardware IRQNumber Name Shareable TriggerLevel TriggerType"},
    {"Win32_ScheduledJob", "JobId Name Owner Priority Command"},
    {"Win32_LoadOrderGroup", "GroupOrder Name"},
    {"Win32_LogicalDisk", "DeviceID DriveType ProviderName FreeSpace Size VolumeName"},
    {"Win32_LogonSession", "AuthenticationPackage LogonId LogonType Name StartTime Status"},
    {"WIN32_CACHEMEMORY", "BlockSize CacheSpeed CacheType DeviceID InstalledSize Level MaxCacheSize NumberOfBlocks Status"},
    {"Win32_LogicalMemoryConfiguration", "Name TotalVirtualMemory TotalPhysicalMemory TotalPageFileSpace"},
    {"Win32_PhysicalMemoryArray", "Model Name MaxCapacity MemoryDevices"},
    {"WIN32_NetworkClient", "Caption InstallDate Manufacturer Name"},
    {"Win32_NetworkLoginProfile", "Caption Privileges Profile UserId UserType Workstations"},
    {"Win32_NetworkProtocol", "Caption GuaranteesDelivery GuaranteesSequencing ConnectionlessService Status Name"},
    {"Win32_NetworkConnection", "LocalName RemoteName ConnectionState Status"},
    {"Win32_NetworkAdapter", "ServiceName MACAddress AdapterType DeviceID Name NetworkAddresses Speed"},
    {"Win32_NetworkAdapterConfiguration", "DHCPEnabled IPAddress DefaultIPGateway DNSDomain ServiceName Description Index"},
    {"Win32_NTDomain", "ClientSiteName DcSiteName Description DnsForestName DomainControllerAddress DomainControllerName DomainName Roles Status"},
    {"Win32_NTLogEvent", "Category CategoryString EventCode EventIdentifier TypeEvent InsertionStrings LogFile Message RecordNumber SourceName TimeGenerated TimeWritten Type UserName"},
    {"Win32_NTEventlogFile", "FileSize LogfileName Name NumberOfRecords"},
    {"Win32_OnBoardDevice", "DeviceType SerialNumber Enabled Description"},
    {"Win32_OperatingSystem", "SystemDirectory Organization BuildNumber RegisteredUser SerialNumber Version"},
    {"Win32_PageFileUsage", "Caption Name PeakUsage"},
    {"Win32_PageFileSetting", "MaximumSize Name Caption"},
    {"Win32_DiskPartition", "NumberOfBlocks BootPartition Name PrimaryPartition Size Index"},
    {"Win32_PortResource", "Caption Name Alias"},
    {"Win32_PortConnector", "Tag ConnectorType SerialNumber ExternalReferenceDesignator PortType"},
    {"Win32_Printer", "Location Name PrinterState PrinterStatus ShareName SystemName"},
    {"Win32_PrinterConfiguration", "PrintQuality DriverVersion Name PaperSize Caption"},
    {"Win32_PrintJob", "Document JobId JobStatus Owner Priority Size Name"},
    {"Win32_ProcessXXX", "ThreadCount HandleCount Name Priority ProcessId WorkingSetSize"},
    {"Win32_Product", "IdentifyingNumber Name Vendor Version Caption"},
    {"Win32_QuickFixEngineering", "Description FixComments HotFixID InstallDate InstalledBy InstalledOn Name ServicePackInEffect Status"},
    {"Win32_QuotaSetting", "Caption DefaultLimit SettingID State VolumePath DefaultWarningLimit"},
    {"Win32_OSRecoveryConfiguration", "DebugFilePath Name SettingID"},
    {"Win32_Registry", "CurrentSize MaximumSize Name Caption"},
    {"Win32_SCSIController", "DriverName Manufacturer Name ProtocolSupported Status StatusInfo"},
    {"Win32_PerfRawData_PerfNet_Server", "Caption LogonPerSec LogonTotal Name ServerSessions WorkItemShortages"},
    {"Win32_Service", "ExitCode Name ProcessId StartMode State Status"},
    {"Win32_Share", "Name Path Description"},
    {"Win32_SoftwareElement", "Caption Name Path SerialNumber SoftwareElementID Version"},
    {"Win32_SoftwareFeature", "Caption IdentifyingNumber ProductName Vendor Version"},
    {"WIN32_SoundDevice", "Manufacturer Name Status StatusInfo"},
    {"Win32_StartupCommand", "Command User Caption"},
    {"Win32_SystemAccount", "Caption Domain Name SID"},
    {"Win32_SystemDriver", "DisplayName Name State Status Started"},
    {"Win32_SystemEnclosure", "Manufacturer Model LockPresent SerialNumber SMBIOSAssetTag SecurityStatus"},
    {"Win32_SystemSlot", "SlotDesignation Tag SupportsHotPlug Status Shared PMESignal MaxDataWidth"},
    {"Win32_TapeDrive", "DeviceID Id Manufacturer Name Caption"},
    {"Win32_TemperatureProbe", "CurrentReading Name Description MinReadable MaxReadable Status"},
    {"Win32_TimeZone", "Bias SettingID Caption"},
    {"Win32_UninterruptiblePowerSupply", "DeviceID EstimatedRunTime Name TimeOnBackup UPSPort Caption"},
    {"Win32_UserAccount", "AccountType Caption Domain SID FullName Name"},
    {"Win32_VoltageProbe", "Status Description CurrentReading MaxReadable MinReadable"},
    {"Win32_VolumeQuotaSetting", "Element Setting"},
    {"Win32_WMISetting", "BuildVersion Caption DatabaseDirectory EnableEvents LoggingLevel SettingID"},
    {"Msft_CliAlias", "FriendlyName PWhere Target"},
};
/* clang-format on */

static const char *const class_prefixes[] = {
    "Microsoft.Management.Infrastructure.CimInstance#root/cimv2/",
    "System.Management.ManagementObject#root\\cimv2\\",
};

static const char *find(const struct set *rows, size_t count, struct icm_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (icm_slice_equal_nocase(name, icm_slice_text(rows[i].type)))
            return rows[i].properties;
    return NULL;
}

static const char *find_type(struct icm_slice name)
{
    for (size_t i = 0; i < ICM_COUNT(class_prefixes); i++) {
        struct icm_slice prefix = icm_slice_text(class_prefixes[i]);

        if (name.size > prefix.size && icm_slice_equal_nocase(icm_slice_of(name.data, prefix.size), prefix)) {
            const char *of_class = find(classes, ICM_COUNT(classes), icm_slice_from(name, prefix.size));

            if (of_class)
                return of_class;
        }
    }
    return find(sets, ICM_COUNT(sets), name);
}

const char *cli_set_find(const struct psrp_type_names *types)
{
    const char *found = NULL;

    for (size_t i = 0; i < types->count && !found; i++)
        found = find_type(types->names[i]);
    for (size_t i = 0; i < types->count && !found; i++)
        found = find_type(cli_type_bare(types->names[i]));
    return found;
}
