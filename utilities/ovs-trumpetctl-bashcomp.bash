# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# Bash completion for ovs-trumpetctl: commands, options, tables, and the names
# of rows where a server has the database.

_ovs_trumpetctl() {
    local cur=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]}
    local i command='' table='' words commands

    COMPREPLY=()
    commands=$("$program" --commands 2>/dev/null \
               | sed 's/^\(\[[^]]*\]\|,\| \)*//; s/[ ,].*//')

    # The last command before the cursor, and the word behind it.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --) command='' table='' ;;
        -*) ;;
        *)
            if [[ -z $command ]]; then
                command=${COMP_WORDS[i]}
            elif [[ -z $table ]]; then
                table=${COMP_WORDS[i]}
            fi
            ;;
        esac
    done

    if [[ $cur == -* ]]; then
        words=$("$program" --options 2>/dev/null | sed 's/[= ].*//')
    elif [[ -z $command ]]; then
        words=$commands
    elif [[ -z $table && $command != show && $command != comment ]]; then
        words='Settings Sink Trigger'
    else
        case $table in
        Sink|Trigger)
            words=$("$program" --timeout=1 --bare --columns=name \
                        list "$table" 2>/dev/null)
            ;;
        Settings)
            words=.
            ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _ovs_trumpetctl ovs-trumpetctl
