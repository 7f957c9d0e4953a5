#!/bin/sh
# icm's verbs for files: the golden CLIXML in every format, and what icm writes read by the real engine.
. "${ICM_SOURCE:-.}/tests/lib.sh"

golden=$ICM_SOURCE/fixtures/clixml
if command -v python3 >/dev/null 2>&1; then
    python3 "$ICM_SOURCE/tests/interop/clixml_json.py" "$icm" "$golden" "$work" || failures=$((failures + 1))
else
    skip "golden files in every format: python3 is missing"
fi

# ---- from end to end, without an engine

cat >"$work/data.json" <<'EOF'
{"Name":"web1","Cores":4,"Load":0.25,"Tags":["a","b"],"Up":true,"Owner":null,"Disk":{"Free":3000000000}}
{"Name":"d\u00e9j\u00e0 \ud83d\ude00 \"quoted\" <&>","Cores":8,"Load":1e300,"Tags":[],"Up":false,"Owner":"x","Disk":null}
[1, [2, "three"]]
"text\r\nof two lines"
EOF
"$icm" ConvertTo-Clixml "$work/data.json" -InputFormat Json >"$work/data.xml"
equal "JSON to CLIXML: status" 0 $?
"$icm" ConvertFrom-Clixml "$work/data.xml" -OutputFormat Json >"$work/back.json"
equal "and back: status" 0 $?
equal "JSON comes back as it went" "$(jq -cS . "$work/data.json")" "$(jq -cS .value "$work/back.json")"
printf 'one\n\ntw\303\266 & <three>\n' | "$icm" ConvertTo-Clixml >"$work/lines.xml"
equal "lines come back as they went" "$(printf 'one\n\ntw\303\266 & <three>')" "$("$icm" ConvertFrom-Clixml "$work/lines.xml")"
equal "several files become one document" 7 \
    "$("$icm" ConvertTo-Clixml -InputFormat Clixml "$work/data.xml" | cat - >"$work/one.xml" &&
        "$icm" ConvertFrom-Clixml "$work/one.xml" "$work/lines.xml" -OutputFormat Json | wc -l)"

# Text is what the console shows, by every switch
shown=$ICM_SOURCE/fixtures/format
equal "Text: a width" "$(cat "$shown/co-long.w80.txt")" "$("$icm" ConvertFrom-Clixml "$shown/co-long.xml" -Width 80)"
equal "Text: colours" "$(cat "$shown/kt-process-remote.ansi.txt")" "$("$icm" ConvertFrom-Clixml "$shown/kt-process-remote.xml" -Color Always)"
equal "Text: elements of a list" "$(cat "$shown/co-limit-2.txt")" "$("$icm" ConvertFrom-Clixml "$shown/co-limit-2.xml" -EnumerationLimit 2)"
equal "Text: errors" "$(cat "$shown/er-catmsg.normal.txt")" \
    "$("$icm" ConvertFrom-Clixml "$shown/er-catmsg.xml" -Stream Error -OriginComputer srv1 -ErrorView NormalView 2>&1 >/dev/null)"
equal "Text: warnings" "$(cat "$shown/rec-warning-multi.txt")" \
    "$("$icm" ConvertFrom-Clixml "$shown/rec-warning-multi.xml" -Stream Warning 2>&1 >/dev/null)"

# memory does not grow with the number of objects: a hundred times the objects, within a fixed limit
seq 1 3000000 | (
    ulimit -v 400000
    exec "$icm" ConvertTo-Clixml
) | tail -n 2 >"$work/tail"
contains "three million lines pass through" "$work/tail" "<S>3000000</S>" "</Objs>"

