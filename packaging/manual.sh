#!/bin/sh
# manual.sh PAGE COMMON PROGRAM : PAGE, with what PROGRAM says of its settings where @SETTINGS@
# stands, and COMMON where @COMMON@ stands.
"$3" --help | awk -v common="$2" -v self="$(basename "$3")" '
    function setting(line,    name, value, help) {
        name = $1
        sub(/^  [A-Z0-9_]+ +/, "", line)
        help = line
        if (sub(/ \(required\)$/, "", help))
            value = "Required."
        else if (sub(/ \[\]$/, "", help))
            value = "Unset by default."
        else {
            sub(/ \[[^]]*\]$/, "", help)
            value = "Default:\n.Ql " substr(line, length(help) + 3, length(line) - length(help) - 3) " ."
        }
        return ".It Ev " name "\n" toupper(substr(help, 1, 1)) substr(help, 2) ".\n" value "\n"
    }
    # The pages at the end: but for this one itself, with commas between them.
    function print_common(    line, held) {
        while ((getline line < common) > 0) {
            if (line == ".Xr " self " 8")
                continue
            if (held != "")
                print held (held ~ /^\.Xr tincan/ ? " ," : "")
            held = line
        }
        print held
    }
    FNR == NR && /^  TINCAN_/ { settings = settings setting($0) }
    FNR == NR { next }
    $0 == "@SETTINGS@" { printf ".Bl -tag -width Ds\n%s.El\n", settings; next }
    $0 == "@COMMON@" { print_common(); next }
    { print }' - "$1"
