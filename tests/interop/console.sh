#!/bin/sh
# Random objects at random widths: what the real engine's console shows of them and what we show. fixtures/console has recorded ones.
. "${ICM_SOURCE:-.}/tests/lib.sh"

if [ ! -x "$engine" ]; then
    skip "console: no PowerShell engine (package: the .NET SDK, for fixtures/engine)"
    finish
fi
for tool in dotnet python3; do
    if ! command -v $tool >/dev/null; then
        skip "console: no $tool"
        finish
    fi
done
if ! ls "$(dirname "$(readlink -f "$(command -v dotnet)")")"/sdk/*/Roslyn/bincore/csc.dll >/dev/null 2>&1; then
    skip "console: no C# compiler beside dotnet (package: the .NET SDK)"
    finish
fi
if [ -z "$(find /usr/lib /usr/lib64 /lib /usr/local/lib -name 'libicuuc.so.*' 2>/dev/null | head -n 1)" ]; then
    skip "console: no ICU, without which the engine's dates and numbers are nobody's (package: libicu)"
    finish
fi

if sh "$ICM_SOURCE/fixtures/console/record.sh" "$(dirname "$engine")" --compare "$icm" 0 200 >"$work/compared" 2>"$work/compare.err"; then
    ok "console: $(cat "$work/compared")"
else
    not_ok "console: $(cat "$work/compared") (record.sh --compare; fixtures/console/README.md)"
    sed 's/^/    /' "$work/compare.err" | head -n 20
fi
finish
