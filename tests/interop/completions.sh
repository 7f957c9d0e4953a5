#!/bin/sh
# What the generated completions offer in the shells that they are for: words typed at bash and zsh on a terminal, and what fish would offer.
. "${ICM_SOURCE:-.}/tests/lib.sh"

mkdir "$work/shell"
# what was completed is run, and says what it is
said='icm() { printf "ran:%s\n" "$*"; }'

# typed TEXT...: each text is typed at the shell $@'s first argument names
typed() {
    typed_shell=$1
    shift
    set -- '> ' "$1" 'ran:' 'exit\n'
    case $typed_shell in
    bash) python3 "$ICM_SOURCE/tests/interop/terminal.py" "$@" -- bash --noprofile --rcfile "$work/shell/bashrc" -i ;;
    zsh) ZDOTDIR=$work/shell python3 "$ICM_SOURCE/tests/interop/terminal.py" "$@" -- zsh -d -i ;;
    esac >"$work/shown" 2>&1
    LC_ALL=C sed -n 's/.*ran:\([^"]*\)$/\1/p' "$work/shown" | tr -d '\r' | tail -n 1
}

"$icm" -Generate Bash >"$work/shell/icm.bash"
printf '%s\n' "PS1='> '" 'bind "set enable-bracketed-paste off"' "$said" ". '$work/shell/icm.bash'" >"$work/shell/bashrc"
"$icm" -Generate Zsh >"$work/shell/_icm"
printf '%s\n' "PS1='> '" 'unset zle_bracketed_paste' "fpath=('$work/shell' \$fpath)" 'autoload -Uz compinit' \
    "compinit -u -d '$work/shell/dump'" "$said" >"$work/shell/.zshrc"
"$icm" -Generate Fish >"$work/shell/icm.fish"
: >"$work/shell/a-file"

for shell in bash zsh; do
    if ! command -v "$shell" >/dev/null 2>&1 || ! command -v python3 >/dev/null 2>&1; then
        skip "completions: there is no $shell (packages: $shell, python3)"
        continue
    fi
    equal "$shell: a parameter, in any case" "-SessionOption" "$(typed "$shell" 'icm -sess\t\n')"
    equal "$shell: a verb" "ConvertFrom-Clixml" "$(typed "$shell" 'icm convertf\t\n')"
    equal "$shell: a verb's parameter" "ConvertFrom-Clixml -EnumerationLimit" "$(typed "$shell" 'icm ConvertFrom-Clixml -enu\t\n')"
    equal "$shell: a value" "-Authentication Kerberos" "$(typed "$shell" 'icm -Authentication k\t\n')"
    equal "$shell: a value of an alias" "-ea SilentlyContinue" "$(typed "$shell" 'icm -ea sil\t\n')"
    equal "$shell: a verb's own values" "show-psrp -OutputFormat c" "$(typed "$shell" 'icm show-psrp -OutputFormat c\t\n')"
    equal "$shell: a file" "-FilePath $work/shell/a-file" "$(typed "$shell" "icm -FilePath $work/shell/a-\\t\\n")"
    equal "$shell: a file of computers" "-ComputerName @$work/shell/a-file" "$(typed "$shell" "icm -ComputerName @$work/shell/a-\\t\\n")"
done

if command -v fish >/dev/null 2>&1; then
    # offered LINE: what fish offers behind it, without its explanations
    offered() {
        HOME=$work fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$work/shell/icm.fish" "$1" | cut -f 1 | paste -sd' ' -
    }
    equal "fish: a parameter, in any case" "-SessionOption" "$(offered 'icm -sess')"
    equal "fish: a verb" "ConvertFrom-Clixml" "$(offered 'icm convertf')"
    equal "fish: a verb's parameter" "-EnumerationLimit" "$(offered 'icm ConvertFrom-Clixml -Enu')"
    equal "fish: a value" "Kerberos" "$(offered 'icm -Authentication K')"
    equal "fish: a verb's own values" "Json Text" "$(offered 'icm Show-Psrp -OutputFormat ')"
    equal "fish: … that another has, too" "Clixml Csv Json Text" "$(offered 'icm -OutputFormat ')"
    equal "fish: nothing of another verb" "" "$(offered 'icm Show-Psrp -ComputerN')"
else
    skip "completions: there is no fish (package: fish)"
fi
finish