# what is wrong is said in one line, with the status of its kind
# wrong NAME STATUS TEXT ARGUMENT...
wrong() {
    wrong_name=$1
    wrong_status=$2
    wrong_text=$3
    shift 3
    "$icm" "$@" >"$work/out" 2>"$work/err" </dev/null
    equal "$wrong_name: status" "$wrong_status" $?
    equal "$wrong_name: one line" 1 "$(wc -l <"$work/err")"
    contains "$wrong_name: the cause" "$work/err" "$wrong_text"
}
: >"$work/empty"
gzip -c "$work/data.xml" >"$work/data.xml.gz"
head -c 150 "$work/data.xml" >"$work/cut.xml"
printf '\000\001\002' >"$work/binary"
printf '{"a":' >"$work/cut.json"
wrong "no file" 2 "No such file" ConvertFrom-Clixml "$work/nowhere"
wrong "a folder" 2 "Is a directory" ConvertFrom-Clixml "$work"
wrong "an empty file" 1 "empty" ConvertFrom-Clixml "$work/empty"
wrong "a compressed file" 1 "gzip" ConvertFrom-Clixml "$work/data.xml.gz"
wrong "binary data" 1 "binary" ConvertFrom-Clixml "$work/binary"
wrong "JSON" 1 "no CLIXML" ConvertFrom-Clixml "$work/data.json"
wrong "a document cut short" 1 "byte" ConvertFrom-Clixml "$work/cut.xml"
wrong "JSON cut short" 1 "JSON value 1" ConvertTo-Clixml "$work/cut.json" -InputFormat Json
equal "its document is whole all the same" 2 "$(wc -l <"$work/out")"
wrong "a folder of lines" 2 "Is a directory" ConvertTo-Clixml "$work"
wrong "a folder to explain" 2 "Is a directory" Show-Psrp "$work"
wrong "a misspelled verb" 2 "near it: ConvertFrom-Clixml" ConvertFom-Clixml "$work/data.xml"

# ---- with the real engine: what we write is what it reads

if ! has_engine; then
    skip "the engine reads what icm writes: dotnet-sdk or pwsh is missing"
    finish
fi
start_real_endpoint real
cat >"$work/read.ps1" <<'EOF'
param($path)
$objects = [System.Management.Automation.PSSerializer]::DeserializeAsList([IO.File]::ReadAllText($path))
foreach ($o in $objects) {
    if ($null -eq $o) { 'null' }
    elseif ($o.psobject.TypeNames[0] -like '*PSCustomObject') {
        ($o.psobject.Properties | % { '{0}={1}:{2}' -f $_.Name, $(if ($null -ne $_.Value) { $_.Value.GetType().Name }), "$($_.Value)" }) -join ';'
    }
    else { '{0}:{1}' -f $o.GetType().Name, "$o" }
}
EOF
icm_tls -FilePath "$work/read.ps1" -ArgumentList "$work/lines.xml"
equal "the engine reads lines" "$(printf 'String:one\nString:\nString:tw\303\266 & <three>')" "$(cat "$work/out")"
icm_tls -FilePath "$work/read.ps1" -ArgumentList "$work/data.xml"
contains "the engine reads objects" "$work/out" "Name=String:web1;Cores=Int32:4;Load=Double:0.25;Tags=ArrayList:a b;Up=Boolean:True;Owner=:" \
    "$(printf 'Name=String:d\303\251j\303\240 \360\237\230\200 "quoted" <&>')" "Load=Double:1E+300"
icm_tls -OutputFormat Clixml -ScriptBlock '{ Write-Warning w; Write-Error e; Write-Host told; 5; "x"; $null; [pscustomobject]@{ a = 1 }; @{ k = "v" } }'
cp "$work/out" "$work/run.xml"
equal "a run as Clixml: status" 1 "$status"
contains "its other streams stand beside it" "$work/err" "WARNING: w" "told"
icm_tls -FilePath "$work/read.ps1" -ArgumentList "$work/run.xml"
contains "the engine reads it" "$work/out" "Int32:5" "String:x" "null" "a=Int32:1;PSComputerName=String:localhost;RunspaceId=Guid:" ";PSShowComputerName=Boolean:True" \
    "Hashtable:System.Collections.Hashtable"
icm_tls -OutputFormat Clixml -ScriptBlock '{ 1; throw "boom" }'
check "the root is closed where a script fails" grep -q '^</Objs>$' "$work/out"
icm_tls -OutputFormat Csv -ScriptBlock '{ [pscustomobject]@{ a = 1; b = "x, ""y""" }; [pscustomobject]@{ b = $null; a = 2.5 } }'
equal "a run as Csv" "$(printf '"a","b","PSComputerName"\n"1","x, ""y""","localhost"\n"2.5",,"localhost"')" "$(cat "$work/out")"
finish
