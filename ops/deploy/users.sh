#!/bin/sh
# users.sh FILE: the users of the store as a Valkey or Redis server reads them, in an ACL file or in its configuration.
#
# FILE is users.acl. The password of the user NAME is the variable VALKEY_<NAME>_PASSWORD; only its SHA-256 is printed.
set -eu
joined=$(sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$1" |
    awk '/^user /{ if (line != "") print line; line = $0; next } { sub(/^ +/, " "); line = line $0 } END { print line }')
printf '%s\n' "$joined" | while read -r word name rules; do
    case " $rules " in
    *" off "*) echo "$word $name reset $rules" ;;
    *" nopass "*) echo "$word $name reset on $rules" ;;
    *)
        variable=VALKEY_$(printf %s "$name" | tr '[:lower:]' '[:upper:]')_PASSWORD
        eval "password=\${$variable:-}"
        if [ -z "$password" ]; then
            echo "users.sh: no password for the user $name: set $variable" >&2
            exit 1
        fi
        echo "$word $name reset on #$(printf %s "$password" | sha256sum | cut -c1-64) $rules"
        ;;
    esac
done
