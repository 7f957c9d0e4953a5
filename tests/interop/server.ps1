# A real client's runspace pool over a process: the program that is the first argument. What it gets is written as lines (server.sh).
# CreateRunspacePool over a process is the engine's own inner way for jobs, hence the reflection.
using namespace System.Management.Automation
using namespace System.Management.Automation.Host
using namespace System.Management.Automation.Runspaces
using namespace System.Collections.ObjectModel
using namespace System.Collections.Generic

# a host that answers by itself
class AnsweringUI : PSHostUserInterface {
    [List[string]] $Lines = [List[string]]::new()
    [PSHostRawUserInterface] get_RawUI() { return $null }
    [string] ReadLine() { return 'typed line' }
    [securestring] ReadLineAsSecureString() { return [Net.NetworkCredential]::new('', 'typed secret').SecurePassword }
    [void] Write([string] $value) { $this.Lines.Add($value) }
    [void] Write([ConsoleColor] $foreground, [ConsoleColor] $background, [string] $value) { $this.Lines.Add($value) }
    [void] WriteLine([string] $value) { $this.Lines.Add($value) }
    [void] WriteErrorLine([string] $value) { $this.Lines.Add($value) }
    [void] WriteDebugLine([string] $value) { $this.Lines.Add($value) }
    [void] WriteVerboseLine([string] $value) { $this.Lines.Add($value) }
    [void] WriteWarningLine([string] $value) { $this.Lines.Add($value) }
    [void] WriteProgress([long] $sourceId, [ProgressRecord] $record) { }
    [Dictionary[string, psobject]] Prompt([string] $caption, [string] $message, [Collection[FieldDescription]] $fields) {
        $answers = [Dictionary[string, psobject]]::new()
        foreach ($field in $fields) { $answers[$field.Name] = "answer for $($field.Name)" }
        return $answers
    }
    [int] PromptForChoice([string] $caption, [string] $message, [Collection[ChoiceDescription]] $choices, [int] $default) {
        return $choices.Count - 1
    }
    [PSCredential] PromptForCredential([string] $caption, [string] $message, [string] $user, [string] $target) {
        return [PSCredential]::new("$user at first", $this.ReadLineAsSecureString())
    }
    [PSCredential] PromptForCredential([string] $caption, [string] $message, [string] $user, [string] $target,
        [PSCredentialTypes] $types, [PSCredentialUIOptions] $options) {
        return [PSCredential]::new("$user at last", $this.ReadLineAsSecureString())
    }
}
class AnsweringHost : PSHost {
    [AnsweringUI] $Answers = [AnsweringUI]::new()
    [string] get_Name() { return 'answering host' }
    [Version] get_Version() { return [Version]'1.2' }
    [Guid] get_InstanceId() { return [Guid]'11111111-2222-3333-4444-555555555555' }
    [PSHostUserInterface] get_UI() { return $this.Answers }
    [Globalization.CultureInfo] get_CurrentCulture() { return [Globalization.CultureInfo]::InvariantCulture }
    [Globalization.CultureInfo] get_CurrentUICulture() { return [Globalization.CultureInfo]::InvariantCulture }
    [void] SetShouldExit([int] $status) { }
    [void] EnterNestedPrompt() { }
    [void] ExitNestedPrompt() { }
    [void] NotifyBeginApplication() { }
    [void] NotifyEndApplication() { }
}

function text($value) {
    if ($value -is [securestring]) { return 'secret:' + [Net.NetworkCredential]::new('', $value).Password }
    if ($value -is [Collections.IDictionary]) {
        $keys = [string[]]$value.Keys
        [Array]::Sort($keys)
        return ($keys | ForEach-Object { "$_=$($value[$_])" }) -join ' '
    }
    return "$value"
}
function run($text, $in) {
    $ps = [powershell]::Create()
    $ps.RunspacePool = $pool
    $null = $ps.AddScript($text)
    $given = [PSDataCollection[psobject]]::new()
    foreach ($object in $in) { $given.Add($object) }
    $given.Complete()
    $async = $ps.BeginInvoke($given)
    while (-not $async.IsCompleted) { [Threading.Thread]::Sleep(10) } # between the naps the host's methods run
    try { $out = $ps.EndInvoke($async) } catch { $out = @("threw " + $_.Exception.InnerException.Message) }
    foreach ($o in $out) { "$text -> $(text $o)" }
    foreach ($name in 'Error', 'Warning', 'Information') { foreach ($r in $ps.Streams.$name) { "$text -> $name $r" } }
    "$text -> $($ps.InvocationStateInfo.State)"
    $ps.Dispose()
}

$program = $args[0]
$process = [PowerShellProcessInstance]::new()
$process.Process.StartInfo.FileName = $program
$process.Process.StartInfo.Arguments = ''
$type = [psobject].Assembly.GetType('System.Management.Automation.Runspaces.NewProcessConnectionInfo')
$connection = [Activator]::CreateInstance($type, [Reflection.BindingFlags]'NonPublic,Instance', $null, @($null), $null)
$type.GetProperty('Process', [Reflection.BindingFlags]'NonPublic,Public,Instance').SetValue($connection, $process)
$answering = [AnsweringHost]::new()
$pool = [RunspaceFactory]::CreateRunspacePool(1, 2, $connection, $answering, [TypeTable]::LoadDefaultTypeFiles())
$pool.Open()
"pool $($pool.RunspacePoolStateInfo.State), edition $($pool.GetApplicationPrivateData()['PSVersionTable']['PSEdition'])"
run 'echo hello; warning w; information i; error e'
run 'throw gone'
run 'input' @(1, 'two')
run 'secure top secret'
run 'host name; host read-line'
run 'host read-secure; host credential ana'
run 'host choice a b c; host write said'
run 'host prompt one two'
"lines: $($answering.Answers.Lines -join ',')"
"available $($pool.GetAvailableRunspaces())"
"set $($pool.SetMaxRunspaces(5)) $($pool.SetMinRunspaces(2)) $($pool.GetMaxRunspaces()) $($pool.GetMinRunspaces())"
"available $($pool.GetAvailableRunspaces())"
$ps = [powershell]::Create(); $ps.RunspacePool = $pool; $null = $ps.AddScript('echo begun; input')
$in = [PSDataCollection[psobject]]::new(); $out = [PSDataCollection[psobject]]::new()
$async = $ps.BeginInvoke($in, $out)
while ($out.Count -eq 0 -and -not $async.IsCompleted) { [Threading.Thread]::Sleep(20) }
"busy: available $($pool.GetAvailableRunspaces())"
$ps.Stop()
"stopped: $($ps.InvocationStateInfo.State), available $($pool.GetAvailableRunspaces())"
$pool.Close()
"pool $($pool.RunspacePoolStateInfo.State)"
