# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The Trumpet for Open vSwitch Authors
#
# Bash completion for ovs-trumpet: commands, options, files, and the names of
# triggers where a switch runs.

# Prints the names of the triggers of the running switch.
_ovs_trumpet_triggers() {
    "${COMP_WORDS[0]}" --timeout=1 list 2>/dev/null \
        | awk 'NR > 1 { print $1 }'
}

# Prints the command on the line so far, if there is one.
_ovs_trumpet_command() {
    local i word commands="$1"

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ " $commands " == *" $word "* ]]; then
            echo "$word"
            return
        fi
    done
}

_ovs_trumpet() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local program=${COMP_WORDS[0]} commands command words

    COMPREPLY=()
    commands=$("$program" --commands 2>/dev/null \
               | awk 'NR > 1 { printf "%s ", $1 }')
    command=$(_ovs_trumpet_command "$commands")

    case $prev in
    -f|--file|--socket|--log-file)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    --epoch)
        mapfile -t COMPREPLY < <(compgen -W '1ms 10ms 100ms 1s' -- "$cur")
        return
        ;;
    --state-life)
        mapfile -t COMPREPLY < <(compgen -W '1s 3s 10s' -- "$cur")
        return
        ;;
    --burst-gap)
        mapfile -t COMPREPLY < <(compgen -W '10us 100us 1ms' -- "$cur")
        return
        ;;
    --bridge)
        mapfile -t COMPREPLY < <(compgen -W \
            "$(ovs-vsctl --timeout=1 list-br 2>/dev/null)" -- "$cur")
        return
        ;;
    --target)
        mapfile -t COMPREPLY < <(compgen -W ovs-vswitchd -- "$cur")
        return
        ;;
    -O|--protocols)
        mapfile -t COMPREPLY < <(compgen -W \
            'OpenFlow13 OpenFlow14 OpenFlow15' -- "$cur")
        return
        ;;
    -T|--timeout|--at|--history|--rate|--db|--top|--last|--count|--burst-packets)
        return
        ;;
    esac

    if [[ $cur == -* ]]; then
        words=$("$program" --option 2>/dev/null | sed 's/[= ].*//')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        return
    fi

    case $command in
    '')
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
        ;;
    replay)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        ;;
    mod|del|dump-keys|query|watch)
        mapfile -t COMPREPLY < <(compgen -W "$(_ovs_trumpet_triggers)" \
                                 -- "$cur")
        ;;
    esac
}

complete -F _ovs_trumpet ovs-trumpet
